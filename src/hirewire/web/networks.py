"""Networks: from where a request comes, for limits on those of whom nothing else is known."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from starlette.requests import Request

_V6_HOST_BITS: Final = 64


def network_of(request: Request) -> str:
    """Name the network that *request* comes from."""
    return network("" if request.client is None else request.client.host)


def network(host: str) -> str:
    """
    Name the network of *host*: what one caller has to call from.

    That is a whole /64 of IPv6 addresses, and one of IPv4.
    """
    address = _address(host)
    if address is None:
        return host
    if isinstance(address, IPv6Address):
        return f"{int(address) >> _V6_HOST_BITS:x}/{_V6_HOST_BITS}"
    return address.compressed


def is_loopback(host: str) -> bool:
    """Tell whether *host* is this machine itself."""
    address = _address(host)
    return address is not None and address.is_loopback


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or address
    return address
