"""Lobbies in the test's own process, and the browsers of who comes to them."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from typing import Any, Final
from uuid import UUID

import httpx
from starlette.applications import Starlette

from hirewire.accounts.apps.service import Apps
from hirewire.accounts.model import Person, RegisterPerson
from hirewire.accounts.service import Accounts
from hirewire.accounts.sessions import Sessions
from hirewire.accounts.sign_in.browser import Browser
from hirewire.interviews.lobby.pages import LobbyPages
from hirewire.interviews.lobby.routes import lobby_routes
from hirewire.interviews.lobby.service import WATCH, Lobby
from hirewire.interviews.lobby.visits import Reception
from hirewire.interviews.model import (
    Interview,
    Invited,
    MediaType,
    NewInterviewee,
    ScheduleInterview,
)
from hirewire.interviews.service import SCOPE, Interviews
from hirewire.kit.caller import Caller
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import Entropy
from hirewire.runtime.db import Database
from hirewire.runtime.tasks import TaskRunner
from hirewire.web.pages import Pages
from hirewire.web.streams.hub import Hub
from tests.fixtures.background import in_background

BASE_URL: Final = "http://127.0.0.1:8080"
EMPLOYER: Final = UUID("018f0000-0000-7000-8000-00000000e001")
ADA: Final = "ada@example.com"
BEN: Final = "ben@example.com"
CANDIDATE: Final = "candidate.secret@example.com"

_CSRF: Final = re.compile(r'name="csrf" value="([^"]+)"')
_GUEST: Final = re.compile(r'name="guest" value="([^"]+)"')
_TELLING: Final = "SELECT kind FROM facts WHERE kind LIKE 'interview.%' ORDER BY tx, seq"
_RECORDS: Final = """
    SELECT began_at, ended_at FROM interview_records WHERE interview_id = :id ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser at the lobby *path*."""

    http: httpx.AsyncClient
    path: str

    async def look(self) -> httpx.Response:
        return await self.http.get(self.path)

    async def page(self) -> str:
        """Look at the page that there is; its text is as it is read."""
        answer = await self.look()
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    async def send(self, where: str, **fields: str) -> httpx.Response:
        """Send a form of the page as a browser does."""
        csrf = _CSRF.search((await self.look()).text)
        assert csrf is not None
        return await self.http.post(f"{self.path}/{where}", data={"csrf": csrf[1]} | fields)

    async def knock(self, name: str = "Casey") -> httpx.Response:
        return await self.send("knock", name=name)

    async def decide(self, where: str = "admit") -> httpx.Response:
        """Admit or decline who knocks."""
        guest = _GUEST.search((await self.look()).text)
        assert guest is not None
        return await self.send(where, guest=guest[1])


@dataclass(frozen=True, slots=True)
class LobbyWorld:
    """An interview that two interviewers and an interviewee come to."""

    database: Database
    clock: MovableClock
    accounts: Accounts
    interviews: Interviews
    sessions: Sessions
    pages: LobbyPages
    interview: Interview
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def lobby(self) -> Lobby:
        return self.pages.reception.lobby

    async def host(self, email: str = ADA, *, interview: Interview | None = None) -> Visitor:
        """Open the interviewers' link in a browser where *email* is signed in."""
        http = await self.signed_in(email)
        return Visitor(http, f"/lobby/{(interview or self.interview).lobby_token}")

    def guest(self, interview: Interview | None = None) -> Visitor:
        """Open the interviewee's link in a browser that knows nothing."""
        interviewee = (interview or self.interview).interviewee
        assert interviewee is not None
        return Visitor(self.browser(), f"/lobby/{interviewee.lobby_token}")

    async def signed_in(self, email: str, *, verified: bool = True) -> httpx.AsyncClient:
        """Open a browser in which *email* is signed in, with an account if need be."""
        person = await self.person(email, verified=verified)
        async with self.database.unit() as uow:
            new = await self.sessions.begin(uow, person.id)
        http = self.browser()
        http.cookies.set("hirewire_session", new.text)
        return http

    async def person(self, email: str, *, verified: bool = True) -> Person:
        async with self.database.unit() as uow:
            found = await self.accounts.person_by_email(uow, email)
            if found is not None:
                return found
            name = email.partition("@")[0].title()
            command = RegisterPerson(name=name, email=email, email_verified=verified)
            return await self.accounts.register_person(uow, command)

    def browser(self) -> httpx.AsyncClient:
        """Open a browser in which nobody is signed in."""
        app = Starlette(routes=lobby_routes(self.pages))
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL)
        self.clients.append(client)
        return client

    async def schedule(self, starts_at: datetime, **changes: Any) -> Interview:
        """Put one more interview on the calendar."""
        return await schedule(self.database, self.interviews, starts_at, **changes)

    async def cancel(self) -> None:
        async with self.database.unit() as uow:
            await uow.run(
                "UPDATE interviews SET canceled_at = :now WHERE id = :id",
                now=uow.now,
                id=self.interview.id,
            )

    async def at(self, offset: timedelta) -> None:
        """Move to *offset* after the start of the interview."""
        await self.clock.move_to(self.interview.starts_at + offset)

    async def told(self) -> list[str]:
        """Name what was told of the interview since it was scheduled."""
        async with self.database.read() as reader:
            kinds = await reader.all(str, _TELLING)
        return [kind.removeprefix("interview.") for kind in kinds[1:]]

    async def records(self) -> list[tuple[datetime, datetime | None]]:
        """Read when the sessions of the interview began and ended."""
        async with self.database.read() as reader:
            return await reader.all(_pair, _RECORDS, id=self.interview.id)

    async def run_tasks(self) -> None:
        """Run what is due."""
        runner = TaskRunner(
            db=self.database,
            clock=self.clock,
            handlers={WATCH: self.lobby.watch},
            poll_s=None,
        )
        async with in_background(runner.run()):
            await runner.idle()

    async def session(self) -> tuple[Visitor, Visitor]:
        """Let Ada admit Casey: a session is on."""
        host, guest = await self.host(), self.guest()
        await host.look()
        await guest.knock()
        await host.decide()
        return host, guest


