"""The paths of the authorization server."""

from starlette.routing import Route

from hirewire.oauth.jwks import KeysEndpoint
from hirewire.oauth.token.endpoint import TokenEndpoint


def routes(tokens: TokenEndpoint, keys: KeysEndpoint) -> list[Route]:
    """List the authorization server's routes."""
    return [
        Route("/oauth/v2/tokens", tokens, name="oauth.tokens"),
        Route("/.well-known/keys", keys.answer, methods=["GET"], name="oauth.keys"),
    ]
