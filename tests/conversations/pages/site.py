"""A whole server in the test's own process: its pages, its mail, and the work behind them."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from typing import Any, Final
from uuid import UUID

import httpx

from hirewire.accounts.model import Employer, OpenEmployer, Person, RegisterPerson, Role
from hirewire.conversations.model import Candidate, Conversation, Draft, ParticipantRole
from hirewire.conversations.starting import StartConversation
from hirewire.kit.caller import Caller
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.kit.facts import START, Position
from hirewire.runtime.db import Database
from hirewire.runtime.mail import MailRefused
from hirewire.sandbox.mailbox import Delivery, Mail, Mailbox
from hirewire.server.app import build_app
from hirewire.server.mailing import sender_of
from hirewire.server.parts import Parts, open_parts, open_store
from hirewire.server.run import working
from hirewire.server.settings import Settings
from tests.fixtures.background import all_done

BASE_URL: Final = "http://127.0.0.1:8080"
ROBIN: Final = Candidate(name="Robin Reyes", email="robin@example.org")
OPERATOR: Final = "olga@example.com"
_NEWEST: Final = "SELECT tx, seq FROM facts ORDER BY tx DESC, seq DESC LIMIT 1"
_HIDDEN: Final = re.compile(r'name="(csrf|once)" value="([^"]+)"')


class Letterbox(Mailbox):
    """A mailbox that takes nothing while there is a *refusal*."""

    refusal: MailRefused | None = None

    def deliver(self, mail: Mail) -> None:
        """Keep *mail*, or refuse it."""
        if self.refusal is not None:
            raise self.refusal
        super().deliver(mail)


@dataclass(frozen=True, slots=True)
class Guest:
    """A browser, and the page that somebody is on."""

    http: httpx.AsyncClient
    path: str

    async def page(self, path: str = "") -> str:
        """Look at a page that there is; its text is as it is read."""
        answer = await self.http.get(path or self.path)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    async def send(self, act: str, **fields: str) -> httpx.Response:
        """Send one of the forms of the page."""
        seen = await self.http.get(self.path)
        return await self.http.post(f"{self.path}{act}", data=hidden(seen.text) | fields)

    def at(self, path: str) -> "Guest":
        """Go to another page in the same browser."""
        return Guest(self.http, path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anew:
    """What it led to to write under a form that was used up, and *told* what was by then."""

    asked: httpx.Response
    told: list[str]
    sent: httpx.Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Acme, whose recruiter is Pat and whose admin is Ada; Globex, whose recruiter is Gus."""

    parts: Parts
    clock: MovableClock
    mailbox: Letterbox
    opened: AsyncExitStack = field(repr=False)
    people: dict[str, Person] = field(default_factory=dict)
    employers: dict[str, Employer] = field(default_factory=dict)

    async def browser(self, path: str = "/") -> Guest:
        """Open a browser in which nobody is signed in."""
        app: Any = build_app(self.parts)
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL)
        return Guest(await self.opened.enter_async_context(client), path)

    async def signed_in(self, name: str, path: str = "/console/conversations") -> Guest:
        """Open one in which somebody is."""
        guest = await self.browser(path)
        async with self.parts.db.unit() as uow:
            new = await self.parts.sessions.begin(uow, self.people[name].id)
        guest.http.cookies.set("hirewire_session", new.text)
        return guest

    def caller(self, name: str, employer: str = "Acme") -> Caller:
        """Who somebody is to the service."""
        return Caller(
            app_id="ats",
            scopes=frozenset({"conversations", "conversations.read"}),
            expires_at=self.clock.now() + timedelta(days=1),
            person_id=self.people[name].id,
            employer_id=self.employers[employer].id,
        )

    async def start(
        self,
        text: str = "Hello Robin",
        *,
        name: str = "Pat",
        employer: str = "Acme",
        **more: Any,
    ) -> tuple[Conversation, str]:
        """Begin a thread with Robin; return it, and the token of its link."""
        command = StartConversation(candidate=ROBIN, first=Draft(text=text), **more)
        async with self.parts.db.unit() as uow:
            caller = self.caller(name, employer)
            started = await self.parts.conversations.start(uow, caller, command)
            door = self.parts.conversations.candidates
            token = await door.add_link(uow, started.conversation.id)
        return started.conversation, token

    async def say(self, thread: UUID, text: str, *, name: str = "Pat") -> UUID:
        """Write for Acme."""
        async with self.parts.db.unit() as uow:
            draft = Draft(text=text)
            caller = self.caller(name)
            return (await self.parts.conversations.send(uow, caller, thread, draft)).id

    async def add(
        self, name: str, thread: UUID, role: ParticipantRole, *, by: Database | None = None
    ) -> None:
        """Have somebody of Acme take part, as its admin sees to, maybe *by* another process."""
        async with (by or self.parts.db).unit() as uow:
            await self.parts.conversations.add_participant(
                uow, self.caller("Ada"), thread, email=self.people[name].email, role=role
            )

    async def remove(self, name: str, thread: UUID) -> None:
        """Have somebody take part no more."""
        async with self.parts.db.unit() as uow:
            await self.parts.conversations.remove_participant(
                uow, self.caller("Ada"), thread, self.people[name].id
            )

    async def answer(self, token: str, text: str) -> UUID:
        """Write as the candidate."""
        async with self.parts.db.unit() as uow:
            door = self.parts.conversations.candidates
            return (await door.write(uow, token, Draft(text=text))).id

    async def write_anew(self, guest: Guest, text: str) -> Anew:
        """Write by the form of a page, write *text* by the same, and then as is asked for."""
        act = f"{guest.path}/write"
        form = hidden(await guest.page())
        await guest.http.post(act, data=form | {"text": "One"})
        asked = await guest.http.post(act, data=form | {"text": text})
        told = await self.told()
        sent = await guest.http.post(act, data=hidden(asked.text) | {"text": text})
        return Anew(asked=asked, told=told, sent=sent)

    async def candidate(self, token: str) -> Guest:
        """Open the candidate's page in a browser of theirs."""
        return await self.browser(f"/conversations/{token}")

    async def rest(self) -> None:
        """Let the work behind the requests be done, as far as it is due."""
        parts = self.parts
        await all_done(parts.db, parts.relay, parts.listeners, parts.tasks)

    async def wait(self, **time: float) -> None:
        """Let time go by, and do what becomes due."""
        await self.rest()
        await self.clock.advance(timedelta(**time))
        await self.rest()

    async def heard(self) -> None:
        """Let streams be told of all that happened."""
        announcer = self.parts.streams.announcer
        async with self.parts.db.read() as reader:
            newest = await reader.one(Position, _NEWEST) or START
        await self.clock.advance(timedelta(seconds=1))
        # On PostgreSQL others' transactions may keep the newest facts from being read yet.
        while announcer.head is None or announcer.head < newest:
            await self.clock.advance(timedelta(milliseconds=20))
            await asyncio.sleep(0.01)

    async def told(self) -> list[str]:
        """The kinds of what was told of conversations, in order."""
        async with self.parts.db.read() as reader:
            return await reader.all(
                lambda kind: kind.removeprefix("conversation."),
                "SELECT kind FROM facts WHERE kind LIKE 'conversation.%' ORDER BY tx, seq",
            )


