"""What the authorization endpoint and its pages have in common on the wire."""

from ipaddress import IPv6Address, ip_address
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

PATH: Final = "/oauth/v2/authorize"

_HEADERS: Final = {
    "cache-control": "no-store",
    "pragma": "no-cache",
    "referrer-policy": "no-referrer",
}


def elsewhere(url: str, status: int) -> Response:
    """Send the browser to *url*, which is ours or a proven redirect URI, as it is spelled."""
    return Response(status_code=status, headers=_HEADERS | {"location": url})


def path_of(interaction_id: UUID) -> str:
    """Name the page of an interaction."""
    return f"{PATH}/{interaction_id.hex}"


def client_network(request: Request) -> str:
    """Name whom a limit is for: an IPv4 address, or the /64 that an IPv6 address is in."""
    host = "" if request.client is None else request.client.host
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return (
            address.ipv4_mapped.compressed if address.ipv4_mapped else f"{int(address) >> 64:x}"
        )
    return address.compressed
