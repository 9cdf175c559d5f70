"""What an app must be allowed for its request to stand: asked at the start and at each step."""

from hirewire.accounts.model import App, GrantType
from hirewire.oauth.authorize.asking import Asking
from hirewire.oauth.authorize.request import AuthorizationRequest
from hirewire.oauth.authorize.scope import check_scopes
from hirewire.oauth.errors import GrantFault, InvalidRequest, UnauthorizedClient


def check_app(app: App, request: AuthorizationRequest) -> None:
    """
    Check *request* against what *app* is allowed at this moment.

    Raises:
        UnauthorizedClient: the authorization code grant is switched off (seed 001).
        InvalidScope: a scope is not the app's.
        InvalidRequest: the app is public and sent no challenge (RFC 9700, section 2.1.1).
    """
    if GrantType.AUTHORIZATION_CODE not in app.grant_types:
        raise UnauthorizedClient(fault=GrantFault.GRANT_TYPE_NOT_ALLOWED)
    check_scopes(app, request.scopes)
    if app.terms.is_public and request.code_challenge is None:
        raise InvalidRequest(reason="A public app sends a code_challenge.")


def need_a_push(x: Asking) -> None:
    """An app may have sworn to push its requests (RFC 9126, section 5)."""
    if x.app.terms.requires_pushed_requests and not x.was_pushed:
        raise InvalidRequest(reason="This app has to push its authorization requests.")
