"""What a token allows."""

import re
from typing import Final

from hirewire.oauth.errors import InvalidScope
from hirewire.oauth.scopes import KNOWN, OF_A_PERSON, widen
from hirewire.oauth.token.exchange import Exchange

EMPLOYER_ACCESS: Final = "employer_access"

_SCOPE: Final = re.compile(r"[!#-\[\]-~]{1,100}")


async def narrow_the_scopes(x: Exchange) -> None:
    """
    Settle the scopes: those asked for, each of which the app must be allowed, or else all
    that the app has for itself.

    The token names them as they were asked for; the read scopes that they imply are added
    when it is verified.
    """
    asked = frozenset(x.parameters.get("scope", "").split(" ")) - {""}
    allowed = widen(x.app.scopes)
    for scope in sorted(asked):
        _check(scope, allowed)
    x.scopes = asked or (x.app.scopes & KNOWN) - OF_A_PERSON
    if not x.scopes:
        raise InvalidScope(reason="This app has no scope of its own.")
    _check_employer_access(x)


def _check(scope: str, allowed: frozenset[str]) -> None:
    if scope not in KNOWN:
        shown = scope if _SCOPE.fullmatch(scope) else "asked for"
        raise InvalidScope(reason=f"The scope {shown} does not exist.")
    if scope in OF_A_PERSON:
        raise InvalidScope(reason=f"The scope {scope} needs a person who signs in.")
    if scope not in allowed:
        raise InvalidScope(reason=f"The scope {scope} is not allowed for this app.")


def _check_employer_access(x: Exchange) -> None:
    required = x.policy.employer_access_required and x.employer_id is not None
    if required and EMPLOYER_ACCESS not in x.scopes:
        raise InvalidScope(
            reason="A token that represents an employer needs the scope employer_access."
        )
