"""The paths of the authorization server."""

from starlette.routing import Route

from hirewire.accounts.service import Accounts
from hirewire.oauth import appinfo, userinfo
from hirewire.oauth.asked import AskingEndpoint, AskingParts
from hirewire.oauth.discovery import ENDPOINTS
from hirewire.oauth.introspection import introspect
from hirewire.oauth.jwks import KeysEndpoint
from hirewire.oauth.protected import Protected
from hirewire.oauth.revocation import give_back
from hirewire.oauth.token.endpoint import TokenEndpoint
from hirewire.runtime.db.database import Database
from hirewire.web.bearer import TokenVerifier


def routes(tokens: TokenEndpoint, keys: KeysEndpoint) -> list[Route]:
    """List the authorization server's routes."""
    return [
        Route("/oauth/v2/tokens", tokens, name="oauth.tokens"),
        Route("/.well-known/keys", keys.answer, methods=["GET"], name="oauth.keys"),
    ]


def asking_routes(parts: AskingParts) -> list[Route]:
    """List where apps ask about their tokens, and give them back."""
    introspection = AskingEndpoint(
        name="introspection", parts=parts, reply=introspect, admits_public=False
    )
    revocation = AskingEndpoint(
        name="revocation", parts=parts, reply=give_back, admits_public=True
    )
    return [
        Route(ENDPOINTS["introspection_endpoint"], introspection, name="oauth.introspection"),
        Route(ENDPOINTS["revocation_endpoint"], revocation, name="oauth.revocation"),
    ]


def resource_routes(
    database: Database, accounts: Accounts, verifier: TokenVerifier
) -> list[Route]:
    """List what the authorization server tells the holder of an access token."""
    described = {appinfo.PATH: appinfo.describe_app, userinfo.PATH: userinfo.describe_person}
    return [
        Route(
            path,
            Protected(
                database=database, accounts=accounts, verifier=verifier, describe=describe
            ),
        )
        for path, describe in described.items()
    ]
