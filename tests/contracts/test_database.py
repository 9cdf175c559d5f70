"""What every database promises, on SQLite and on PostgreSQL."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import UUID

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.kit.facts import Fact
from hirewire.kit.ids import IdMaker
from hirewire.runtime.db import (
    DRIVER_ERRORS,
    Database,
    Reader,
    TaskCall,
    UnitOfWork,
    connect,
)
from tests.fixtures.database import MORNING, OpenDatabase

ALICE = UUID(int=1)
BOB = UUID(int=2)
ADD = "INSERT INTO listeners (name, tx, seq) VALUES (:name, 0, :seq)"


@dataclass(frozen=True, slots=True, kw_only=True)
class KettleBoiled(Fact):
    """A fact that only this module tells."""

    kind: ClassVar[str] = "kettle.boiled"

    litres: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavesNamed(Fact):
    kind: ClassVar[str] = "leaves.named"

    name: str


def boiled(litres: int, employer_id: UUID | None = ALICE) -> KettleBoiled:
    return KettleBoiled(employer_id=employer_id, litres=litres)


async def counts(database: Database) -> tuple[int, int, int]:
    """How many rows `listeners`, `facts` and `tasks` have."""
    async with database.read() as reader:
        return (
            await reader.value("SELECT count(*) FROM listeners"),
            await reader.value("SELECT count(*) FROM facts"),
            await reader.value("SELECT count(*) FROM tasks"),
        )


async def names(database: Database) -> list[str]:
    async with database.read() as reader:
        return await reader.all(str, "SELECT name FROM listeners ORDER BY name")


async def fail(database: Database) -> None:
    """Write a row, a fact and a task, and then fail."""
    async with database.unit() as uow:
        await uow.run(ADD, name="a", seq=1)
        uow.tell(boiled(2))
        uow.enqueue(TaskCall(name="tea.pour", payload="{}"))
        raise ZeroDivisionError


async def write(database: Database, name: str) -> None:
    async with database.unit() as uow:
        await uow.run(ADD, name=name, seq=1)


class TestUnit:
    async def test_commits_rows_facts_and_tasks_together(self, database: Database) -> None:
        """
        After the unit its row, its fact and its task are there, at the moment of the unit.
        """
        async with database.unit() as uow:
            await uow.run(ADD, name="a", seq=1)
            uow.tell(boiled(2))
            uow.enqueue(TaskCall(name="tea.pour", payload='{"cups":1}', key="k"))

        async with database.read() as reader:
            fact = await reader.one(tuple_of, "SELECT kind, employer_id, at, body FROM facts")
            task = await reader.one(
                tuple_of, "SELECT name, key, payload, due_at, created_at, attempts FROM tasks"
            )
        assert fact == (
            "kettle.boiled",
            ALICE,
            MORNING,
            f'{{"employer_id":"{ALICE}","litres":2}}',
        )
        assert task == ("tea.pour", "k", '{"cups":1}', MORNING, MORNING, 0)
        assert await counts(database) == (1, 1, 1)

    async def test_leaves_no_trace_when_it_fails(self, database: Database) -> None:
        """
        An error inside the unit undoes rows, facts and tasks, and reaches the caller.
        """
        with pytest.raises(ZeroDivisionError):
            await fail(database)

        assert await counts(database) == (0, 0, 0)

    async def test_leaves_no_trace_when_its_outbox_cannot_be_written(
        self, database: Database
    ) -> None:
        """
        A fact that the database refuses undoes the row that was written before it.
        """
        async with database.unit() as uow:
            uow.tell(boiled(1))
            used = uow.new_id()
            await uow.run(
                "INSERT INTO facts (id, kind, at, body) VALUES (:id, 'k.k', :at, '{}')",
                id=used,
                at=MORNING,
            )

        async def tell_it_again() -> None:
            async with database.unit() as uow:
                await uow.run(ADD, name="a", seq=1)
                uow.new_id = lambda: used
                uow.tell(boiled(1))

        with pytest.raises(DRIVER_ERRORS):
            await tell_it_again()

        assert await counts(database) == (0, 2, 0)

    async def test_leaves_no_trace_when_a_fact_cannot_be_spelled(
        self, database: Database
    ) -> None:
        """
        Half of a surrogate pair is in no UTF-8: the unit that tells it fails by itself.
        """

        async def name_tea() -> None:
            async with database.unit() as uow:
                await uow.run(ADD, name="a", seq=1)
                uow.tell(boiled(1))
                uow.tell(LeavesNamed(employer_id=None, name="\ud800"))

        outcomes = await asyncio.gather(
            write(database, "b"), name_tea(), write(database, "c"), return_exceptions=True
        )

        assert [type(each) for each in outcomes] == [type(None), UnicodeEncodeError, type(None)]
        assert (await names(database), await counts(database)) == (["b", "c"], (2, 0, 0))

    async def test_one_that_fails_harms_no_other(self, database: Database) -> None:
        """
        Of nine units at once the fifth breaks a constraint; the eight others commit.
        """

        async def work(number: int) -> None:
            async with database.unit() as uow:
                await uow.run(ADD, name=f"n{number}", seq=1)
                if number == 5:
                    await uow.run(ADD, name="n5", seq=2)

        outcomes = await asyncio.gather(*map(work, range(9)), return_exceptions=True)

        assert [isinstance(outcome, DRIVER_ERRORS) for outcome in outcomes] == [
            number == 5 for number in range(9)
        ]
        assert await names(database) == [f"n{number}" for number in range(9) if number != 5]

    async def test_many_at_once_all_commit(self, database: Database) -> None:
        """
        Sixty-four units at once commit each their row, and nothing is lost.
        """
        await asyncio.gather(*(write(database, f"n{number:02}") for number in range(64)))

        assert await names(database) == [f"n{number:02}" for number in range(64)]

    async def test_sees_its_own_changes(self, database: Database) -> None:
        """
        Inside a unit its rows are there; outside they are not before the commit.
        """
        async with database.unit() as uow:
            await uow.run(ADD, name="a", seq=1)
            inside = await uow.value("SELECT count(*) FROM listeners")
            outside = await names(database)

        assert (inside, outside, await names(database)) == (1, [], ["a"])

    async def test_cannot_be_nested(self, database: Database) -> None:
        """
        A unit inside a unit is refused, undoes the outer one, and blocks nobody afterwards.
        """

        async def nest() -> None:
            async with database.unit() as uow:
                await uow.run(ADD, name="outer", seq=1)
                await write(database, "inner")

        with pytest.raises(RuntimeError, match="cannot open another"):
            await nest()

        await write(database, "later")
        assert await names(database) == ["later"]

    async def test_keeps_its_moment(self, database: Database, clock: MovableClock) -> None:
        """
        All of a unit happens at the moment it began, however the clock moves meanwhile.
        """
        async with database.unit() as uow:
            await clock.advance(timedelta(hours=1))
            uow.tell(boiled(1))

        async with database.read() as reader:
            told_at = await reader.one(lambda at: at, "SELECT at FROM facts")
        assert (uow.now, told_at) == (MORNING, MORNING)


class TestCommitted:
    async def test_is_told_of_a_unit_once_and_after_its_commit(
        self, database: Database
    ) -> None:
        """
        The callback runs once with the unit, before the caller goes on.
        """
        heard: list[UnitOfWork] = []
        database.committed.append(heard.append)

        async with database.unit() as uow:
            uow.tell(boiled(3))
            heard_inside = list(heard)

        assert (heard_inside, heard) == ([], [uow])
        assert heard[0].facts == [boiled(3)]

    async def test_is_not_told_of_a_rollback(self, database: Database) -> None:
        """
        A unit that fails is never heard of.
        """
        heard: list[UnitOfWork] = []
        database.committed.append(heard.append)

        with pytest.raises(ZeroDivisionError):
            await fail(database)

        assert heard == []


class TestCancellation:
    async def test_inside_a_unit_leaves_no_trace(self, database: Database) -> None:
        """
        Whoever is cancelled inside a unit wrote nothing, and the next unit goes on.
        """
        began = asyncio.Event()

        async def work() -> None:
            async with database.unit() as uow:
                await uow.run(ADD, name="a", seq=1)
                began.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(work())
        await began.wait()
        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task
        await write(database, "b")
        assert await names(database) == ["b"]

    async def test_while_waiting_for_a_unit(self, database: Database) -> None:
        """
        Of those who wait for the writer some are cancelled; the others all commit.
        """
        inside, leave = asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            async with database.unit() as uow:
                await uow.run(ADD, name="holder", seq=1)
                inside.set()
                await leave.wait()

        holder = asyncio.create_task(hold())
        await inside.wait()
        waiters = [asyncio.create_task(write(database, f"n{number}")) for number in range(6)]
        await asyncio.sleep(0)
        for waiter in waiters[::2]:
            waiter.cancel()
        leave.set()
        outcomes = await asyncio.gather(holder, *waiters, return_exceptions=True)

        cancelled = [isinstance(outcome, asyncio.CancelledError) for outcome in outcomes]
        assert cancelled == [False, True, False, True, False, True, False]
        assert await names(database) == ["holder", "n1", "n3", "n5"]

    async def test_during_the_commit_spares_the_others(self, database: Database) -> None:
        """
        One of three is cancelled as it commits; the two others and later units commit.
        """
        left = asyncio.Event()

        async def work(number: int) -> None:
            async with database.unit() as uow:
                await uow.run(ADD, name=f"n{number}", seq=1)
                if number == 0:
                    left.set()

        tasks = [asyncio.create_task(work(number)) for number in range(3)]
        await left.wait()
        tasks[0].cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        await write(database, "later")

        found = await names(database)
        assert outcomes[1:] == [None, None]
        assert [name for name in found if name != "n0"] == ["later", "n1", "n2"]


class TestRead:
    async def test_is_of_one_moment(self, database: Database) -> None:
        """
        A reader does not see what is committed after its first statement.
        """
        await write(database, "a")

        async with database.read() as reader:
            before = await reader.value("SELECT count(*) FROM listeners")
            await write(database, "b")
            after = await reader.value("SELECT count(*) FROM listeners")

        assert (before, after, await names(database)) == (1, 1, ["a", "b"])

    async def test_changes_nothing(self, database: Database) -> None:
        """
        A statement that writes is refused where one only reads.
        """
        insert = "INSERT INTO listeners (name, tx, seq) VALUES ('a', 0, 0) RETURNING seq"

        with pytest.raises(DRIVER_ERRORS):
            async with database.read() as reader:
                await reader.value(insert)

        assert await names(database) == []

    async def test_is_given_back_after_an_error(self, database: Database) -> None:
        """
        After a failed statement the next reader reads.
        """
        for _ in range(20):
            with pytest.raises(DRIVER_ERRORS):
                async with database.read() as reader:
                    await reader.value("SELECT nothing FROM nowhere")

        assert await names(database) == []

    async def test_of_many_at_once(self, database: Database) -> None:
        """
        Fifty readers at once all get their answer.
        """
        await write(database, "a")

        async def look() -> list[str]:
            async with database.read() as reader:
                await asyncio.sleep(0)
                return await reader.all(str, "SELECT name FROM listeners")

        assert await asyncio.gather(*(look() for _ in range(50))) == [["a"]] * 50


class TestValues:
    async def test_come_back_as_they_went(self, database: Database) -> None:
        """
        Ids, times to the microsecond, booleans, bytes, big numbers, text and NULL survive.
        """
        moment = datetime(2026, 7, 1, 23, 59, 59, 999_999, UTC)
        row = (ALICE, moment, True, False, b"\0\xff", 2**62, 7, "'é☕\n:x @y", None)
        async with database.unit() as uow:
            await uow.run(
                "CREATE TABLE kettles (a uuid, b timestamptz, c boolean, d boolean, e bytea,"
                " f bigint, g integer, h text, i timestamptz)"
            )
            await uow.run(
                "INSERT INTO kettles VALUES (:a, :b, :c, :d, :e, :f, :g, :h, :i)",
                **dict(zip("abcdefghi", row, strict=True)),
            )

        async with database.read() as reader:
            found = await reader.one(tuple_of, "SELECT * FROM kettles WHERE a = :a", a=ALICE)
            latest = await reader.value('SELECT max(b) AS "b [timestamptz]" FROM kettles')

        assert found == row
        assert found is not None
        assert type(found[0]) is UUID
        assert latest == moment

    @pytest.mark.parametrize("size", [0, 1, 3, 500])
    async def test_lists(self, database: Database, size: int) -> None:
        """
        `IN` and `NOT IN` take a list of any length, also none.
        """
        async with database.unit() as uow:
            await uow.run_many(ADD, [{"name": f"n{n:03}", "seq": n} for n in range(501)])
        wanted = [f"n{n:03}" for n in range(size)]

        async with database.read() as reader:
            inside = await in_list(reader, "name IN :names", wanted)
            outside = await in_list(reader, "name NOT IN :names AND seq < 501", wanted)

        assert inside == wanted
        assert len(outside) == 501 - size

    async def test_of_many_rows(self, database: Database) -> None:
        """
        `run` says how many rows it changed, and `one` and `value` say None for no row.
        """
        async with database.unit() as uow:
            await uow.run_many(ADD, [{"name": f"n{n}", "seq": n} for n in range(5)])
            changed = await uow.run("UPDATE listeners SET tx = 9 WHERE seq < :seq", seq=3)
            nothing = (
                await uow.one(str, "SELECT name FROM listeners WHERE seq = 99"),
                await uow.value("SELECT name FROM listeners WHERE seq = 99"),
                await uow.all(str, "SELECT name FROM listeners WHERE seq = 99"),
            )

        assert (changed, nothing) == (3, (None, None, []))


class TestDoubles:
    async def test_of_a_waiting_task(self, database: Database) -> None:
        """
        A second task of the same name and key is not added; the earlier due time counts.
        """
        for hours in (2, 1, 3):
            async with database.unit() as uow:
                due_at = MORNING + timedelta(hours=hours)
                uow.enqueue(
                    TaskCall(name="tea.pour", payload=str(hours), key="k", due_at=due_at)
                )

        async with database.read() as reader:
            found = await reader.all(tuple_of, "SELECT payload, due_at FROM tasks")
        assert found == [("2", MORNING + timedelta(hours=1))]

    async def test_without_a_key_are_none(self, database: Database) -> None:
        """
        Tasks without a key are all added.
        """
        async with database.unit() as uow:
            for _ in range(3):
                uow.enqueue(TaskCall(name="tea.pour", payload="{}"))

        assert await counts(database) == (0, 0, 3)


class TestProcesses:
    async def test_see_each_others_commits(
        self, database: Database, open_database: OpenDatabase
    ) -> None:
        """
        What one process committed the other reads, and both can write in turn.
        """
        other = await open_database()

        await write(database, "a")
        await write(other, "b")

        assert (await names(database), await names(other)) == (["a", "b"], ["a", "b"])

    async def test_close_lets_those_inside_finish(
        self, database_url: str, clock: MovableClock, ids: IdMaker
    ) -> None:
        """
        Units begun before the close commit, and closing twice does no harm.
        """
        database = await connect(database_url, clock=clock, new_id=ids.new)
        writers = [asyncio.create_task(write(database, f"n{number}")) for number in range(3)]
        await asyncio.gather(*writers[:1])
        await asyncio.gather(*writers)

        await database.close()
        await database.close()

        again = await connect(database_url, clock=clock, new_id=ids.new)
        assert await names(again) == ["n0", "n1", "n2"]
        await again.close()


def tuple_of(*columns: object) -> tuple[object, ...]:
    return columns


async def in_list(reader: Reader, condition: str, wanted: list[str]) -> list[str]:
    return await reader.all(
        str, f"SELECT name FROM listeners WHERE {condition} ORDER BY name", names=wanted
    )
