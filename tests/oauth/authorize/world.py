"""An authorization endpoint in the test's own process, an app that asks, and browsers."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import Final
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import httpx
import msgspec
from starlette.applications import Starlette
from starlette.types import ASGIApp

from hirewire.accounts.apps.service import Apps
from hirewire.accounts.model import (
    App,
    AppTerms,
    Employer,
    GrantType,
    NewSecret,
    Person,
    RegisterPerson,
    Role,
)
from hirewire.accounts.service import Accounts
from hirewire.accounts.sessions import Session, Sessions
from hirewire.accounts.sign_in.browser import Browser
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import Entropy
from hirewire.oauth.assertions import Assertions
from hirewire.oauth.authorize.endpoint import AuthorizeEndpoint
from hirewire.oauth.authorize.interactions import Interactions
from hirewire.oauth.authorize.pages import InteractionPages
from hirewire.oauth.authorize.push_endpoint import PushEndpoint
from hirewire.oauth.authorize.routes import authorize_routes
from hirewire.oauth.authorize.views import Views
from hirewire.oauth.failures import Failures
from hirewire.oauth.grants.service import Grants
from hirewire.oauth.keyring import KeyRing
from hirewire.oauth.readiness import ready_keys
from hirewire.oauth.sealing import Seal
from hirewire.oauth.service import Keys
from hirewire.runtime.db.database import Database
from hirewire.web.pages import Pages, asset_routes
from hirewire.web.rate_limits import RateLimit
from tests.accounts.world import an_employer
from tests.oauth.world import an_rsa_key

BASE: Final = "http://127.0.0.1:8080"
AUTHORIZE: Final = "/oauth/v2/authorize"
PUSH: Final = "/oauth/v2/par"
MOST_AT_ONCE: Final = 200
MOST_FAILURES: Final = 20
CALLBACK: Final = "https://ats.example/callback"
CHALLENGE: Final = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
VERIFIER: Final = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
SCOPES: Final = frozenset(
    {
        "openid",
        "email",
        "offline_access",
        "employer_access",
        "interviews.schedule",
        "employer.advertising.campaign",
    }
)


@dataclass(slots=True)
class Visitor:
    """A browser: its cookies, and who is signed in there, if anybody."""

    http: httpx.AsyncClient
    office: "Office"

    async def go(self, url: str) -> httpx.Response:
        """Load a page, without following where it leads."""
        return await self.http.get(url)

    async def ask(self, **changes: str) -> httpx.Response:
        """Come with an app's request; an empty value leaves a parameter out."""
        return await self.http.get(AUTHORIZE, params=asking(self.office.app, **changes))

    async def begin(self, **changes: str) -> str:
        """Come with a request that begins an interaction, and return the path of it."""
        response = await self.ask(**changes)
        assert response.status_code == 303, response.text
        path = response.headers["location"]
        assert re.fullmatch(AUTHORIZE + r"/[0-9a-f]{32}", path)
        return str(path)

    async def send(self, page: httpx.Response, **fields: str | list[str]) -> httpx.Response:
        """Send the form of *page*: its hidden fields, and *fields*."""
        form = hidden_fields(page.text) | fields
        return await self.http.post(action_of(page.text), data=form)

    async def settle(self, path: str) -> httpx.Response:
        """Load a page of an interaction, following redirects to itself."""
        response = await self.go(path)
        while response.headers.get("location") == path:
            response = await self.go(path)
        return response

    async def sign_in(self, person: Person) -> Session:
        """Begin a session, as the sign-in page does."""
        async with self.office.database.unit() as uow:
            new = await self.office.browser.sessions.begin(uow, person.id)
        self.http.cookies.set("hirewire_session", new.text, domain="127.0.0.1")
        return new.session


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The endpoint, its parts, an app that may ask for `SCOPES`, and two people."""

    database: Database
    clock: MovableClock
    entropy: Entropy
    seal: Seal
    accounts: Accounts
    grants: Grants
    ring: KeyRing
    browser: Browser
    application: ASGIApp
    app: App
    secret: NewSecret
    owner: Employer
    hotels: Employer
    clinic: Employer
    rui: Person
    noor: Person
    visitors: list[httpx.AsyncClient] = field(default_factory=list)

    def visitor(self) -> Visitor:
        """Open a browser that has never been here."""
        transport = httpx.ASGITransport(self.application)
        http = httpx.AsyncClient(transport=transport, base_url=BASE)
        self.visitors.append(http)
        return Visitor(http, self)

    async def signed_in(self, person: Person | None = None) -> Visitor:
        """Open a browser in which Rui, or another *person*, is signed in."""
        visitor = self.visitor()
        await visitor.sign_in(person or self.rui)
        return visitor

    async def register(self, **terms: object) -> App:
        """Register one app more."""
        async with self.database.unit() as uow:
            registered = an_asking_app(**terms)
            if registered.is_public:
                return await self.accounts.apps.register_public(uow, self.owner.id, registered)
            app, _ = await self.accounts.apps.register(uow, self.owner.id, registered)
        return app

    async def change_app(self, **terms: object) -> None:
        """Give the app other terms."""
        async with self.database.unit() as uow:
            await self.accounts.apps.change(uow, self.app.id, an_asking_app(**terms))

    async def allow(self, *scopes: str, person: Person | None = None) -> None:
        """Let the app have *scopes*, as if a person had consented before."""
        async with self.database.unit() as uow:
            asked = frozenset(scopes)
            await self.grants.allow(uow, (person or self.rui).id, self.app, asked)

    async def leave(self, person: Person, employer: Employer) -> None:
        """Let a person act for an employer no more."""
        async with self.database.unit() as uow:
            await self.accounts.leave(uow, person.id, employer.id)

    async def granted(self, person: Person | None = None) -> frozenset[str] | None:
        """Say what a person allows the app."""
        async with self.database.read() as reader:
            grant = await self.grants.remembered(reader, (person or self.rui).id, self.app.id)
        return None if grant is None else grant.scopes

    async def hint(self, changes: Mapping[str, object] | None = None) -> str:
        """Sign an ID token of Rui's for the app, with the keys that are made for it."""
        keys = Keys(seal=self.seal, entropy=self.entropy, make_rsa=an_rsa_key)
        await ready_keys(self.database, keys, self.ring)
        claims: dict[str, object] = {"iss": BASE, "aud": self.app.id, "iat": 1, "exp": 2}
        claims |= {"sub": self.rui.id.hex}
        return self.ring.sign("RS256", "JWT", msgspec.json.encode(claims | dict(changes or {})))

    async def codes(self) -> list[tuple[str, str | None]]:
        """List the families that codes began: the scopes, and the picked employer."""
        async with self.database.read() as reader:
            return await reader.all(
                lambda scopes, employer: (scopes, employer and UUID(str(employer)).hex),
                "SELECT scopes, picked_employer_id FROM oauth_families ORDER BY id",
            )

    async def waiting(self) -> int:
        """Count the interactions."""
        async with self.database.read() as reader:
            found: int = await reader.value("SELECT count(*) FROM oauth_interactions")
        return found


