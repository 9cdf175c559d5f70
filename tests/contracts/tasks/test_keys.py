"""What the key of a task keeps away, and what it does not, on both databases."""

import asyncio
from uuid import UUID

from hirewire.kit.clock import MovableClock
from hirewire.runtime.db import Database
from hirewire.runtime.tasks import Outside, TaskRunner, dead
from tests.contracts.tasks.cups import POUR, Cups, enqueue, make_runner, poured, queued, seconds
from tests.fixtures.background import in_background, until


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
