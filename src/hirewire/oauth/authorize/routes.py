"""The paths of the authorization endpoint, of pushed requests and of the pages."""

from starlette.routing import Route

from hirewire.oauth.authorize.endpoint import AuthorizeEndpoint
from hirewire.oauth.authorize.pages import InteractionPages
from hirewire.oauth.authorize.push_endpoint import PUSH_PATH, PushEndpoint
from hirewire.oauth.authorize.wire import PATH


def authorize_routes(
    endpoint: AuthorizeEndpoint, pushes: PushEndpoint, pages: InteractionPages
) -> list[Route]:
    """List them."""
    both = ["GET", "POST"]
    return [
        Route(PUSH_PATH, pushes.answer, methods=both, name="oauth.push"),
        Route(PATH, endpoint.answer, methods=both, name="oauth.authorize"),
        Route(f"{PATH}/{{interaction}}", pages.answer, methods=both, name="oauth.interaction"),
    ]
