"""Tasks whose work happens outside the database, on both databases."""

import asyncio
from uuid import UUID

from hirewire.kit.clock import MovableClock
from hirewire.runtime.db import Database
from hirewire.runtime.tasks import Finish, Outside, waiting
from tests.contracts.tasks.cups import POUR, Cups, enqueue, make_runner, poured, queued, seconds
from tests.fixtures.background import in_background


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
