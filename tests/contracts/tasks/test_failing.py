"""What comes of tasks that fail, hang or lose their process, on both databases."""

import asyncio
from datetime import timedelta
from uuid import UUID

from hirewire.kit.clock import MovableClock
from hirewire.runtime.db import Database, UnitOfWork
from hirewire.runtime.tasks import RETRY_SCHEDULE, Finish, Outside, TaskRunner, dead, waiting
from tests.contracts.tasks.cups import POUR, Cups, enqueue, make_runner, poured, queued, seconds
from tests.fixtures.background import in_background
from tests.fixtures.database import MORNING, OpenDatabase


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

    async def test_is_noted_whatever_it_says(
        self, database: Database, clock: MovableClock
    ) -> None:
        """
        What no database keeps is escaped, be it NUL or half a character.
        """

        async def complain(uow: UnitOfWork, payload: bytes) -> None:
            msg = "the pot says \0 and \udce4"
            raise ValueError(msg)

        runner = make_runner(database, clock, {POUR: complain})
        async with in_background(runner.run()):
            await enqueue(database, "a")
            await runner.idle()

        async with database.read() as reader:
            found = await waiting(reader)
        assert [(task.attempts, task.last_error) for task in found] == [
            (1, r"ValueError: the pot says \0 and \udce4")
        ]

    def test_goes_on_for_hours(self) -> None:
        """
        The usual schedule grows, and spans an outage of seven hours.
        """
        assert sorted(RETRY_SCHEDULE) == list(RETRY_SCHEDULE)
        assert sum(RETRY_SCHEDULE) == 25_955.0


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

    async def test_is_given_back_whatever_a_cancel_becomes(
        self, database: Database, clock: MovableClock
    ) -> None:
        """
        A handler that fails because it is stopped has not failed, and the runner ends quietly.
        """
        began = asyncio.Event()

        async def hold_on(id: UUID, payload: bytes) -> None:
            began.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError as error:
                raise ConnectionResetError from error

        runner = make_runner(database, clock, {POUR: Outside(hold_on)})
        async with in_background(runner.run()):
            await enqueue(database, "a")
            async with asyncio.timeout(10):
                await began.wait()

        async with database.read() as reader:
            found = await waiting(reader)
        assert [(task.attempts, task.last_error) for task in found] == [(0, None)]
