"""What readers of the log are promised, on both databases."""

import asyncio
from uuid import UUID

from hirewire.kit.facts import START, Recorded
from hirewire.runtime.db import Database
from hirewire.runtime.log import Log
from tests.contracts.log.pots import PotFilled, number_of, read_all, tell, tell_unknown
from tests.fixtures.database import MORNING, OpenDatabase, settled


class TestRead:
    async def test_returns_what_was_told(self, database: Database, still: Log) -> None:
        """
        A fact comes back whole, with its moment, an id and a position.
        """
        employer = UUID(int=5)
        async with database.unit() as uow:
            uow.tell(PotFilled(employer_id=employer, number=1, label="é"))
        await settled(database)

        recorded = await still.read(START, 10)

        assert [(r.fact, r.at) for r in recorded] == [
            (PotFilled(employer_id=employer, number=1, label="é"), MORNING)
        ]
        assert recorded[0].position == await still.end()
        assert recorded[0].id.version == 7

    async def test_goes_on_after_a_position(self, database: Database, still: Log) -> None:
        """
        Reading by twos from where the last two ended yields everything once, in order.
        """
        await tell(database, *range(5))
        position, found = START, []

        while batch := await still.read(position, 2):
            found.append([number_of(recorded) for recorded in batch])
            position = batch[-1].position

        assert found == [[0, 1], [2, 3], [4]]
        assert await still.read(await still.end(), 10) == []

    async def test_keeps_the_order_of_one_unit(self, database: Database, still: Log) -> None:
        """
        Facts of one unit come in the order in which they were told.
        """
        async with database.unit() as uow:
            for number in range(20):
                uow.tell(PotFilled(employer_id=None, number=number))
        await settled(database)

        assert await read_all(still) == list(range(20))

    async def test_passes_over_unknown_kinds(self, database: Database, still: Log) -> None:
        """
        Facts of a newer program are skipped, also more of them than the limit.
        """
        await tell(database, 1)
        await tell_unknown(database, 5)
        await tell(database, 2)

        first = await still.read(START, 1)
        second = await still.read(first[0].position, 2)

        assert [number_of(r) for r in (*first, *second)] == [1, 2]

    async def test_of_an_empty_log(self, still: Log) -> None:
        """
        Nothing was told: nothing is read, and the end is the start.
        """
        assert (await still.read(START, 10), await still.end()) == ([], START)

    async def test_never_misses_a_late_commit(
        self, database: Database, open_database: OpenDatabase, still: Log
    ) -> None:
        """
        Beside forty writers of two processes that overlap, a reader sees each fact once.
        """
        other = await open_database()
        is_done = asyncio.Event()

        async def write(number: int) -> None:
            async with (database, other)[number % 2].unit() as uow:
                uow.tell(PotFilled(employer_id=None, number=number))
                await uow.run(
                    "INSERT INTO listeners (name, tx, seq) VALUES (:name, 0, 0)",
                    name=f"n{number}",
                )
                for _ in range(number * 7 % 11):
                    await asyncio.sleep(0)

        async def write_all() -> None:
            # SQLite's second process waits in the first one's thread: not at the same time.
            if database.dialect == "sqlite":
                for number in range(40):
                    await write(number)
            else:
                await asyncio.gather(*map(write, range(40)))
            await settled(database)
            is_done.set()

        async def read_on() -> list[Recorded]:
            position, found = START, list[Recorded]()
            while True:
                is_last = is_done.is_set()
                batch = await still.read(position, 3)
                found += batch
                position = batch[-1].position if batch else position
                if is_last and not batch:
                    return found
                await asyncio.sleep(0)

        _, found = await asyncio.gather(write_all(), read_on())

        assert sorted(number_of(recorded) for recorded in found) == list(range(40))
        positions = [recorded.position for recorded in found]
        assert positions == sorted(set(positions))