async def schedule(
    database: Database,
    interviews: Interviews,
    starts_at: datetime,
    *,
    interviewers: tuple[str, ...] = (ADA, BEN),
    media_type: MediaType = MediaType.VIDEO,
) -> Interview:
    """Put an interview of an hour on the calendar, past every wire."""
    caller = Caller(
        app_id="client-1",
        scopes=frozenset({SCOPE}),
        expires_at=starts_at,
        employer_id=EMPLOYER,
    )
    command = ScheduleInterview(
        title="Mountain guide",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        zone="Europe/Vienna",
        interviewers=tuple(Invited(email=email) for email in interviewers),
        interviewee=NewInterviewee(name="Casey Candidate", email=CANDIDATE),
        ats_name="ExampleATS",
        media_type=media_type,
    )
    async with database.unit() as uow:
        return await interviews.schedule(uow, caller, command)


@asynccontextmanager
async def running_lobby(
    database: Database, clock: MovableClock, entropy: Entropy
) -> AsyncIterator[LobbyWorld]:
    """Offer the lobby of an interview that begins in ten minutes."""
    accounts = Accounts(Apps(entropy))
    interviews = Interviews(accounts, entropy)
    sessions = Sessions(entropy, clock)
    starts_at = clock.now() + timedelta(minutes=10)
    interview = await schedule(database, interviews, starts_at)
    pages = make_pages(database, clock, entropy)
    world = LobbyWorld(database, clock, accounts, interviews, sessions, pages, interview)
    yield world
    for client in world.clients:
        await client.aclose()


def make_pages(database: Database, clock: MovableClock, entropy: Entropy) -> LobbyPages:
    """Put up the pages on *database*, as one process does."""
    reception = Reception(
        db=database,
        lobby=Lobby(entropy),
        accounts=Accounts(Apps(entropy)),
        browser=Browser(Sessions(entropy, clock), BASE_URL),
        pages=Pages(["hirewire.interviews.lobby"]),
        clock=clock,
    )
    return LobbyPages(reception=reception, hub=Hub(clock, entropy.fraction), log=_say_nothing)


def _say_nothing(event: str, /, **fields: object) -> None:
    """Keep no access log."""


def _pair(began_at: datetime, ended_at: datetime | None) -> tuple[datetime, datetime | None]:
    return began_at, ended_at
