"""The pages of signing in, in the test's own process, and a browser that visits them."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import httpx
from starlette.applications import Starlette

from hirewire.accounts.apps.service import Apps
from hirewire.accounts.model import Person, RegisterPerson
from hirewire.accounts.passwords import Passwords
from hirewire.accounts.service import Accounts
from hirewire.accounts.sessions import Sessions
from hirewire.accounts.sign_in.browser import Browser
from hirewire.accounts.sign_in.routes import SignInPages
from hirewire.accounts.sign_in.service import SignIn
from hirewire.kit.clock import Clock
from hirewire.kit.entropy import Entropy
from hirewire.runtime.db.database import Database
from hirewire.web.pages import Pages, asset_routes

BASE: Final = "http://127.0.0.1:8080"
EMAIL: Final = "ada@alpenblick.example"
PASSWORD: Final = "a very long password"
WRONG: Final = "not that one, sorry"

_TOKEN: Final = re.compile(r'name="csrf" value="([^"]+)"')


class CountedPasswords(Passwords):
    """Passwords that remember what work was done for them: the hash compared with, if any."""

    def __init__(self, entropy: Entropy) -> None:
        super().__init__(entropy)
        self.verified: list[str | None] = []
        self.hashed = 0

    async def verify(self, password_hash: str | None, password: str) -> bool:
        self.verified.append(password_hash)
        return await super().verify(password_hash, password)

    async def hash(self, password: str) -> str:
        self.hashed += 1
        return await super().hash(password)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInWorld:
    """The pages, their parts, and somebody who has an account."""

    database: Database
    accounts: Accounts
    sessions: Sessions
    passwords: CountedPasswords
    endpoint: SignInPages
    app: Starlette
    person: Person

    def visitor(self, host: str = "192.0.2.1") -> "Visitor":
        """Open a new browser in the network of *host*."""
        transport = httpx.ASGITransport(self.app, client=(host, 50_000))
        return Visitor(httpx.AsyncClient(transport=transport, base_url=BASE))

    async def count(self, table: str) -> int:
        """Count the rows of a table."""
        async with self.database.read() as reader:
            return int(await reader.value(f"SELECT count(*) FROM {table}"))


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser: it keeps cookies, and fills in the forms that it was shown."""

    http: httpx.AsyncClient

    async def get(self, path: str) -> httpx.Response:
        """Open a page."""
        return await self.http.get(path)

    async def submit(
        self, path: str, seen: httpx.Response | None = None, /, **fields: str
    ) -> httpx.Response:
        """Fill in the form of the page *seen*, or of *path* itself, and send it."""
        seen = seen or await self.get(path)
        return await self.http.post(path, data={"csrf": token_of(seen), **fields})

    async def sign_in(
        self, password: str = PASSWORD, *, email: str = EMAIL, next: str = "/console"
    ) -> httpx.Response:
        """Sign in from the page that asks for it."""
        seen = await self.get("/sign-in?again=1")
        return await self.submit("/sign-in", seen, email=email, password=password, next=next)


def token_of(page: httpx.Response) -> str:
    """Find the token of a page's form."""
    found = _TOKEN.search(page.text)
    assert found is not None, page.text
    return found[1]


@asynccontextmanager
async def sign_in_world(
    database: Database, clock: Clock, entropy: Entropy, *, base_url: str = BASE
) -> AsyncIterator[SignInWorld]:
    """Build the pages on *database*, with one person."""
    accounts, passwords = Accounts(Apps(entropy)), CountedPasswords(entropy)
    password_hash = await Passwords(entropy).hash(PASSWORD)
    async with database.unit() as uow:
        command = RegisterPerson(name="Ada Berger", email=EMAIL, password_hash=password_hash)
        person = await accounts.register_person(uow, command)
    sessions = Sessions(entropy, clock)
    endpoint = SignInPages(
        database=database,
        pages=Pages(["hirewire.accounts.sign_in"]),
        browser=Browser(sessions, base_url),
        passwords=passwords,
        sign_in=SignIn(accounts, sessions),
    )
    yield SignInWorld(
        database=database,
        accounts=accounts,
        sessions=sessions,
        passwords=passwords,
        endpoint=endpoint,
        app=Starlette(routes=[*endpoint.routes(), *asset_routes()]),
        person=person,
    )
    passwords.close()
