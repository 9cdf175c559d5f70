"""What people do with tasks: replay, discard and cancel them, on both databases."""

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.runtime.db import Database, TaskCall
from hirewire.runtime.tasks import (
    NoSuchDeadTask,
    TaskRunner,
    cancel,
    count_dead,
    dead,
    discard,
    replay,
    waiting,
)
from tests.contracts.tasks.cups import POUR, Cups, enqueue, poured, seconds
from tests.fixtures.background import in_background


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

    async def test_count_what_is_dead(self, database: Database) -> None:
        """
        However many there are, all count; those that wait do not.
        """
        async with database.unit() as uow:
            for _ in range(101):
                uow.enqueue(TaskCall(name=POUR, payload="{}"))
        async with database.unit() as uow:
            await uow.run("UPDATE tasks SET dead_at = created_at")
            uow.enqueue(TaskCall(name=POUR, payload="{}"))

        async with database.read() as reader:
            assert (await count_dead(reader), len(await dead(reader))) == (101, 100)
