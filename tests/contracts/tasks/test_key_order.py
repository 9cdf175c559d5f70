"""Units that queue tasks of the same keys at once, and in which order those are written."""

import asyncio

import pytest

from hirewire.runtime.db import Database, TaskCall, UnitOfWork
from hirewire.runtime.tasks import waiting
from tests.contracts.tasks.cups import POUR, enqueue
from tests.fixtures.database import OpenDatabase, somebody_waits


def pour(uow: UnitOfWork, *keys: str) -> None:
    """Queue one task for each of *keys*."""
    for key in keys:
        uow.enqueue(TaskCall(name=POUR, payload=key, key=key))


class TestKeyOrder:
    @pytest.mark.parametrize("dialect", ["postgres"])
    async def test_lets_units_wait_for_each_other_one_way(
        self, database: Database, open_database: OpenDatabase
    ) -> None:
        """
        Two units with the same keys in opposite order both commit: the second one waits.
        """
        for key in ("a", "b"):
            await enqueue(database, key, key=key)
        other = await open_database()

        async def write_the_other_way() -> None:
            async with other.unit() as uow:
                pour(uow, "b", "a")

        async with database.unit() as uow:
            pour(uow, "a")
            await uow.write_tasks()
            uow.tasks.clear()
            writing = asyncio.create_task(write_the_other_way())
            await somebody_waits(database)
            pour(uow, "b")
        await writing

        async with database.read() as reader:
            assert sorted(str(task.key) for task in await waiting(reader)) == ["a", "b"]

    async def test_leaves_tasks_in_the_order_of_their_calls(self, database: Database) -> None:
        """
        What is due at the same moment is begun as it was queued, whatever its keys.
        """
        async with database.unit() as uow:
            pour(uow, "c", "a")
            uow.enqueue(TaskCall(name=POUR, payload="none"))
            pour(uow, "b")

        async with database.read() as reader:
            assert [task.key for task in await waiting(reader)] == ["c", "a", None, "b"]