@asynccontextmanager
async def open_office(
    database: Database, clock: MovableClock, entropy: Entropy, seal: Seal
) -> AsyncIterator[Office]:
    """Open an authorization endpoint on *database*."""
    accounts = Accounts(Apps(entropy))
    async with database.unit() as uow:
        owner = await accounts.open_employer(uow, an_employer("300"))
        hotels = await accounts.open_employer(uow, an_employer("301"))
        clinic = await accounts.open_employer(uow, an_employer("302"))
        app, secret = await accounts.apps.register(uow, owner.id, an_asking_app())
        rui = await accounts.register_person(uow, a_person("Rui Costa", "rui@hotels.example"))
        noor = await accounts.register_person(uow, a_person("Noor Haddad", "noor@x.example"))
        await accounts.join(uow, rui.id, hotels.id, Role.RECRUITER)
        await accounts.join(uow, rui.id, clinic.id, Role.ADMIN)
    ring = KeyRing(clock, seal)
    browser = Browser(Sessions(entropy, clock), BASE)
    grants = Grants(entropy)
    office = Office(
        database=database,
        clock=clock,
        entropy=entropy,
        seal=seal,
        accounts=accounts,
        grants=grants,
        ring=ring,
        browser=browser,
        application=_application(
            Surroundings(database, clock, entropy, accounts, grants, ring, browser)
        ),
        app=app,
        secret=secret,
        owner=owner,
        hotels=hotels,
        clinic=clinic,
        rui=rui,
        noor=noor,
    )
    yield office
    for http in office.visitors:
        await http.aclose()


