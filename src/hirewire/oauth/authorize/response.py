"""What the answer will be: a code, in the query of the redirect URI, with the state."""

from hirewire.oauth.authorize.asking import Asking
from hirewire.oauth.authorize.errors import (
    RequestNotSupported,
    RequestUriNotSupported,
    UnsupportedResponseType,
)
from hirewire.oauth.errors import InvalidRequest


def keep_the_state(x: Asking) -> None:
    """Take the state first, so that every refusal after this one carries it."""
    x.state = x.parameters.get("state")


def refuse_request_objects(x: Asking) -> None:
    """Parameters come as parameters, or were pushed (OpenID Connect Core, section 6)."""
    if x.parameters.get("request") is not None:
        raise RequestNotSupported
    if x.parameters.get("request_uri") is not None:
        raise RequestUriNotSupported


def know_the_response(x: Asking) -> None:
    """Codes only, and in the query only: fragments and posted forms lead past the proxies."""
    if x.parameters.needs("response_type") != "code":
        raise UnsupportedResponseType
    if x.parameters.get("response_mode") not in {None, "query"}:
        raise InvalidRequest(reason="The response_mode is not query.")


def keep_the_nonce(x: Asking) -> None:
    """Take what the ID token will repeat."""
    x.nonce = x.parameters.get("nonce")
