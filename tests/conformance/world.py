"""A provider over HTTP as standard clients meet it: the whole application, people and apps."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import httpx
from joserfc.jwk import ECKey, KeySet, RSAKey
from starlette.types import ASGIApp

from hirewire.accounts.model import (
    App,
    AppTerms,
    Employer,
    ErrorProfile,
    GrantType,
    Person,
    RegisterPerson,
    Role,
)
from hirewire.accounts.passwords import Passwords
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.oauth.scopes import KNOWN
from hirewire.server.app import build_app
from hirewire.server.parts import TEMPLATES, Parts, Store, open_parts, open_store
from hirewire.server.run import working
from hirewire.server.settings import Settings
from hirewire.web.pages import Pages
from tests.accounts.world import an_employer
from tests.conformance.browser import Browser, Someone
from tests.fixtures.database import MORNING

BASE: Final = "https://op.example"
CALLBACK: Final = "https://rp.example/callback"
WITH_QUERY: Final = "https://rp.example/callback?kept=1"
PASSWORD: Final = "correct horse battery"
SEED: Final = 20_261_122


@dataclass(frozen=True, slots=True)
class Registered:
    """An app, with what only it holds."""

    app: App
    secret: str = field(default="", repr=False)
    key: ECKey | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class World:
    """
    Who there is before a test begins.

    *strict* and *stricter* are as FAPI 2.0 has it: pushed requests, keys and proofs.
    *documented* is refused in the words of the public API, all others in those of the RFCs.
    """

    person: Person
    loner: Person
    first: Employer
    second: Employer
    stranger: Employer
    web: Registered
    other: Registered
    documented: Registered
    public: Registered
    signing: Registered
    strict: Registered
    stricter: Registered


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider, reached as the world reaches it."""

    world: World
    parts: Parts
    clock: MovableClock
    http: httpx.AsyncClient
    _browsers: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def someone(self) -> Someone:
        """The person who acts for two employers."""
        return Someone(self.world.person.email, PASSWORD)

    async def wait(self, seconds: float) -> None:
        """Let time pass."""
        await self.clock.advance(timedelta(seconds=seconds))

    def browser(self) -> Browser:
        """Start a browser in which nobody is signed in."""
        client = client_of(self._app)
        self._browsers.append(client)
        return Browser(client)

    async def close(self) -> None:
        """Close every browser."""
        for client in self._browsers:
            await client.aclose()

    @property
    def _app(self) -> ASGIApp:
        transport = self.http._transport
        assert isinstance(transport, httpx.ASGITransport)
        return transport.app


@cache
def _pages() -> Pages:
    """Templates take longer to compile than a test lasts: all providers share them."""
    return Pages(TEMPLATES)


def client_of(app: ASGIApp) -> httpx.AsyncClient:
    """Make an HTTP client of *app*, which keeps cookies and follows nothing."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE)


def settings_of(path: Path) -> Settings:
    """Say how the provider runs, and on which file."""
    return Settings(
        database=f"sqlite:{path}", secret_key="k" * 32, base_url=BASE, access_log="none"
    ).at("127.0.0.1", 8000)


@asynccontextmanager
async def running_provider(
    path: Path, world: World, clock: MovableClock
) -> AsyncIterator[Provider]:
    """Run the provider on the file at *path*, in which *world* is."""
    entropy = SeededEntropy(SEED + 1)
    async with (
        open_store(settings_of(path), clock=clock, entropy=entropy, is_shared=False) as store,
        open_parts(store) as opened,
        client_of(build_app(parts := replace(opened, pages=_pages()))) as http,
    ):
        provider = Provider(world, parts, clock, http)
        async with working(parts):
            yield provider
        await provider.close()


async def build_world(path: Path) -> World:
    """Fill the migrated file at *path*, keys of the provider included."""
    clock = MovableClock(MORNING, frozen=True)
    entropy = SeededEntropy(SEED)
    async with open_store(
        settings_of(path), clock=clock, entropy=entropy, is_shared=False
    ) as store:
        async with open_parts(store):
            pass
        return await _people_and_apps(store, entropy)


async def _people_and_apps(store: Store, entropy: SeededEntropy) -> World:
    accounts = store.accounts
    passwords = Passwords(entropy)
    hashed = await passwords.hash(PASSWORD)
    passwords.close()
    async with store.db.unit() as uow:
        employers = [await accounts.open_employer(uow, an_employer(number)) for number in "123"]
        people = [
            await accounts.register_person(
                uow, RegisterPerson(name=name, email=email, password_hash=hashed)
            )
            for name, email in (("Dana", "dana@rp.example"), ("Lone", "lone@rp.example"))
        ]
        for employer in employers[:2]:
            await accounts.join(uow, people[0].id, employer.id, Role.ADMIN)
    owner = employers[2]
    return World(
        person=people[0],
        loner=people[1],
        first=employers[0],
        second=employers[1],
        stranger=owner,
        web=await _app(store, owner, _terms("web")),
        other=await _app(store, owner, _terms("other")),
        documented=await _app(
            store, owner, _terms("documented", error_profile=ErrorProfile.DOCUMENTED)
        ),
        public=await _public(store, owner),
        signing=await _signing(store, owner, _terms("signing")),
        strict=await _signing(store, owner, _strict("strict")),
        stricter=await _signing(store, owner, _strict("stricter")),
    )


async def _app(store: Store, owner: Employer, terms: AppTerms) -> Registered:
    async with store.db.unit() as uow:
        app, secret = await store.accounts.apps.register(uow, owner.id, terms)
    return Registered(app, secret.text)


async def _public(store: Store, owner: Employer) -> Registered:
    grants = frozenset(GrantType) - {GrantType.CLIENT_CREDENTIALS}
    async with store.db.unit() as uow:
        return Registered(
            await store.accounts.apps.register_public(
                uow, owner.id, _terms("public", grant_types=grants)
            )
        )


async def _signing(store: Store, owner: Employer, terms: AppTerms) -> Registered:
    key = ECKey.generate_key("P-256", {"kid": terms.name, "use": "sig", "alg": "ES256"})
    registered = await _app(store, owner, with_keys(terms, key))
    return Registered(registered.app, registered.secret, key)


def with_keys(terms: AppTerms, *keys: ECKey | RSAKey) -> AppTerms:
    """Register *keys* with an app's terms."""
    return replace(terms, jwks=json.dumps(KeySet(list(keys)).as_dict(private=False)))


def _terms(name: str, **changes: Any) -> AppTerms:
    terms = AppTerms(
        name=name,
        grant_types=frozenset(GrantType),
        redirect_uris=(CALLBACK, WITH_QUERY),
        scopes=KNOWN,
        error_profile=ErrorProfile.RFC,
    )
    return replace(terms, **changes)


def _strict(name: str) -> AppTerms:
    return _terms(
        name,
        requires_pushed_requests=True,
        requires_dpop=True,
        rotates_refresh_tokens=False,  # FAPI 2.0, section 5.3.2.1: bound tokens stay
    )