def asking(app: App, **changes: str) -> dict[str, str]:
    """Spell a request of *app*; an empty value leaves a parameter out."""
    request = {
        "client_id": app.id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "employer_access interviews.schedule offline_access",
        "state": "xyz",
    } | changes
    return {name: value for name, value in request.items() if value}


def an_asking_app(**changes: object) -> AppTerms:
    """Describe an app that may ask people."""
    terms: dict[str, object] = {
        "name": "Harbor ATS",
        "grant_types": frozenset(GrantType),
        "redirect_uris": (CALLBACK,),
        "scopes": SCOPES,
    }
    return AppTerms(**(terms | changes))  # type: ignore[arg-type]


def a_person(name: str, email: str) -> RegisterPerson:
    """Ask for a person."""
    return RegisterPerson(name=name, email=email)


def answered(response: httpx.Response, redirect_uri: str = CALLBACK) -> Mapping[str, str]:
    """Expect a redirect to the app, and read what it is told."""
    assert response.status_code in {302, 303}, response.text
    location = response.headers["location"]
    parts = urlsplit(location)
    assert location.startswith(redirect_uri + "?"), location
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["referrer-policy"] == "no-referrer"
    pairs = parse_qsl(parts.query, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def shown(response: httpx.Response, status: int, reason: str) -> None:
    """Expect a page that says no, and leads nowhere."""
    assert response.status_code == status, response.text
    assert reason in unescape(response.text)
    assert "location" not in response.headers
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["referrer-policy"] == "no-referrer"


def hidden_fields(page: str) -> dict[str, str | list[str]]:
    """Read the hidden fields of a page."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in found}


def ticked(page: str) -> list[str]:
    """List the boxes that are ticked as the page is loaded."""
    return re.findall(r'<input type="checkbox" name="scope" value="([^"]+)" checked', page)


def offered(page: str, name: str = "scope") -> list[str]:
    """List what a page offers to tick or to pick."""
    return re.findall(rf'<input type="(?:checkbox|radio)" name="{name}" value="([^"]+)"', page)


def action_of(page: str) -> str:
    """Read where the page's form goes."""
    found = re.search(r'<form method="post" action="([^"]+)"', page)
    assert found is not None
    return unescape(found[1])


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the endpoints are made of."""

    database: Database
    clock: MovableClock
    entropy: Entropy
    accounts: Accounts
    grants: Grants
    ring: KeyRing
    browser: Browser


def _application(parts: Surroundings) -> Starlette:
    pages = Pages(["hirewire.oauth.authorize"])
    interactions = Interactions(accounts=parts.accounts, grants=parts.grants, issuer=BASE)
    beginnings = RateLimit(parts.clock, per_second=5, burst=MOST_AT_ONCE)
    endpoint = AuthorizeEndpoint(
        database=parts.database,
        accounts=parts.accounts,
        interactions=interactions,
        browser=parts.browser,
        pages=pages,
        clock=parts.clock,
        find_key=parts.ring.find,
        beginnings=beginnings,
    )
    pushes = PushEndpoint(
        database=parts.database,
        accounts=parts.accounts,
        assertions=Assertions(parts.clock, BASE),
        entropy=parts.entropy,
        clock=parts.clock,
        issuer=BASE,
        url=BASE + PUSH,
        find_key=parts.ring.find,
        beginnings=beginnings,
        limited=Failures(parts.clock, per_minute=MOST_FAILURES).limited,
    )
    on_the_way = InteractionPages(
        database=parts.database,
        interactions=interactions,
        browser=parts.browser,
        pages=pages,
        views=Views(accounts=parts.accounts, browser=parts.browser, pages=pages),
        clock=parts.clock,
    )
    routes = authorize_routes(endpoint, pushes, on_the_way)
    return Starlette(routes=[*routes, *asset_routes()])
