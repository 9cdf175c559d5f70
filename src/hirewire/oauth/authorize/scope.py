"""Which scopes an app asks a person for."""

import re
from typing import Final

from hirewire.accounts.model import App
from hirewire.oauth.authorize.asking import Asking
from hirewire.oauth.errors import InvalidScope
from hirewire.oauth.scopes import KNOWN, widen

_SCOPE: Final = re.compile(r"[!#-\[\]-~]{1,100}")


def ask_for_scopes(x: Asking) -> None:
    """
    Take the scopes. An app says what it wants: leaving the parameter out asks for nothing,
    and is refused (RFC 6749, section 3.3).
    """
    x.scopes = frozenset((x.parameters.get("scope") or "").split(" ")) - {""}
    if not x.scopes:
        raise InvalidScope(reason="The parameter scope is missing.")


def check_scopes(app: App, scopes: frozenset[str]) -> None:
    """
    Check that *app* may ask for each of *scopes*.

    Raises:
        InvalidScope: one does not exist, or was not registered for the app.
    """
    allowed = widen(app.scopes)
    for scope in sorted(scopes):
        shown = scope if _SCOPE.fullmatch(scope) else "asked for"
        if scope not in KNOWN:
            raise InvalidScope(reason=f"The scope {shown} does not exist.")
        if scope not in allowed:
            raise InvalidScope(reason=f"The scope {shown} is not allowed for this app.")
