"""What the task queue promises, on both databases."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

import pytest

from hirewire.kit.clock import MovableClock, SystemClock
from hirewire.kit.facts import Fact, Recorded
from hirewire.runtime.bus import MemoryBus
from hirewire.runtime.db import Database, TaskCall, UnitOfWork
from hirewire.runtime.log import DurableListener, Listeners
from hirewire.runtime.rest import all_idle
from hirewire.runtime.tasks import (
    RETRY_SCHEDULE,
    Finish,
    Handler,
    NoSuchDeadTask,
    Outside,
    TaskRunner,
    cancel,
    dead,
    discard,
    replay,
    waiting,
)
from tests.fixtures.background import in_background, until
from tests.fixtures.database import MORNING, OpenDatabase

POUR = "tea.pour"
SHORT = (1.0, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeaPoured(Fact):
    """A fact that only this module tells."""

    kind: ClassVar[str] = "tea.poured"

    label: str


class Cups:
    """A handler that writes a row for each payload, and can be told to fail."""

    def __init__(self, clock: MovableClock) -> None:
        self.clock = clock
        self.calls: list[tuple[str, datetime]] = []
        self.fails = 0

    async def pour(self, uow: UnitOfWork, payload: bytes) -> None:
        self.calls.append((payload.decode(), self.clock.now()))
        await uow.run("INSERT INTO cups (label) VALUES (:label)", label=payload.decode())
        if self.fails:
            self.fails -= 1
            msg = "the pot is empty"
            raise ZeroDivisionError(msg)

    @property
    def labels(self) -> list[str]:
        return [label for label, _ in self.calls]


@pytest.fixture
async def cups(database: Database, clock: MovableClock) -> Cups:
    async with database.unit() as uow:
        await uow.run("CREATE TABLE cups (label text NOT NULL)")
    return Cups(clock)


@pytest.fixture
def runner(database: Database, clock: MovableClock, cups: Cups) -> TaskRunner:
    """A runner that the clock waits for."""
    made = make_runner(database, clock, {POUR: cups.pour})
    clock.on_step.append(made.idle)
    return made


def make_runner(
    database: Database, clock: MovableClock, handlers: Mapping[str, Handler | Outside]
) -> TaskRunner:
    return TaskRunner(
        db=database, clock=clock, handlers=handlers, schedule=SHORT, lease_s=60.0, poll_s=None
    )


async def enqueue(
    database: Database,
    payload: str,
    *,
    after_s: float = 0,
    key: str | None = None,
    name: str = POUR,
) -> None:
    async with database.unit() as uow:
        due_at = uow.now + timedelta(seconds=after_s)
        uow.enqueue(TaskCall(name=name, payload=payload, key=key, due_at=due_at))


async def poured(database: Database) -> list[str]:
    async with database.read() as reader:
        return await reader.all(str, "SELECT label FROM cups ORDER BY label")


async def queued(database: Database) -> int:
    async with database.read() as reader:
        return len(await waiting(reader))


async def seconds(by: float, clock: MovableClock) -> None:
    await clock.advance(timedelta(seconds=by))


class TestRun:
    async def test_does_what_was_enqueued_once(
        self, database: Database, runner: TaskRunner
    ) -> None:
        """
        A task that is due at once runs once and is gone.
        """
        async with in_background(runner.run()):
            await enqueue(database, "a")
            await runner.idle()

        assert (await poured(database), await queued(database)) == (["a"], 0)

    async def test_does_what_waited_before_it(
        self, database: Database, runner: TaskRunner, cups: Cups
    ) -> None:
        """
        Twenty tasks enqueued before the start all run once.
        """
        for number in range(20):
            await enqueue(database, f"{number:02}")

        async with in_background(runner.run()):
            await runner.idle()

        assert await poured(database) == [f"{number:02}" for number in range(20)]
        assert sorted(cups.labels) == await poured(database)

    async def test_is_woken_by_a_commit(self, database: Database, cups: Cups) -> None:
        """
        A commit with a task wakes the runner: no clock has to move.
        """
        done = asyncio.Event()

        async def pour(uow: UnitOfWork, payload: bytes) -> None:
            await cups.pour(uow, payload)
            done.set()

        runner = TaskRunner(
            db=database, clock=SystemClock(), handlers={POUR: pour}, poll_s=None
        )

        async with in_background(runner.run()):
            await runner.idle()
            await enqueue(database, "a")
            async with asyncio.timeout(10):
                await done.wait()
            await runner.idle()

        assert await poured(database) == ["a"]

    async def test_waits_on_the_clock_and_keeps_the_order(
        self, database: Database, runner: TaskRunner, cups: Cups, clock: MovableClock
    ) -> None:
        """
        Moving the clock an hour runs what became due, each at its moment, in order.
        """
        for after_s in (1800, 60, 3600, 3601):
            await enqueue(database, str(after_s), after_s=after_s)

        async with in_background(runner.run()):
            await runner.idle()
            before = list(cups.labels)
            await seconds(3600, clock)

        assert before == []
        assert cups.calls == [
            (str(after_s), MORNING + timedelta(seconds=after_s)) for after_s in (60, 1800, 3600)
        ]
        assert await queued(database) == 1

    async def test_runs_what_a_task_enqueues_for_later(
        self, database: Database, clock: MovableClock, cups: Cups
    ) -> None:
        """
        A chain of tasks, each enqueued by the one before, is lived through in one move.
        """

        async def link(uow: UnitOfWork, payload: bytes) -> None:
            left = int(payload)
            await cups.pour(uow, payload)
            if left:
                due_at = uow.now + timedelta(days=1)
                uow.enqueue(TaskCall(name="link", payload=str(left - 1), due_at=due_at))

        runner = make_runner(database, clock, {"link": link})
        clock.on_step.append(runner.idle)
        async with in_background(runner.run()):
            await enqueue(database, "5", name="link")
            await clock.advance(timedelta(days=30))

        assert cups.calls == [(str(5 - day), MORNING + timedelta(days=day)) for day in range(6)]

    async def test_looks_at_times(
        self,
        database: Database,
        open_database: OpenDatabase,
        clock: MovableClock,
        cups: Cups,
    ) -> None:
        """
        What another process enqueued is found within the polling interval.
        """
        other = await open_database()
        runner = TaskRunner(db=database, clock=clock, handlers={POUR: cups.pour}, poll_s=1.0)
        async with in_background(runner.run()):
            await runner.idle()
            await enqueue(other, "a")
            before = list(cups.labels)
            clock.on_step.append(runner.idle)
            await seconds(1.1, clock)

        assert (before, cups.labels) == ([], ["a"])

    async def test_leaves_names_it_does_not_know_alone(
        self, database: Database, runner: TaskRunner
    ) -> None:
        """
        A task of a newer program waits for one that knows it, untouched.
        """
        await enqueue(database, "a", name="from.tomorrow")

        async with in_background(runner.run()):
            await runner.idle()

        async with database.read() as reader:
            assert [(task.name, task.attempts) for task in await waiting(reader)] == [
                ("from.tomorrow", 0)
            ]

    async def test_shares_the_work_of_two_processes(
        self, database: Database, open_database: OpenDatabase, clock: MovableClock, cups: Cups
    ) -> None:
        """
        Two runners on one table run each of forty tasks once.
        """
        other = await open_database()
        runners = [make_runner(one, clock, {POUR: cups.pour}) for one in (database, other)]
        for number in range(40):
            await enqueue(database, f"{number:02}")

        async with in_background(*(runner.run() for runner in runners)):
            await all_idle(*runners)

        assert await poured(database) == [f"{number:02}" for number in range(40)]
        assert len(cups.calls) == 40

    async def test_works_on_a_few_at_a_time(
        self, database: Database, clock: MovableClock
    ) -> None:
        """
        No more than `concurrency` tasks are begun before one has ended.
        """
        begun: list[bytes] = []
        go = asyncio.Event()

        async def wait(id: UUID, payload: bytes) -> None:
            begun.append(payload)
            await go.wait()

        runner = make_runner(database, clock, {POUR: Outside(wait)})
        runner.concurrency = 3
        for number in range(7):
            await enqueue(database, str(number))

        async with in_background(runner.run()):
            await until(lambda: len(begun) == 3)
            for _ in range(20):
                await asyncio.sleep(0)
            begun_at_first = list(begun)
            go.set()
            await runner.idle()

        assert sorted(begun_at_first) == [b"0", b"1", b"2"]
        assert (len(begun), await queued(database)) == (7, 0)


class TestFailure:
    async def test_is_tried_again_by_the_schedule(
        self, database: Database, runner: TaskRunner, cups: Cups, clock: MovableClock
    ) -> None:
        """
        After 1 and then 10 seconds it runs again; what failed left nothing behind.
        """
        cups.fails = 2

        async with in_background(runner.run()):
            await enqueue(database, "a")
            await runner.idle()
            async with database.read() as reader:
                after_one = await waiting(reader)
            await seconds(60, clock)

        assert [at for _, at in cups.calls] == [
            MORNING,
            MORNING + timedelta(seconds=1),
            MORNING + timedelta(seconds=11),
        ]
        assert [(t.attempts, t.last_error, t.due_at) for t in after_one] == [
            (1, "ZeroDivisionError: the pot is empty", MORNING + timedelta(seconds=1))
        ]
        assert (await poured(database), await queued(database)) == (["a"], 0)

    async def test_at_the_last_attempt_is_kept_as_dead(
        self, database: Database, runner: TaskRunner, cups: Cups, clock: MovableClock
    ) -> None:
        """
        After three failures nobody tries again; the dead task says what happened.
        """
        cups.fails = 99

        async with in_background(runner.run()):
            await enqueue(database, "a", key="k")
            await seconds(3600, clock)

        async with database.read() as reader:
            found = await dead(reader)
        assert [
            (t.name, t.key, t.payload, t.attempts, t.created_at, t.dead_at, t.last_error)
            for t in found
        ] == [
            (
                POUR,
                "k",
                "a",
                3,
                MORNING,
                MORNING + timedelta(seconds=11),
                "ZeroDivisionError: the pot is empty",
            )
        ]
        assert (len(cups.calls), await poured(database)) == (3, [])

    async def test_of_the_process_counts_as_an_attempt(
        self, database: Database, clock: MovableClock, cups: Cups
    ) -> None:
        """
        A task whose process ended in the midst runs again after its lease, and dies in the end.
        """
        async with database.unit() as uow:
            await uow.run(
                "INSERT INTO tasks (id, name, payload, due_at, created_at, attempts, lease_id,"
                " leased_until) VALUES (:id, :name, 'a', :now, :now, 3, :id, :until)",
                id=uow.new_id(),
                name=POUR,
                now=MORNING,
                until=MORNING + timedelta(seconds=60),
            )
        runner = make_runner(database, clock, {POUR: cups.pour})
        clock.on_step.append(runner.idle)

        async with in_background(runner.run()):
            await seconds(59, clock)
            await runner.idle()
            async with database.read() as reader:
                before = await dead(reader)
            await seconds(1, clock)
        async with database.read() as reader:
            after = await dead(reader)

        assert before == []
        assert [(t.dead_at, t.last_error) for t in after] == [
            (
                MORNING + timedelta(seconds=60),
                "The process ended each time before the task did.",
            )
        ]
        assert cups.calls == []

    def test_goes_on_for_hours(self) -> None:
        """
        The usual schedule grows, and spans more than a working day's outage of half a day.
        """
        assert sorted(RETRY_SCHEDULE) == list(RETRY_SCHEDULE)
        assert sum(RETRY_SCHEDULE) == 25_955.0


class TestKeys:
    async def test_a_dead_task_blocks_no_new_one(
        self, database: Database, runner: TaskRunner, cups: Cups, clock: MovableClock
    ) -> None:
        """
        Under the key of a dead task a new one runs; the dead one stays.
        """
        cups.fails = 3
        async with in_background(runner.run()):
            await enqueue(database, "first", key="k")
            await seconds(3600, clock)
            await enqueue(database, "second", key="k")
            await runner.idle()

        async with database.read() as reader:
            assert [task.payload for task in await dead(reader)] == ["first"]
        assert await poured(database) == ["second"]

    async def test_a_task_that_runs_blocks_no_new_one(
        self, database: Database, clock: MovableClock
    ) -> None:
        """
        What is enqueued while its double runs waits until that ends, and then runs too.
        """
        begun: list[str] = []
        go = asyncio.Event()

        async def wait(id: UUID, payload: bytes) -> None:
            begun.append(payload.decode())
            await go.wait()

        runner = make_runner(database, clock, {POUR: Outside(wait)})
        async with in_background(runner.run()):
            await enqueue(database, "first", key="k")
            await until(lambda: begun)
            await enqueue(database, "second", key="k")
            await enqueue(database, "double", key="k")
            for _ in range(20):
                await asyncio.sleep(0.001)
            begun_at_first = list(begun)
            go.set()
            await runner.idle()

        assert (begun_at_first, begun) == (["first"], ["first", "second"])

    async def test_a_failed_task_gives_way_to_its_double(
        self, database: Database, clock: MovableClock
    ) -> None:
        """
        A task that fails while a double waits is not tried again: the double does the work.
        """
        calls: list[str] = []

        async def work(id: UUID, payload: bytes) -> None:
            calls.append(payload.decode())
            if payload == b"first":
                await enqueue(database, "second", key="k")
                raise ZeroDivisionError

        runner = make_runner(database, clock, {POUR: Outside(work)})
        clock.on_step.append(runner.idle)
        async with in_background(runner.run()):
            await enqueue(database, "first", key="k")
            await seconds(3600, clock)

        assert (calls, await queued(database)) == (["first", "second"], 0)


class TestLease:
    async def test_that_was_lost_undoes_the_work(
        self,
        database: Database,
        open_database: OpenDatabase,
        clock: MovableClock,
        cups: Cups,
    ) -> None:
        """
        A task that outlived its lease and was begun again elsewhere has its effect once.
        """
        other = await open_database()
        slow_began, slow_may_end = asyncio.Event(), asyncio.Event()

        async def slow(id: UUID, payload: bytes) -> Finish:
            slow_began.set()
            await slow_may_end.wait()
            return lambda uow: cups.pour(uow, b"slow")

        async def quick(id: UUID, payload: bytes) -> Finish:
            return lambda uow: cups.pour(uow, b"quick")

        still = MovableClock(MORNING, frozen=True)
        first = make_runner(database, still, {POUR: Outside(slow)})
        second = make_runner(other, clock, {POUR: Outside(quick)})
        async with in_background(first.run()):
            await enqueue(database, "{}")
            async with asyncio.timeout(10):
                await slow_began.wait()
            async with in_background(second.run()):
                clock.on_step.append(second.idle)
                await seconds(61, clock)
                slow_may_end.set()
                await first.idle()

        assert await poured(database) == ["quick"]
        assert await queued(database) == 0

    async def test_is_given_back_at_the_end_of_the_process(
        self, database: Database, clock: MovableClock, cups: Cups
    ) -> None:
        """
        A runner that is stopped gives back what it had begun: the next one begins at once.
        """
        began = asyncio.Event()

        async def for_ever(id: UUID, payload: bytes) -> None:
            began.set()
            await asyncio.Event().wait()

        first = make_runner(database, clock, {POUR: Outside(for_ever)})
        async with in_background(first.run()):
            await enqueue(database, "a")
            async with asyncio.timeout(10):
                await began.wait()
        async with database.read() as reader:
            given_back = [(task.attempts, task.last_error) for task in await waiting(reader)]
        second = make_runner(database, clock, {POUR: cups.pour})
        async with in_background(second.run()):
            await second.idle()

        assert given_back == [(0, None)]
        assert await poured(database) == ["a"]


class TestOutside:
    async def test_works_first_and_finishes_in_one_unit(
        self, database: Database, clock: MovableClock, cups: Cups
    ) -> None:
        """
        The work may open units of its own; what it returns runs with the task's removal.
        """
        seen: list[tuple[int, bytes]] = []

        async def work(id: UUID, payload: bytes) -> Finish:
            seen.append((await queued(database), payload))
            return lambda uow: cups.pour(uow, b"done")

        runner = make_runner(database, clock, {POUR: Outside(work)})
        async with in_background(runner.run()):
            await enqueue(database, "a")
            await runner.idle()

        assert seen == [(1, b"a")]
        assert (await poured(database), await queued(database)) == (["done"], 0)

    async def test_knows_its_task_at_each_attempt(
        self, database: Database, clock: MovableClock
    ) -> None:
        """
        The id is the same at each attempt, so that the other side can drop a double.
        """
        seen: list[UUID] = []

        async def work(id: UUID, payload: bytes) -> None:
            seen.append(id)
            if len(seen) < 3:
                raise ConnectionError

        runner = make_runner(database, clock, {POUR: Outside(work)})
        clock.on_step.append(runner.idle)
        async with in_background(runner.run()):
            await enqueue(database, "a")
            await seconds(60, clock)

        assert len(seen) == 3
        assert len(set(seen)) == 1
        assert await queued(database) == 0

    async def test_ends_with_its_lease(self, database: Database, clock: MovableClock) -> None:
        """
        Work that hangs is cancelled before its lease is over, and counts as failed.
        """
        began = asyncio.Event()

        async def hang(id: UUID, payload: bytes) -> None:
            began.set()
            await asyncio.Event().wait()

        runner = make_runner(database, clock, {POUR: Outside(hang)})
        async with in_background(runner.run()):
            await enqueue(database, "a")
            async with asyncio.timeout(10):
                await began.wait()
            await seconds(54, clock)
            await runner.idle()

        async with database.read() as reader:
            found = await waiting(reader)
        assert [(task.attempts, task.last_error) for task in found] == [(1, "TimeoutError: ")]


class TestPeople:
    async def test_replay_what_is_dead(
        self, database: Database, runner: TaskRunner, cups: Cups, clock: MovableClock
    ) -> None:
        """
        A dead task that is replayed runs at once, with all its attempts before it.
        """
        cups.fails = 3 + 2
        async with in_background(runner.run()):
            await enqueue(database, "a")
            await seconds(3600, clock)
            async with database.read() as reader:
                [buried] = await dead(reader)
            async with database.unit() as uow:
                await replay(uow, buried.id)
            await seconds(3600, clock)

        async with database.read() as reader:
            assert await dead(reader) == []
        assert (len(cups.calls), await poured(database)) == (6, ["a"])

    async def test_discard_what_is_dead(
        self, database: Database, runner: TaskRunner, cups: Cups, clock: MovableClock
    ) -> None:
        """
        A dead task that is discarded is gone, and cannot be replayed or discarded again.
        """
        cups.fails = 3
        async with in_background(runner.run()):
            await enqueue(database, "a")
            await seconds(3600, clock)
        async with database.read() as reader:
            [buried] = await dead(reader)

        async with database.unit() as uow:
            await discard(uow, buried.id)

        async with database.unit() as uow:
            with pytest.raises(NoSuchDeadTask):
                await discard(uow, buried.id)
            with pytest.raises(NoSuchDeadTask):
                await replay(uow, buried.id)
        async with database.read() as reader:
            assert (await dead(reader), await waiting(reader)) == ([], [])

    async def test_touch_only_what_is_dead(self, database: Database) -> None:
        """
        A task that waits can be neither replayed nor discarded.
        """
        await enqueue(database, "a")
        async with database.read() as reader:
            [task] = await waiting(reader)

        async with database.unit() as uow:
            with pytest.raises(NoSuchDeadTask):
                await discard(uow, task.id)

        async with database.read() as reader:
            assert await waiting(reader) == [task]

    async def test_cancel_what_waits(
        self, database: Database, runner: TaskRunner, cups: Cups, clock: MovableClock
    ) -> None:
        """
        A cancelled task never runs; one that is not there cannot be cancelled.
        """
        await enqueue(database, "a", key="a", after_s=10)
        await enqueue(database, "b", key="b", after_s=10)
        async with database.unit() as uow:
            cancelled = [await cancel(uow, POUR, key) for key in ("a", "a", "c")]

        async with in_background(runner.run()):
            await seconds(60, clock)

        assert (cancelled, cups.labels) == ([True, False, False], ["b"])


class TestAllIdle:
    async def test_when_tasks_and_listeners_have_nothing_for_each_other(
        self, database: Database, clock: MovableClock, cups: Cups
    ) -> None:
        """
        A task tells a fact, whose listener enqueues a task, and so on: all of it is done.
        """

        async def pour(uow: UnitOfWork, payload: bytes) -> None:
            await cups.pour(uow, payload)
            uow.tell(TeaPoured(employer_id=None, label=payload.decode()))

        async def react(uow: UnitOfWork, recorded: Recorded) -> None:
            assert isinstance(recorded.fact, TeaPoured)
            if len(recorded.fact.label) < 5:
                uow.enqueue(TaskCall(name=POUR, payload=recorded.fact.label + "+"))

        runner = make_runner(database, clock, {POUR: pour})
        listener = DurableListener(name="l", kinds=frozenset({TeaPoured.kind}), handle=react)
        listeners = Listeners(database, MemoryBus(), clock, [listener], poll_s=None)

        async with in_background(runner.run(), listeners.run()):
            await enqueue(database, "a")
            await all_idle(runner, listeners)

        assert cups.labels == ["a", "a+", "a++", "a+++", "a++++"]

    async def test_at_once_when_nothing_runs(
        self, database: Database, runner: TaskRunner
    ) -> None:
        """
        A runner that was not started, or has ended, is idle whatever waits.
        """
        await enqueue(database, "a")

        async with asyncio.timeout(10):
            await all_idle(runner)

        assert await queued(database) == 1
