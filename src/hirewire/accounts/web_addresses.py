"""Redirect URIs and trusted web domains: which ones an app may register."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import SplitResult, urlsplit

from hirewire.accounts.errors import (
    BadRedirectUri,
    BadTrustedDomain,
    TooManyRedirectUris,
    TooManyTrustedDomains,
)

MOST_REDIRECT_URIS: Final = 5
MOST_TRUSTED_DOMAINS: Final = 20

_LONGEST: Final = 2000
_LONGEST_SHOWN: Final = 200
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_URI: Final = re.compile(r"[!-~]+")
_NOT_IN_URI: Final = frozenset('"<>\\^`{|}')
_HOST: Final = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
)
_OWN_SCHEME: Final = re.compile(r"[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:/.*")
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


def parse_redirect_uris(uris: Iterable[str], *, may_be_native: bool = False) -> tuple[str, ...]:
    """
    Check *uris*, and drop those said twice; what is kept is compared character by character.

    An app that *may_be_native* can also be called back under a scheme of its own, the reverse
    of a domain name (RFC 8252, section 7.1).

    Raises:
        BadRedirectUri: one is not https, or http on this machine, or has a fragment.
        TooManyRedirectUris: there are more than five (contract 5).
    """
    found = tuple(dict.fromkeys(uris))
    if len(found) > MOST_REDIRECT_URIS:
        raise TooManyRedirectUris(asked=len(found), limit=MOST_REDIRECT_URIS)
    for uri in found:
        if not (_is_web_redirect(uri) or (may_be_native and _is_native_redirect(uri))):
            raise BadRedirectUri(uri=uri[:_LONGEST_SHOWN])
    return found


def parse_origins(domains: Iterable[str]) -> tuple[str, ...]:
    """
    Spell each of *domains* as a browser spells it in the `Origin` header.

    Raises:
        BadTrustedDomain: one is not https, or http on this machine, or has a path.
        TooManyTrustedDomains: there are more than we keep for an app.
    """
    found = tuple(dict.fromkeys(parse_origin(domain) for domain in domains))
    if len(found) > MOST_TRUSTED_DOMAINS:
        raise TooManyTrustedDomains(asked=len(found), limit=MOST_TRUSTED_DOMAINS)
    return found


def parse_origin(domain: str) -> str:
    """
    Spell one domain as its origin.

    Raises:
        BadTrustedDomain: see `parse_origins`.
    """
    parts = _split(domain)
    if parts is None or parts.path not in {"", "/"} or "?" in domain or "#" in domain:
        raise BadTrustedDomain(domain=domain[:_LONGEST_SHOWN])
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    if parts.port in {None, _DEFAULT_PORTS[parts.scheme]}:
        return f"{parts.scheme}://{shown}"
    return f"{parts.scheme}://{shown}:{parts.port}"


def _is_web_redirect(uri: str) -> bool:
    """A `*` would match itself only, which is not what whoever writes one expects."""
    return _split(uri) is not None and "#" not in uri and "*" not in uri


def _is_native_redirect(uri: str) -> bool:
    if len(uri) > _LONGEST or not _is_spelled(uri) or {"#", "*", "@"} & set(uri):
        return False
    return _OWN_SCHEME.fullmatch(uri) is not None


def _is_spelled(uri: str) -> bool:
    return _URI.fullmatch(uri) is not None and not _NOT_IN_URI & set(uri)


def _split(uri: str) -> SplitResult | None:
    """Split a URI that may be registered, or return None."""
    if len(uri) > _LONGEST or not _is_spelled(uri):
        return None
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    if "@" in parts.netloc or port == 0 or not (_HOST.fullmatch(host) or host == "::1"):
        return None
    if parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK):
        return parts
    return None
