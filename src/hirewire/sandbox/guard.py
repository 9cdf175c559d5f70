"""
Who may drive the sandbox: whoever is on this machine, but no web page of somebody else.

The sandbox asks for no token, so a browser must not be talked into calling it: neither by a
page of another site (its `Origin`, `Sec-Fetch-Site`) nor by one whose name was made to point
here (its `Host`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Self
from urllib.parse import urlsplit

from hirewire.sandbox.errors import ForeignHost, ForeignPage

_LONGEST_ECHO: Final = 200
_OWN_SITE: Final = frozenset({"same-origin", "none"})


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets in who calls the sandbox by a loopback name, or by the *host* it was set up with."""

    host: str

    @classmethod
    def of(cls, base_url: str) -> Self:
        """Guard the server at *base_url*."""
        return cls(urlsplit(base_url).netloc.lower())

    def check(self, headers: Mapping[str, str]) -> None:
        """
        Let the request with these *headers* pass.

        Raises:
            ForeignHost, ForeignPage: it may be a web page's.
        """
        host = headers.get("host", "").lower()
        if host != self.host and not _is_loopback(host):
            raise ForeignHost(host=host[:_LONGEST_ECHO])
        origin = headers.get("origin")
        if origin is not None and not _is_at(origin.lower(), host):
            raise ForeignPage(origin=origin[:_LONGEST_ECHO])
        if headers.get("sec-fetch-site", "none") not in _OWN_SITE:
            raise ForeignPage(origin=headers.get("referer", "another site")[:_LONGEST_ECHO])


def _is_at(origin: str, host: str) -> bool:
    """Tell whether *origin* is the page's own server, with or without TLS before it."""
    return origin in {f"http://{host}", f"https://{host}"}


def _is_loopback(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        is_plain = "@" not in host
        return is_plain and (name == "localhost" or ip_address(name).is_loopback)
    except ValueError:
        return False
