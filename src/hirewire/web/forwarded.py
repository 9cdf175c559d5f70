"""
Where a request came from: its peer, or, behind proxies that are trusted, whom they name.

Anybody can send `X-Forwarded-For`. It is believed only as far as trusted proxies wrote it: read
from its end, where the nearest one appended, up to the first address that is no trusted proxy.
"""

import re
from collections.abc import Iterable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final, TypeAlias

from starlette.types import ASGIApp, Receive, Scope, Send

Network: TypeAlias = IPv4Network | IPv6Network
Address: TypeAlias = IPv4Address | IPv6Address

_HEADER: Final = b"x-forwarded-for"
_MOST_HOPS: Final = 20
_BRACKETED: Final = re.compile(r"\[([^\[\]]+)\](?::\d+)?")
_WITH_PORT: Final = re.compile(r"([^:]+):\d+")


def parse_networks(text: str) -> tuple[Network, ...]:
    """
    Read a comma-separated list of addresses and networks.

    Raises:
        ValueError: one of them is neither.
    """
    return tuple(ip_network(item.strip()) for item in text.split(",") if item.strip())


class Forwarded:
    """Tells *app* the client that *proxies* name, for requests that come through them."""

    def __init__(self, app: ASGIApp, proxies: Sequence[Network]) -> None:
        self._app = app
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope.get("client") is not None:
            host, port = scope["client"]
            named = self._client(host, scope["headers"])
            scope["client"] = (host, port) if named is None else (named, 0)
        await self._app(scope, receive, send)

    def _client(self, peer: str, headers: Iterable[tuple[bytes, bytes]]) -> str | None:
        """Name the nearest address that is no trusted proxy's; None for the peer itself."""
        if not self._is_trusted(_parsed(peer)):
            return None
        given = b",".join(value for name, value in headers if name == _HEADER)
        hops = given.decode("latin-1").split(",") if given else []
        nearest = None
        for hop in reversed(hops[-_MOST_HOPS:]):
            address = _parsed(_without_port(hop.strip()))
            if address is None:
                break
            nearest = str(address)
            if not self._is_trusted(address):
                break
        return nearest

    def _is_trusted(self, address: Address | None) -> bool:
        if address is None:
            return False
        return any(
            address in network
            for network in self._proxies
            if network.version == address.version
        )


def _parsed(text: str) -> Address | None:
    """Read an address; an IPv4 one in IPv6's clothes (RFC 4291, section 2.5.5.2) is IPv4."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped


def _without_port(hop: str) -> str:
    found = _BRACKETED.fullmatch(hop) or _WITH_PORT.fullmatch(hop)
    return hop if found is None else found[1]
