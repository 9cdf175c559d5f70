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
        InvalidRequest: the app is public (RFC 9700, section 2.1.1) or has to push its requests
            (FAPI 2.0 Security Profile, section 5.3.2.2), and sent no challenge.
    """
    if GrantType.AUTHORIZATION_CODE not in app.grant_types:
        raise UnauthorizedClient(fault=GrantFault.GRANT_TYPE_NOT_ALLOWED)
    check_scopes(app, request.scopes)
    if request.code_challenge is not None:
        return
    if app.terms.is_public:
        raise InvalidRequest(reason="A public app sends a code_challenge.")
    if app.terms.requires_pushed_requests:
        raise InvalidRequest(reason="An app that has to push sends a code_challenge.")


def can_be_impersonated(app: App, redirect_uri: str) -> bool:
    """
    Tell whether another program on the person's machine could ask in the name of *app*.

    A public app proves nothing, and who answers under a scheme of its own, or at a port of the
    machine, is anybody; only an https redirect URI leads to its owner. Such an app's requests
    are never answered without the person (RFC 8252, section 8.6; RFC 6749, section 10.2).
    """
    return app.terms.is_public and not redirect_uri.startswith("https:")


def need_a_push(x: Asking) -> None:
    """An app may have sworn to push its requests (RFC 9126, section 5)."""
    if x.app.terms.requires_pushed_requests and not x.was_pushed:
        raise InvalidRequest(reason="This app has to push its authorization requests.")
