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
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


def parse_redirect_uris(uris: Iterable[str]) -> tuple[str, ...]:
    """
    Check *uris*, and drop those said twice; what is kept is compared character by character.

    Raises:
        BadRedirectUri: one is not https, or http on this machine, or has a fragment.
        TooManyRedirectUris: there are more than five (contract 5).
    """
    found = tuple(dict.fromkeys(uris))
    if len(found) > MOST_REDIRECT_URIS:
        raise TooManyRedirectUris(asked=len(found), limit=MOST_REDIRECT_URIS)
    for uri in found:
        parts = _split(uri)
        if parts is None or "#" in uri:
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


def _split(uri: str) -> SplitResult | None:
    """Split a URI that may be registered, or return None."""
    if len(uri) > _LONGEST or not _URI.fullmatch(uri) or _NOT_IN_URI & set(uri):
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
