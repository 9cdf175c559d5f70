"""What a token allows."""

import re
from typing import Final

from hirewire.oauth.errors import InvalidScope
from hirewire.oauth.grants.model import Family
from hirewire.oauth.scopes import EMPLOYER_ACCESS, KNOWN, OF_A_PERSON, widen
from hirewire.oauth.token.exchange import Exchange

_SCOPE: Final = re.compile(r"[!#-\[\]-~]{1,100}")


async def narrow_the_scopes(x: Exchange) -> None:
    """
    Settle the scopes: those asked for, each of which must be allowed, or else all there are.

    The token names them as they were asked for; the read scopes that they imply are added
    when it is verified.
    """
    x.scopes = _of_the_app(x) if x.family is None else _of_the_person(x, x.family)
    _check_employer_access(x)


def _of_the_app(x: Exchange) -> frozenset[str]:
    """Take what an app asks for itself, out of what it was registered with."""
    asked = _asked(x)
    allowed = widen(x.app.scopes)
    for scope in sorted(asked):
        _check(scope, allowed)
    scopes = asked or (x.app.scopes & KNOWN) - OF_A_PERSON
    if not scopes:
        raise InvalidScope(reason="This app has no scope of its own.")
    return scopes


def _of_the_person(x: Exchange, family: Family) -> frozenset[str]:
    """
    Take what the person granted, less what the app lost since.

    A refresh may ask for less (RFC 6749, section 6), for that one token; a code says all.
    """
    granted = family.scopes & (widen(x.app.scopes) | OF_A_PERSON)
    asked = _asked(x) if x.grant_type == "refresh_token" else frozenset()
    for scope in sorted(asked - widen(granted)):
        raise InvalidScope(reason=f"The scope {_shown(scope)} was not granted.")
    return asked or granted


def _asked(x: Exchange) -> frozenset[str]:
    return frozenset(x.parameters.get("scope", "").split(" ")) - {""}


def _check(scope: str, allowed: frozenset[str]) -> None:
    if scope not in KNOWN:
        raise InvalidScope(reason=f"The scope {_shown(scope)} does not exist.")
    if scope in OF_A_PERSON:
        raise InvalidScope(reason=f"The scope {scope} needs a person who signs in.")
    if scope not in allowed:
        raise InvalidScope(reason=f"The scope {scope} is not allowed for this app.")


def _shown(scope: str) -> str:
    return scope if _SCOPE.fullmatch(scope) else "asked for"


def _check_employer_access(x: Exchange) -> None:
    """Where the scope is insisted on, an employer that was not asked for is left out."""
    if not x.doors.policy.employer_access_required or EMPLOYER_ACCESS in x.scopes:
        return
    if "employer" in x.parameters:
        raise InvalidScope(
            reason="A token that represents an employer needs the scope employer_access."
        )
    x.employer_id = None
