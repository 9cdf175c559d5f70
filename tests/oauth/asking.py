"""The authorization server with all that tells of tokens, and takes them back."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx
from starlette.applications import Starlette

from hirewire.accounts.model import AppTerms, GrantType, Person
from hirewire.oauth.asked import AskingParts
from hirewire.oauth.failures import Limited, unlimited
from hirewire.oauth.revoked import Revoked
from hirewire.oauth.routes import asking_routes, resource_routes
from hirewire.oauth.scopes import widen
from hirewire.web.bearer import TokenVerifier
from tests.oauth.world import ISSUER, OFFLINE, AuthorizationServer, Registered, a_web_app
from tests.web.proofs import Prover

INTROSPECT: Final = "/oauth/v2/introspect"
REVOKE: Final = "/oauth/v2/revoke"
USERINFO: Final = "/v2/api/userinfo"
APPINFO: Final = "/v2/api/appinfo"
INACTIVE: Final = {"active": False}
EVERYTHING: Final = OFFLINE | {"email", "openid"}


@dataclass(frozen=True, slots=True)
class Asking:
    """An app that a person allowed everything, and a client of the endpoints."""

    server: AuthorizationServer
    revoked: Revoked
    http: httpx.AsyncClient
    app: Registered
    person: Person

    async def an_app(self, terms: AppTerms) -> Registered:
        """Register one more app."""
        return await self.server.an_app(terms)

    async def tokens(self, scopes: frozenset[str] = EVERYTHING) -> dict[str, Any]:
        """Let the person allow the app *scopes*, and get the tokens."""
        code = await self.server.authorize_as(self.person, self.app.app, scopes)
        return good(await self.server.redeem(self.app, code))

    async def own_token(self, **form: str) -> str:
        """Get a token of the app itself."""
        asked = {"grant_type": "client_credentials"} | self.app.credentials | form
        token: str = good(await self.server.http.post("/oauth/v2/tokens", data=asked))[
            "access_token"
        ]
        return token

    async def bound_token(self, prover: Prover) -> str:
        """Get a token of the app itself that is bound to a key."""
        proof = prover.prove("POST", f"{ISSUER}/oauth/v2/tokens")
        answer = await self.server.http.post(
            "/oauth/v2/tokens",
            data={"grant_type": "client_credentials"} | self.app.credentials,
            headers={"DPoP": proof},
        )
        token: str = good(answer)["access_token"]
        return token

    async def introspect(
        self, token: str, app: Registered | None = None, **form: str
    ) -> dict[str, Any]:
        """Ask about a token, as its app if as no other."""
        return good(await self.post(INTROSPECT, token, app, **form))

    async def revoke(self, token: str, app: Registered | None = None, **form: str) -> None:
        """Give a token back."""
        answer = await self.post(REVOKE, token, app, **form)
        assert (answer.status_code, answer.content) == (200, b"")

    async def post(
        self, path: str, token: str, app: Registered | None = None, **form: str
    ) -> httpx.Response:
        """Send a question; an empty value leaves a parameter out."""
        asked = {"token": token} | (app or self.app).credentials | form
        return await self.http.post(path, data={k: v for k, v in asked.items() if v})

    async def look(
        self, path: str, token: str, method: str = "GET", **headers: str
    ) -> httpx.Response:
        """Ask for what is behind an access token."""
        given = {"Authorization": f"Bearer {token}"} | headers
        return await self.http.request(method, path, headers=given)


@asynccontextmanager
async def asking(
    server: AuthorizationServer, limited: Limited = unlimited
) -> AsyncIterator[Asking]:
    """Offer the endpoints on *server*'s database."""
    app = await server.an_app(a_web_app())
    person = await server.a_person(server.world.master.id, server.world.stranger.id)
    revoked = Revoked(server.clock)
    server.database.committed.append(revoked.committed)
    verifier = TokenVerifier(
        server.ring.find, ISSUER, server.clock, revoked=revoked.ids, widen=widen
    )
    parts = AskingParts(
        database=server.database,
        clock=server.clock,
        doors=server.endpoint.doors,
        verifier=verifier,
        limited=limited,
    )
    routes = [
        *asking_routes(parts),
        *resource_routes(server.database, server.world.accounts, verifier),
    ]
    transport = httpx.ASGITransport(Starlette(routes=routes))
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
        yield Asking(server, revoked, http, app, person)


def good(answer: httpx.Response) -> dict[str, Any]:
    """Read an answer that is none of a refusal."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    body: dict[str, Any] = answer.json()
    return body


def refused(answer: httpx.Response) -> tuple[int, str, str]:
    """Read a refusal: status, error and words."""
    body: Mapping[str, str] = answer.json()
    return answer.status_code, body["error"], body["error_description"]


def a_public_app() -> AppTerms:
    """Describe an app that cannot keep a secret."""
    grant_types = frozenset({GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN})
    return replace(a_web_app("Public"), is_public=True, grant_types=grant_types)
