"""Housekeeping: what has expired goes, batch by batch, and again in a while."""

from datetime import timedelta

from hirewire.kit.clock import MovableClock
from hirewire.oauth.used_ids.service import use_once
from hirewire.runtime.db.database import Database
from hirewire.runtime.tasks import waiting
from hirewire.server.housekeeping import (
    PRUNE_FACTS,
    SWEEP,
    Housekeeping,
    PruneExpired,
    PruneFacts,
)


class TestPruneExpired:
    async def test_removes_what_has_expired_and_waits(
        self, sqlite_database: Database, clock: MovableClock
    ) -> None:
        """
        The default sweeps empty the tables of what is over, and come back in ten minutes.
        """
        async with sqlite_database.unit() as uow:
            await use_once(uow, b"x" * 32, uow.now + timedelta(minutes=1))
        await clock.advance(timedelta(minutes=1))

        async with sqlite_database.unit() as uow:
            await PruneExpired()(uow, b"{}")

        async with sqlite_database.read() as reader:
            left = await reader.value("SELECT count(*) FROM oauth_used_ids")
            (task,) = await waiting(reader)
        assert left == 0
        assert (task.name, task.due_at) == (SWEEP, clock.now() + timedelta(minutes=10))

    async def test_goes_on_while_there_is_more(
        self, sqlite_database: Database, clock: MovableClock
    ) -> None:
        """
        A sweep that removed a whole batch is repeated at once.
        """
        expired = PruneExpired((_whole_batch, _nothing))

        async with sqlite_database.unit() as uow:
            await expired(uow, b"{}")

        async with sqlite_database.read() as reader:
            (task,) = await waiting(reader)
        assert task.due_at == clock.now()


class TestBegin:
    async def test_queues_each_task_once(self, sqlite_database: Database) -> None:
        """
        However often a server starts, each task waits once.
        """
        house = Housekeeping(facts=PruneFacts(timedelta(days=30)))

        await house.begin(sqlite_database)
        await house.begin(sqlite_database)

        async with sqlite_database.read() as reader:
            names = sorted(task.name for task in await waiting(reader))
        assert names == sorted([PRUNE_FACTS, SWEEP]) == sorted(house.handlers)


async def _whole_batch(_: object, limit: int) -> int:
    return limit


async def _nothing(_: object, __: int) -> int:
    return 0
