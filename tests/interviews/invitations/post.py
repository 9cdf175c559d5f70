"""Interviews with everything behind their mails at work, and a post office to look into."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from icalendar import Calendar

from hirewire.accounts.apps.service import Apps
from hirewire.accounts.service import Accounts
from hirewire.interviews.changes import (
    AddInterviewee,
    AddInterviewers,
    RescheduleInterview,
    SetTitle,
    SetZone,
)
from hirewire.interviews.invitations.composer import Invites
from hirewire.interviews.invitations.listener import Invitations
from hirewire.interviews.invitations.reminders import Reminders
from hirewire.interviews.lobby_urls import LobbyUrls
from hirewire.interviews.model import Interview, Invited, NewInterviewee, ScheduleInterview
from hirewire.interviews.service import SCOPE, Interviews
from hirewire.kit.caller import Caller
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.runtime.bus.memory import MemoryBus
from hirewire.runtime.db import Database
from hirewire.runtime.log import Listeners, Relay
from hirewire.runtime.mail import Address, Courier, Mail, MailRefused, Outbox
from hirewire.runtime.tasks import Handler, Outside, TaskRunner
from tests.fixtures.background import all_done, in_background
from tests.fixtures.database import MORNING

HOST: Final = "hire.example"
BASE: Final = f"https://{HOST}"
SENDER: Final = Address("no-reply@hire.example", "Hirewire")
EMPLOYER: Final = UUID("018f0000-0000-7000-8000-00000000e001")
START: Final = MORNING + timedelta(days=3, hours=5)
KIM: Final = NewInterviewee(name="Jordan Kim", email="jordan@people.example")
CALLER: Final = Caller(
    app_id="client-1",
    scopes=frozenset({SCOPE}),
    expires_at=MORNING + timedelta(days=365),
    employer_id=EMPLOYER,
)
COMMAND: Final = ScheduleInterview(
    title="Interview with Candidate",
    starts_at=START,
    ends_at=START + timedelta(hours=1),
    zone="America/Los_Angeles",
    interviewers=(
        Invited(email="ada@kestrel.example", name="Ada Berger"),
        Invited(email="rui@kestrel.example"),
    ),
    interviewee=KIM,
    ats_name="ExampleATS",
    employer_name="Test Company",
)


@dataclass(slots=True)
class Sink:
    """A mailer that keeps what it takes; *refusal* is what it says as long as it is set."""

    mails: list[Mail] = field(default_factory=list)
    refusal: MailRefused | None = None
    attempts: int = 0

    async def send(self, mail: Mail) -> None:
        self.attempts += 1
        if self.refusal is not None:
            raise self.refusal
        self.mails.append(mail)

    async def check(self) -> str:
        return "a test"


@dataclass(slots=True, kw_only=True)
class Post:
    """What a test schedules with, and where it looks for mail."""

    db: Database
    clock: MovableClock
    interviews: Interviews
    sink: Sink
    settle: Callable[[], Awaitable[None]]

    async def schedule(self, **changes: object) -> Interview:
        """Put an interview on the calendar, and wait for its mails."""
        command = replace(COMMAND, **changes)  # type: ignore[arg-type]  # the test knows
        async with self.db.unit() as uow:
            found = await self.interviews.schedule(uow, CALLER, command)
        await self.settle()
        return found

    async def reschedule(self, id: UUID, starts_at: datetime) -> Interview:
        """Move an interview that lasts an hour, and wait for its mails."""
        ends_at = starts_at + timedelta(hours=1)
        command = RescheduleInterview(id=id, starts_at=starts_at, ends_at=ends_at)
        async with self.db.unit() as uow:
            found = await self.interviews.reschedule(uow, CALLER, command)
        await self.settle()
        return found

    async def retitle(self, id: UUID, title: str) -> None:
        """Call an interview something else, and wait for its mails."""
        async with self.db.unit() as uow:
            await self.interviews.set_title(uow, CALLER, SetTitle(id=id, title=title))
        await self.settle()

    async def set_zone(self, id: UUID, zone: str) -> None:
        """Show an interview in another zone, and wait for its mails."""
        async with self.db.unit() as uow:
            await self.interviews.set_zone(uow, CALLER, SetZone(id=id, zone=zone))
        await self.settle()

    async def add_interviewers(self, id: UUID, *emails: str) -> None:
        """Have more people interview, and wait for the mails."""
        named = tuple(Invited(email=email) for email in emails)
        command = AddInterviewers(id=id, interviewers=named)
        async with self.db.unit() as uow:
            await self.interviews.add_interviewers(uow, CALLER, command)
        await self.settle()

    async def add_interviewee(self, id: UUID) -> None:
        """Name the candidate, and wait for the mails."""
        command = AddInterviewee(id=id, interviewee=KIM)
        async with self.db.unit() as uow:
            await self.interviews.add_interviewee(uow, CALLER, command)
        await self.settle()

    async def cancel(self, id: UUID) -> None:
        """Cancel an interview, and wait for its mails."""
        async with self.db.unit() as uow:
            await self.interviews.cancel(uow, CALLER, id)
        await self.settle()

    def taken(self) -> list[tuple[str, str]]:
        """Empty the post office; tell to whom each mail went, and how its subject began."""
        found = [(each.to.email, each.subject.partition(":")[0]) for each in self.sink.mails]
        self.sink.mails.clear()
        return sorted(found)

    async def states(self) -> dict[str, int]:
        """Count the mails in each state there is."""
        async with self.db.read() as reader:
            rows = await reader.all(
                lambda state, count: (state, count),
                "SELECT state, count(*) FROM mails GROUP BY state",
            )
        return dict(rows)


@asynccontextmanager
async def post_office(
    db: Database, clock: MovableClock, entropy: SeededEntropy, sink: Sink
) -> AsyncIterator[Post]:
    """Put up everything between an interview and its mails, on *db*."""
    outbox, bus = Outbox(HOST), MemoryBus()
    listener = Invitations(outbox, HOST, timedelta(minutes=15)).listener()
    invites = Invites(LobbyUrls(BASE), SENDER)
    courier = Courier(db=db, clock=clock, mailer=sink, composers=invites.composers)
    handlers: dict[str, Handler | Outside] = {**Reminders(outbox, HOST).handlers}
    handlers |= courier.handlers
    relay = Relay(db, bus, clock, poll_s=None)
    listeners = Listeners(db, bus, clock, [listener], poll_s=None)
    tasks = TaskRunner(db=db, clock=clock, handlers=handlers, poll_s=None)

    async def settle() -> None:
        await all_done(db, relay, tasks, listeners)

    clock.on_step.append(settle)
    async with in_background(relay.run(), listeners.run(), tasks.run()):
        yield Post(
            db=db,
            clock=clock,
            interviews=Interviews(Accounts(Apps(entropy)), entropy),
            sink=sink,
            settle=settle,
        )


def item_of(mail: Mail) -> Calendar:
    """Read the calendar item of *mail*."""
    assert mail.calendar is not None
    found = Calendar.from_ical(mail.calendar.body.decode())
    assert isinstance(found, Calendar)
    return found
