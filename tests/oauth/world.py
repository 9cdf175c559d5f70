"""An authorization server in the test's own process, and what the tests ask of it."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import httpx
from joserfc import jws
from joserfc.util import urlsafe_b64encode
from starlette.applications import Starlette

from hirewire.accounts.apps.service import Apps
from hirewire.accounts.model import App, AppTerms, GrantType, Person, RegisterPerson, Role
from hirewire.accounts.service import Accounts
from hirewire.kit.clock import Clock
from hirewire.kit.entropy import Entropy
from hirewire.kit.rsa import new_rsa_key
from hirewire.oauth.assertions import Assertions
from hirewire.oauth.grants.model import CodeRequest
from hirewire.oauth.grants.service import Grants
from hirewire.oauth.jwks import KeysEndpoint
from hirewire.oauth.keyring import KeyRing
from hirewire.oauth.readiness import ready_keys
from hirewire.oauth.routes import routes
from hirewire.oauth.scopes import widen
from hirewire.oauth.sealing import Seal
from hirewire.oauth.service import Keys
from hirewire.oauth.token.endpoint import TokenEndpoint
from hirewire.oauth.token.exchange import Doors, TokenPolicy
from hirewire.runtime.db.database import Database
from hirewire.web.bearer import TokenVerifier
from tests.accounts.world import AGENCY_SCOPES, World, facts, make_world

ISSUER: Final = "http://127.0.0.1:8080"
TOKENS: Final = "/oauth/v2/tokens"
POLICY: Final = TokenPolicy(issuer=ISSUER, url=f"{ISSUER}{TOKENS}")
INVALID_GRANT: Final = {"error_description": "Invalid grant", "error": "invalid_grant"}
CALLBACK: Final = "https://agency.example/callback"
VERIFIER: Final = "a-verifier-of-forty-three-characters-or-more"
OFFLINE: Final = frozenset({"offline_access", "employer_access", "interviews.schedule"})


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
    def grants(self) -> Grants:
        """What people allowed which apps."""
        return self.endpoint.doors.grants

    @property
    def clock(self) -> Clock:
        """The server's clock."""
        return self.endpoint.clock

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

    async def an_app(self, terms: AppTerms | None = None) -> "Registered":
        """Register an app that people can sign in to, or one with other *terms*."""
        asked, accounts = terms or a_web_app(), self.world.accounts
        async with self.database.unit() as uow:
            if asked.is_public:
                app = await accounts.apps.register_public(uow, self.world.master.id, asked)
                return Registered(app, "")
            app, secret = await accounts.apps.register(uow, self.world.master.id, asked)
        return Registered(app, secret.text)

    async def a_person(
        self,
        *employer_ids: UUID,
        email: str = "ada@agency.example",
        email_verified: bool = True,
    ) -> Person:
        """Register a person who acts for some employers."""
        accounts = self.world.accounts
        command = RegisterPerson(name="Ada", email=email, email_verified=email_verified)
        async with self.database.unit() as uow:
            person = await accounts.register_person(uow, command)
            for employer_id in employer_ids:
                await accounts.join(uow, person.id, employer_id, Role.RECRUITER)
        return person

    async def authorize_as(
        self,
        person: Person,
        app: App,
        scopes: frozenset[str] = OFFLINE,
        *,
        redirect_uri: str = CALLBACK,
        nonce: str | None = None,
        verifier: str | None = None,
        employer_id: UUID | None = None,
        proof_key: str | None = None,
        authenticated_at: datetime | None = None,
    ) -> str:
        """Let a person allow an app something, as the pages do, and return the code."""
        async with self.database.unit() as uow:
            grant = await self.grants.allow(uow, person.id, app, scopes)
            return await self.grants.issue_code(
                uow,
                CodeRequest(
                    person_id=person.id,
                    app=app,
                    grant_id=grant.id,
                    scopes=scopes,
                    redirect_uri=redirect_uri,
                    nonce=nonce,
                    code_challenge=None if verifier is None else challenge(verifier),
                    authenticated_at=authenticated_at or uow.now,
                    picked_employer_id=employer_id,
                    proof_key=proof_key,
                ),
            )

    async def sign_in(
        self,
        app: "Registered",
        *employer_ids: UUID,
        scopes: frozenset[str] = OFFLINE,
        email: str = "ada@agency.example",
    ) -> dict[str, str]:
        """Let a new person, who acts for some employers, in to an app; return its tokens."""
        person = await self.a_person(*employer_ids, email=email)
        picked = employer_ids[0] if employer_ids else None
        code = await self.authorize_as(person, app.app, scopes, employer_id=picked)
        return dict((await self.redeem(app, code)).json())

    async def redeem(
        self,
        app: "Registered",
        code: str,
        *,
        headers: Mapping[str, str] | None = None,
        **form: str,
    ) -> httpx.Response:
        """Redeem a code; an empty value leaves a parameter out."""
        asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        return await self.send(asked | app.credentials | form, headers)

    async def refresh(
        self,
        app: "Registered",
        token: str,
        *,
        headers: Mapping[str, str] | None = None,
        **form: str,
    ) -> httpx.Response:
        """Refresh; an empty value leaves a parameter out."""
        asked = {"grant_type": "refresh_token", "refresh_token": token}
        return await self.send(asked | app.credentials | form, headers)

    async def send(
        self, form: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Send a form to the token endpoint; an empty value leaves a parameter out."""
        given = {name: value for name, value in form.items() if value}
        return await self.http.post(TOKENS, data=given, headers=headers)

    async def told(self) -> list[str]:
        """List the kinds of the facts on record, oldest first."""
        return [kind for kind, _ in await facts(self.database)]

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
        endpoint = replace(self.endpoint, doors=replace(self.endpoint.doors, policy=policy))
        return replace(self, endpoint=endpoint, http=client(endpoint, self.ring))


@dataclass(frozen=True, slots=True)
class Registered:
    """An app with its secret, empty for a public one."""

    app: App
    secret: str

    @property
    def credentials(self) -> dict[str, str]:
        """What the app says of itself in the body."""
        return {"client_id": self.app.id, "client_secret": self.secret}


@asynccontextmanager
async def running_server(
    database: Database, clock: Clock, entropy: Entropy, seal: Seal
) -> AsyncIterator[AuthorizationServer]:
    """Offer an authorization server on *database*, with the small world of accounts."""
    world = await make_world(database, Accounts(Apps(entropy)))
    keys = Keys(seal=seal, entropy=entropy, make_rsa=an_rsa_key)
    ring = KeyRing(clock, seal)
    await ready_keys(database, keys, ring)
    doors = Doors(
        accounts=world.accounts,
        grants=Grants(entropy),
        assertions=Assertions(clock, ISSUER, (POLICY.url,)),
        policy=POLICY,
    )
    endpoint = TokenEndpoint(database=database, clock=clock, doors=doors, keys=ring)
    async with client(endpoint, ring) as http:
        yield AuthorizationServer(world, database, keys, ring, endpoint, http)


@cache
def an_rsa_key() -> bytes:
    """Make one RSA key, and give it to all: they take too long for a key in every test."""
    return new_rsa_key()


def a_web_app(name: str = "Web", **changes: Any) -> AppTerms:
    """Describe an app that may use every grant there is for it, with *changes*."""
    of_nobody = {GrantType.CLIENT_CREDENTIALS} if changes.get("is_public") else set()
    terms = AppTerms(
        name=name,
        grant_types=frozenset(GrantType) - of_nobody,
        redirect_uris=(CALLBACK,),
        scopes=AGENCY_SCOPES | {"email", "openid"},
    )
    return replace(terms, **changes)


def read(token: str) -> dict[str, Any]:
    """Read the claims of a JWT, whoever signed it."""
    return dict(json.loads(jws.extract_compact(token.encode()).payload))


def challenge(verifier: str) -> str:
    """Hash a verifier as S256 does (RFC 7636, section 4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode()


def basic(client_id: str, secret: str) -> str:
    """Spell credentials for the `Authorization` header."""
    return "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()


def client(endpoint: TokenEndpoint, ring: KeyRing) -> httpx.AsyncClient:
    """Make a client of the routes."""
    app = Starlette(routes=routes(endpoint, KeysEndpoint(keys=ring)))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ISSUER)
