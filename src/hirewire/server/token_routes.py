"""The endpoints at which apps get tokens, ask about them, and give them back, put together."""

from starlette.routing import Route

from hirewire.oauth.asked import AskingParts
from hirewire.oauth.failures import Failures
from hirewire.oauth.jwks import KeysEndpoint
from hirewire.oauth.routes import asking_routes, resource_routes, routes
from hirewire.oauth.token.endpoint import TokenEndpoint
from hirewire.oauth.token.exchange import Doors
from hirewire.server.parts import Parts


def token_routes(parts: Parts, failures: Failures) -> list[Route]:
    """List the routes, which count in *failures* how often an app fails to prove itself."""
    doors = Doors(
        accounts=parts.accounts,
        grants=parts.grants,
        assertions=parts.assertions,
        policy=parts.token_policy,
    )
    tokens = TokenEndpoint(
        database=parts.db,
        clock=parts.clock,
        doors=doors,
        keys=parts.key_ring,
        limited=failures.limited,
    )
    asking = AskingParts(
        database=parts.db,
        clock=parts.clock,
        doors=doors,
        verifier=parts.verifier,
        limited=failures.limited,
    )
    return [
        *routes(tokens, KeysEndpoint(keys=parts.key_ring)),
        *asking_routes(asking),
        *resource_routes(parts.db, parts.accounts, parts.verifier),
    ]
