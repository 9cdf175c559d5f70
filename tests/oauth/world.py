"""An authorization server in the test's own process, and what the tests ask of it."""

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import httpx
from starlette.applications import Starlette

from hirewire.accounts.service import Accounts
from hirewire.kit.clock import Clock
from hirewire.kit.entropy import Entropy
from hirewire.kit.rsa import new_rsa_key
from hirewire.oauth.jwks import KeysEndpoint
from hirewire.oauth.keyring import KeyRing
from hirewire.oauth.readiness import ready_keys
from hirewire.oauth.routes import routes
from hirewire.oauth.scopes import widen
from hirewire.oauth.sealing import Seal
from hirewire.oauth.service import Keys
from hirewire.oauth.token.endpoint import TokenEndpoint
from hirewire.oauth.token.exchange import TokenPolicy
from hirewire.runtime.db.database import Database
from hirewire.web.bearer import TokenVerifier
from tests.accounts.world import World, facts, make_world

ISSUER: Final = "http://127.0.0.1:8080"
TOKENS: Final = "/oauth/v2/tokens"
INVALID_GRANT: Final = {"error_description": "Invalid grant", "error": "invalid_grant"}


@dataclass(frozen=True, slots=True)
class AuthorizationServer:
    """The server, its parts, and a client of it."""

    world: World
    database: Database
    keys: Keys
    ring: KeyRing
    endpoint: TokenEndpoint
    http: httpx.AsyncClient

    @property
    def credentials(self) -> dict[str, str]:
        """What the app proves itself with, in the body."""
        return {"client_id": self.world.app.id, "client_secret": self.world.secret.text}

    def basic(self) -> dict[str, str]:
        """What the app proves itself with, in the header."""
        return {"Authorization": basic(self.world.app.id, self.world.secret.text)}

    async def ask(self, **form: str) -> httpx.Response:
        """Ask for a token with credentials in the body; an empty value leaves one out."""
        asked = {"grant_type": "client_credentials"} | self.credentials | form
        return await self.http.post(TOKENS, data={k: v for k, v in asked.items() if v})

    async def post(
        self, body: bytes | str, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Send a body as it is."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self.http.post(TOKENS, content=body, headers=form | dict(headers or {}))

    async def issued(self) -> int:
        """Count the tokens on record."""
        return [kind for kind, _ in await facts(self.database)].count("oauth.token_issued")

    async def load_keys(self) -> None:
        """Read the keys into memory again."""
        async with self.database.read() as reader:
            await self.ring.load(reader)

    def verifier(self, clock: Clock) -> TokenVerifier:
        """Make a verifier as the server's APIs have one."""
        return TokenVerifier(self.ring.find, ISSUER, clock, widen=widen)

    def with_policy(self, policy: TokenPolicy) -> "AuthorizationServer":
        """Offer the same under another policy."""
        endpoint = replace(self.endpoint, policy=policy)
        return replace(self, endpoint=endpoint, http=client(endpoint, self.ring))


@asynccontextmanager
async def running_server(
    database: Database, clock: Clock, entropy: Entropy, seal: Seal
) -> AsyncIterator[AuthorizationServer]:
    """Offer an authorization server on *database*, with the small world of accounts."""
    world = await make_world(database, Accounts(entropy))
    keys = Keys(seal=seal, entropy=entropy, make_rsa=an_rsa_key)
    ring = KeyRing(clock, seal)
    await ready_keys(database, keys, ring)
    endpoint = TokenEndpoint(
        database=database,
        accounts=world.accounts,
        keys=ring,
        policy=TokenPolicy(issuer=ISSUER),
    )
    async with client(endpoint, ring) as http:
        yield AuthorizationServer(world, database, keys, ring, endpoint, http)


@cache
def an_rsa_key() -> bytes:
    """Make one RSA key, and give it to all: they take too long for a key in every test."""
    return new_rsa_key()


def basic(client_id: str, secret: str) -> str:
    """Spell credentials for the `Authorization` header."""
    return "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()


def client(endpoint: TokenEndpoint, ring: KeyRing) -> httpx.AsyncClient:
    """Make a client of the routes."""
    app = Starlette(routes=routes(endpoint, KeysEndpoint(keys=ring)))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ISSUER)
