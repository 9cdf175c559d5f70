"""When and how often tasks run, on both databases."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from hirewire.kit.clock import MovableClock, SystemClock
from hirewire.kit.ids import IdMaker
from hirewire.runtime.db import Database, TaskCall, UnitOfWork, connect
from hirewire.runtime.rest import all_idle
from hirewire.runtime.tasks import Outside, TaskRunner, waiting
from tests.contracts.tasks.cups import POUR, Cups, enqueue, make_runner, poured, queued, seconds
from tests.fixtures.background import in_background, until
from tests.fixtures.database import MORNING, OpenDatabase


class LeapingClock(SystemClock):
    """Real time, but for two minutes that pass at once."""

    ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead

    def leap(self, _: UnitOfWork) -> None:
        self.ahead = timedelta(minutes=2)


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

    async def test_misses_nothing_that_is_due_as_it_looks(
        self, database: Database, database_url: str, cups: Cups, ids: IdMaker
    ) -> None:
        """
        What falls due after it took what is due, and before it asks what is next, runs.
        """
        clock = LeapingClock()
        leaping = await connect(database_url, clock=clock, new_id=ids.new)
        await enqueue(leaping, "a", after_s=60)
        leaping.committed.append(clock.leap)
        runner = TaskRunner(db=leaping, clock=clock, handlers={POUR: cups.pour}, poll_s=None)

        async with in_background(runner.run()):
            await until(lambda: cups.labels)
            await runner.idle()

        await leaping.close()
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
