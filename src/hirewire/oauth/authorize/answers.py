"""What an app hears at its redirect URI: a code, or why there is none."""

from uuid import UUID

from hirewire.kit.refusals import HirewireError
from hirewire.oauth.authorize.redirect_uri import location
from hirewire.oauth.authorize.request import AuthorizationRequest
from hirewire.web import errors


def answer(
    request: AuthorizationRequest, code: str, issuer: str, employer_id: UUID | None
) -> str:
    """
    Spell the answer with a *code* (RFC 6749, section 4.1.2; RFC 9207, section 2).

    `employer` is there when one was picked (contract 5).
    """
    return location(
        request.redirect_uri,
        [
            ("code", code),
            ("state", request.state),
            ("iss", issuer),
            ("employer", None if employer_id is None else employer_id.hex),
        ],
    )


def refusal(redirect_uri: str, error: HirewireError, state: str | None, issuer: str) -> str:
    """Spell a refusal (RFC 6749, section 4.1.2.1); the redirect URI must be proven."""
    said = errors.oauth(error)
    return location(
        redirect_uri,
        [
            ("error", said["error"]),
            ("error_description", said["error_description"]),
            ("state", state),
            ("iss", issuer),
        ],
    )
