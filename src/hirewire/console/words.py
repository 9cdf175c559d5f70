"""What the console calls things: grant types, scopes and ways to be refused, for people."""

from typing import Final

from hirewire.accounts.model import ErrorProfile, GrantType
from hirewire.oauth.authorize.words import SCOPES as ASKED
from hirewire.oauth.authorize.words import Words
from hirewire.oauth.scopes import KNOWN

GRANT_TYPES: Final = (
    (
        GrantType.AUTHORIZATION_CODE.value,
        Words("Authorization code", "People sign in and choose what the app may do for them."),
    ),
    (
        GrantType.REFRESH_TOKEN.value,
        Words("Refresh token", "Stay connected to people who agreed, without asking again."),
    ),
    (
        GrantType.CLIENT_CREDENTIALS.value,
        Words("Client credentials", "Act for the owner's account itself; nobody signs in."),
    ),
)
"""Grant types in the words of the public documents ("Allowed grant types", seed 001)."""

SCOPES: Final = tuple(
    (scope, ASKED.get(scope, Words(scope, "")))
    for scope in [*ASKED, *sorted(KNOWN - set(ASKED))]
)
"""Every scope that an app may ask for, in the order in which people are asked."""

ERROR_PROFILES: Final = (
    (ErrorProfile.DOCUMENTED.value, "As documented (“Invalid grant”)"),
    (ErrorProfile.RFC.value, "As the RFCs have them, for standard libraries"),
)


def titles(scopes: frozenset[str]) -> list[Words]:
    """Say what *scopes* allow, in the order in which people were asked."""
    return [words for scope, words in SCOPES if scope in scopes]
