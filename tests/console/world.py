"""The console in the test's own process, and people who visit it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import Final

import httpx
from starlette.applications import Starlette

from hirewire.accounts.apps.service import Apps
from hirewire.accounts.model import Employer, Person, RegisterPerson, Role
from hirewire.accounts.service import Accounts
from hirewire.accounts.sessions import Sessions
from hirewire.accounts.sign_in.browser import Browser
from hirewire.console.audit.service import Audit
from hirewire.console.desk import Desk
from hirewire.console.routes import console_routes
from hirewire.conversations.candidates import CandidateDoor
from hirewire.conversations.service import Conversations
from hirewire.conversations.typing import Typing
from hirewire.interviews.lobby_urls import LobbyUrls
from hirewire.interviews.service import Interviews
from hirewire.kit.clock import Clock
from hirewire.kit.entropy import Entropy
from hirewire.kit.node_ids import NodeIds
from hirewire.oauth.grants.service import Grants
from hirewire.runtime.db import Database
from hirewire.web.pages import Pages
from tests.accounts.world import World, make_world
from tests.console.streaming import ledger_of, page_streams

BASE_URL: Final = "http://127.0.0.1:8080"
_ONCE: Final = re.compile(r'name="once" value="([^"]+)"')
_CSRF: Final = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser, in which *person* is signed in unless nobody is."""

    http: httpx.AsyncClient
    person: Person

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(path)

    async def page(self, path: str) -> str:
        """Look at a page that there is; its text is as it is read."""
        answer = await self.http.get(path)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    async def send(
        self, path: str, *, seen_on: str | None = None, **fields: str | list[str]
    ) -> httpx.Response:
        """Send the form of the page *seen_on* as a browser does."""
        seen = await self.http.get(seen_on or path)
        hidden = {"csrf": _CSRF.search(seen.text), "once": _ONCE.search(seen.text)}
        filled = {name: found[1] for name, found in hidden.items() if found}
        return await self.http.post(path, data=filled | fields)


@dataclass(frozen=True, slots=True)
class ConsoleWorld:
    """A console over the small world of accounts, and who visits it."""

    database: Database
    accounts: World
    sessions: Sessions
    desk: Desk
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    async def visitor(self, name: str, *roles: tuple[Employer, Role]) -> Visitor:
        """Let somebody who acts for employers in *roles* sign in."""
        async with self.database.unit() as uow:
            person = await self.accounts.accounts.register_person(
                uow, RegisterPerson(name=name, email=f"p{len(self.clients)}@example.com")
            )
            for employer, role in roles:
                await self.accounts.accounts.join(uow, person.id, employer.id, role)
            new = await self.sessions.begin(uow, person.id)
        http = self.browser()
        http.cookies.set("hirewire_session", new.text)
        return Visitor(http, person)

    async def admin(self, name: str = "Ada") -> Visitor:
        """Let an admin of the employer that owns the world's app sign in."""
        return await self.visitor(name, (self.accounts.master, Role.ADMIN))

    def browser(self) -> httpx.AsyncClient:
        """Open a browser in which nobody is signed in."""
        app = Starlette(routes=console_routes(self.desk))
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL)
        self.clients.append(client)
        return client

    async def told(self) -> list[str]:
        """Name every fact on record."""
        async with self.database.read() as reader:
            return await reader.all(str, "SELECT kind FROM facts ORDER BY tx, seq")


@asynccontextmanager
async def running_console(
    database: Database, clock: Clock, entropy: Entropy
) -> AsyncIterator[ConsoleWorld]:
    """Offer a console on *database*."""
    accounts = Accounts(Apps(entropy))
    sessions = Sessions(entropy, clock)
    live = page_streams(database, clock, entropy)
    conversations = Conversations(accounts, CandidateDoor(entropy))
    desk = Desk(
        db=database,
        accounts=accounts,
        grants=Grants(entropy),
        audit=Audit(accounts),
        browser=Browser(sessions, BASE_URL),
        pages=Pages(["hirewire.console", "hirewire.conversations"]),
        interviews=Interviews(accounts, entropy),
        lobby_urls=LobbyUrls(BASE_URL),
        conversations=conversations,
        typing=Typing(conversations=conversations, clock=clock, tell=lambda signal: None),
        live=live,
        ledger=ledger_of(live),
        node_ids=NodeIds("127.0.0.1"),
        clock=clock,
    )
    world = ConsoleWorld(database, await make_world(database, accounts), sessions, desk)
    yield world
    for client in world.clients:
        await client.aclose()