def hidden(page: str) -> dict[str, str]:
    """Read what the forms of a page carry unseen."""
    return dict(_HIDDEN.findall(page))


@asynccontextmanager
async def running_site(database: str, clock: MovableClock) -> AsyncIterator[Site]:
    """Serve on *database*, with two employers and their people."""
    settings = Settings(
        database=database, secret_key="s" * 32, operators=OPERATOR, access_log="all"
    ).at("127.0.0.1", 8080)
    mailbox = Letterbox()
    mailer = Delivery(mailbox, clock, sender_of(settings))
    async with (
        AsyncExitStack() as opened,
        open_store(settings, clock=clock, entropy=SeededEntropy(5)) as store,
        open_parts(store, mailer) as parts,
        working(parts),
    ):
        site = Site(parts=parts, clock=clock, mailbox=mailbox, opened=opened)
        await _people(site)
        await parts.streams.announcer.ready()
        await site.rest()
        yield site


async def _people(site: Site) -> None:
    accounts = site.parts.accounts
    roles = (
        ("Pat", "Acme", Role.RECRUITER),
        ("Ada", "Acme", Role.ADMIN),
        ("Gus", "Globex", Role.ADMIN),
        ("Olga", "", Role.MEMBER),
    )
    async with site.parts.db.unit() as uow:
        for number, name in enumerate(("Acme", "Globex"), 1):
            command = OpenEmployer(
                legacy_id=str(number), name=name, country="US", currency="USD", time_zone="UTC"
            )
            site.employers[name] = await accounts.open_employer(uow, command)
        for name, employer, role in roles:
            email = f"{name.lower()}@example.com"
            person = await accounts.register_person(uow, RegisterPerson(name=name, email=email))
            await accounts.verify_email(uow, person.id)
            site.people[name] = person
            if employer:
                await accounts.join(uow, person.id, site.employers[employer].id, role)
