"""Which redirect URIs are an app's: the rule of comparison, for asking and for redeeming."""

import re
from collections.abc import Iterable
from typing import Final

_LOOPBACK: Final = re.compile(
    r"(?P<host>http://(?:127\.0\.0\.1|\[::1\]))(?::(?P<port>[1-9][0-9]{0,4}))?(?P<rest>[/?].*)?"
)
_HIGHEST_PORT: Final = 65_535


def is_registered(redirect_uri: str, registered: Iterable[str]) -> bool:
    """
    Tell whether *redirect_uri* is among the *registered* ones.

    It is compared character by character (RFC 9700, section 4.1.3). One that leads to
    `http://127.0.0.1` or `http://[::1]` may name any port, as programs take the port that is
    free (RFC 8252, section 7.3); all else of it must be as it was registered. A registered
    `localhost` is a name like any other.
    """
    asked = _without_port(redirect_uri)
    return any(
        uri == redirect_uri or (asked is not None and asked == _without_port(uri))
        for uri in registered
    )


def _without_port(uri: str) -> tuple[str, str] | None:
    found = _LOOPBACK.fullmatch(uri)
    if found is None or int(found["port"] or 80) > _HIGHEST_PORT:
        return None
    return found["host"], found["rest"] or ""
