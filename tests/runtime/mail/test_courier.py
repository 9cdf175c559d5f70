"""From the outbox to the mailer: once, in order, and what becomes of a mail that cannot go."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.runtime.db import Database, Reader
from hirewire.runtime.mail import (
    Address,
    Courier,
    Mail,
    MailRefused,
    NewMail,
    Outbox,
    QueuedMail,
    State,
    counts,
    prune_mails,
)
from hirewire.runtime.tasks import RETRY_SCHEDULE, TaskRunner, count_dead, dead, waiting
from tests.fixtures.background import in_background
from tests.fixtures.database import MORNING

ABOUT = UUID("018f0000-0000-7000-8000-00000000ab01")
ADA = Address("Ada@kestrel.example", "Ada")
RUI = Address("rui@kestrel.example")
LATER = MailRefused(is_permanent=False, reply=451, reason="later")
NEVER = MailRefused(is_permanent=True, reply=550, reason="never")


@dataclass(slots=True)
class Server:
    """Takes mail, but what it refuses by subject."""

    taken: list[Mail] = field(default_factory=list)
    refusals: dict[str, MailRefused] = field(default_factory=dict)
    attempts: list[str] = field(default_factory=list)

    async def send(self, mail: Mail) -> None:
        self.attempts.append(mail.subject)
        if mail.subject in self.refusals:
            raise self.refusals[mail.subject]
        self.taken.append(mail)

    async def check(self) -> str:
        return "a test"


@dataclass(slots=True)
class Office:
    """An outbox with a courier at work behind it."""

    db: Database
    clock: MovableClock
    server: Server
    tasks: TaskRunner
    settled: list[State]
    unwanted: set[str]

    async def put(
        self, body: str, to: Address = ADA, *, sequence: int = 0, lasts: timedelta | None = None
    ) -> None:
        """Queue a mail whose subject is *body*, without waiting for it to leave."""
        mail = NewMail(
            about_id=ABOUT,
            sequence=sequence,
            kind="test",
            to=to,
            useful_until=self.clock.now() + (lasts or timedelta(days=9)),
            body=body,
        )
        async with self.db.unit() as uow:
            await Outbox("hire.example").put(uow, mail)

    async def counts(self) -> dict[State, int]:
        """Count the mails in the states that there are any in."""
        async with self.db.read() as reader:
            return {state: count for state, count in (await counts(reader)).items() if count}

    async def rows(self, sql: str) -> list[object]:
        """Read one column."""
        async with self.db.read() as reader:
            return await reader.all(lambda value: value, sql)

    async def compose(
        self, reader: Reader, queued: QueuedMail, now: datetime
    ) -> Callable[[], Mail] | None:
        """Write what was queued, unless it is unwanted by now."""
        if queued.body in self.unwanted:
            return None
        return lambda: Mail(
            message_id=queued.message_id,
            to=Address(queued.email, queued.name),
            written_at=queued.created_at,
            language="en",
            subject=queued.body,
            text="",
            html="",
        )


@pytest.fixture
async def office(database: Database, clock: MovableClock) -> AsyncIterator[Office]:
    """One on each kind of database in turn."""
    server, settled = Server(), list[State]()
    tasks = TaskRunner(db=database, clock=clock, handlers={}, poll_s=None)
    office = Office(database, clock, server, tasks, settled, set())
    courier = Courier(
        db=database,
        clock=clock,
        mailer=server,
        composers={"test": office.compose},
        on_settled=settled.append,
    )
    tasks.handlers = courier.handlers
    clock.on_step.append(tasks.idle)
    async with in_background(tasks.run()):
        yield office


class TestLeaving:
    @pytest.mark.fidelity("mail.once")
    async def test_a_mail_leaves_once(self, office: Office) -> None:
        """The same matter, version, kind and person is one mail, in any spelling."""
        await office.put("hello")
        await office.put("hello", Address("ADA@kestrel.example"))
        await office.tasks.idle()
        await office.put("hello")
        await office.tasks.idle()

        (mail,) = office.server.taken
        assert mail.to == ADA
        assert mail.message_id.endswith("@hire.example>")
        assert await office.counts() == {State.SENT: 1}
        assert office.settled == [State.SENT]
        assert await office.rows("SELECT body FROM mails") == [None]

    async def test_nothing_is_queued_by_a_unit_that_fails(self, office: Office) -> None:
        """A mail, and the task that sends it, stand and fall with their unit."""
        mail = NewMail(
            about_id=ABOUT, sequence=0, kind="test", to=ADA, useful_until=MORNING, body="x"
        )

        async def put_and_fail() -> None:
            async with office.db.unit() as uow:
                await Outbox("hire.example").put(uow, mail)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await put_and_fail()

        await office.tasks.idle()
        assert (await office.counts(), office.server.attempts) == ({}, [])


class TestRefused:
    @pytest.mark.fidelity("mail.retries")
    async def test_what_is_deferred_is_tried_again(self, office: Office) -> None:
        """It leaves under the same Message-ID by the schedule of tasks, and was noted."""
        office.server.refusals["hello"] = LATER
        await office.put("hello")
        await office.tasks.idle()
        noted = await office.rows("SELECT last_error FROM mails WHERE state = 'queued'")
        (message_id,) = await office.rows("SELECT message_id FROM mails")
        office.server.refusals.clear()

        await office.clock.advance(timedelta(seconds=RETRY_SCHEDULE[0]))

        assert noted == ["The mail was refused temporarily: 451 later"]
        assert [mail.message_id for mail in office.server.taken] == [message_id]
        assert await office.rows("SELECT tries FROM mails") == [2]

    async def test_what_is_always_deferred_waits_for_a_person(self, office: Office) -> None:
        """After the last attempt the task is dead, and the mail is still there."""
        office.server.refusals["hello"] = LATER
        await office.put("hello")

        await office.clock.advance(timedelta(days=2))

        async with office.db.read() as reader:
            assert [task.name for task in await dead(reader)] == ["mail.send"]
        assert await office.counts() == {State.QUEUED: 1}
        assert len(office.server.attempts) == len(RETRY_SCHEDULE) + 1

    @pytest.mark.parametrize("is_wanted", [True, False])
    async def test_what_leaves_in_the_end_leaves_no_dead_task(
        self, office: Office, *, is_wanted: bool
    ) -> None:
        """Once mails are settled after all, nobody has to see to what failed before."""
        office.server.refusals["hello"] = LATER
        await office.put("hello")
        await office.put("hello", RUI)
        await office.clock.advance(timedelta(days=2))
        office.server.refusals.clear()
        if not is_wanted:
            office.unwanted.add("hello")

        await office.put("again", sequence=1)
        await office.tasks.idle()

        async with office.db.read() as reader:
            assert [task.key for task in await dead(reader)] == [f"{ABOUT}:{RUI.email}"]
            assert await count_dead(reader) == 1
        assert [mail.subject for mail in office.server.taken] == ["hello", "again"][
            -1 - is_wanted :
        ]

    @pytest.mark.fidelity("mail.bounces")
    async def test_what_is_refused_permanently_has_bounced(self, office: Office) -> None:
        """It is noted with the reason, and not tried again; others leave."""
        office.server.refusals["to ada"] = NEVER
        await office.put("to ada")
        await office.put("to rui", RUI)

        await office.clock.advance(timedelta(days=2))

        assert office.server.attempts.count("to ada") == 1
        assert await office.counts() == {State.BOUNCED: 1, State.SENT: 1}
        assert await office.rows("SELECT last_error FROM mails WHERE state = 'bounced'") == [
            "The mail was refused permanently: 550 never"
        ]


class TestOrder:
    @pytest.mark.fidelity("mail.order")
    async def test_later_ones_wait_for_earlier_ones(self, office: Office) -> None:
        """To one person about one matter nothing overtakes what was deferred."""
        office.server.refusals["first"] = LATER
        await office.put("first")
        await office.tasks.idle()
        await office.put("second", sequence=1)
        await office.put("to rui", RUI)
        await office.tasks.idle()
        before = [mail.subject for mail in office.server.taken]
        office.server.refusals.clear()

        await office.clock.advance(timedelta(minutes=5))

        assert before == ["to rui"]
        assert [mail.subject for mail in office.server.taken] == ["to rui", "first", "second"]


class TestWithdrawn:
    async def test_what_came_too_late_does_not_leave(self, office: Office) -> None:
        """A mail that could not leave while it was of use is kept as withdrawn, with why."""
        office.server.refusals["hello"] = LATER
        await office.put("hello", lasts=timedelta(seconds=2))
        await office.tasks.idle()
        office.server.refusals.clear()

        await office.clock.advance(timedelta(hours=1))

        assert office.server.taken == []
        assert await office.rows("SELECT last_error FROM mails WHERE state = 'withdrawn'") == [
            "it did not leave while it was of use"
        ]

    async def test_what_is_not_so_any_more_does_not_leave(self, office: Office) -> None:
        """Its composer has the last word."""
        office.unwanted.add("hello")

        await office.put("hello")
        await office.tasks.idle()

        assert (office.server.attempts, await office.counts()) == ([], {State.WITHDRAWN: 1})


class TestWithoutServer:
    @pytest.mark.fidelity("mail.waits-for-settings")
    async def test_mails_wait_for_a_process_that_has_one(
        self, database: Database, clock: MovableClock
    ) -> None:
        """Where nothing handles the sending, a mail and its task are kept."""
        tasks = TaskRunner(db=database, clock=clock, handlers={}, poll_s=None)
        office = Office(database, clock, Server(), tasks, [], set())

        async with in_background(tasks.run()):
            await office.put("hello")
            await clock.advance(timedelta(days=3))

        async with database.read() as reader:
            assert [task.name for task in await waiting(reader)] == ["mail.send"]
        assert await office.counts() == {State.QUEUED: 1}


class TestPrune:
    async def test_removes_what_was_settled_long_ago(self, office: Office) -> None:
        """Thirty days after it was of use a settled mail goes; one that waits stays."""
        office.server.refusals["waits"] = LATER
        await office.put("gone", lasts=timedelta(days=1))
        await office.put("waits", RUI, lasts=timedelta(days=1))
        await office.put("young", Address("mei@kestrel.example"), lasts=timedelta(days=20))
        await office.tasks.idle()
        office.clock.freeze()

        await office.clock.advance(timedelta(hours=1))
        async with office.db.unit() as uow:
            early = await prune_mails(uow, 10)
        async with office.db.unit() as uow:
            uow.now += timedelta(days=32)
            late = await prune_mails(uow, 10)

        assert (early, late) == (0, 1)
        assert await office.counts() == {State.QUEUED: 1, State.SENT: 1}
