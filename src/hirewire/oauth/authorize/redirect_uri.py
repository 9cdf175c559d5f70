"""Where an app is answered: proof that it registered the redirect URI, and the way there."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from hirewire.oauth.authorize.errors import UnregisteredRedirectUri

_LOOPBACK: Final = re.compile(
    r"(?P<host>http://(?:127\.0\.0\.1|\[::1\]))(?::(?P<port>[1-9][0-9]{0,4}))?(?P<rest>[/?].*)?"
)
_HIGHEST_PORT: Final = 65_535


def prove(redirect_uri: str, registered: Iterable[str]) -> str:
    """
    Return *redirect_uri* if it is among the *registered* ones.

    It is compared character by character (RFC 9700, section 4.1.3). One that leads to
    `http://127.0.0.1` or `http://[::1]` may name any port, as programs take the port that is
    free (RFC 8252, section 7.3); all else of it must be as it was registered. A registered
    `localhost` is a name like any other.

    Raises:
        UnregisteredRedirectUri: it is not.
    """
    asked = _without_port(redirect_uri)
    for uri in registered:
        if uri == redirect_uri or (asked is not None and asked == _without_port(uri)):
            return redirect_uri
    raise UnregisteredRedirectUri


def location(redirect_uri: str, answer: Iterable[tuple[str, str | None]]) -> str:
    """Add the *answer* to the query of a proven redirect URI, leaving what is there."""
    added = urlencode([(name, text) for name, text in answer if text], quote_via=quote, safe="")
    if not added:
        return redirect_uri
    mark = "?" if "?" not in redirect_uri else "" if redirect_uri[-1] in "?&" else "&"
    return f"{redirect_uri}{mark}{added}"


def host(redirect_uri: str) -> str:
    """Name the place that a person is sent to."""
    parts = urlsplit(redirect_uri)
    return parts.netloc or f"{parts.scheme}:"


def form_targets(redirect_uri: str) -> tuple[str, ...]:
    """
    Say where a form whose answer is a redirect to *redirect_uri* may end, for `form-action`.

    Chromium holds the whole chain of redirects to it, also those that the app adds: so the
    scheme is allowed, not one origin (decision 0014).
    """
    parts = urlsplit(redirect_uri)
    is_named = parts.scheme == "http" and "[" not in parts.netloc
    return ("http://127.0.0.1:*", "http://localhost:*") if is_named else (f"{parts.scheme}:",)


def _without_port(uri: str) -> tuple[str, str] | None:
    found = _LOOPBACK.fullmatch(uri)
    if found is None or int(found["port"] or 80) > _HIGHEST_PORT:
        return None
    return found["host"], found["rest"] or ""
