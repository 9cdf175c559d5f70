"""What is known of a unit of work, or of a look, when the line to PostgreSQL breaks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest

from hirewire.kit.clock import MovableClock
from hirewire.kit.ids import IdMaker
from hirewire.kit.refusals import HirewireError
from hirewire.runtime.db import (
    CommitUnheard,
    Database,
    DatabaseAway,
    Session,
    UnitOfWork,
    connect,
    postgres_line,
)
from hirewire.runtime.db import postgres as postgres_module
from tests.fixtures.cut import Cuttable, cuttable
from tests.fixtures.database import MORNING, PostgresTemplate

ADD_FACT = "INSERT INTO facts (id, kind, at, body) VALUES (:id, 'kettle.boiled', :at, '{}')"
END_OWN = "SELECT pg_terminate_backend(pg_backend_pid())"
HANG_UP = """
    CREATE FUNCTION hang_up() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'
"""
AT_COMMIT = """
    CREATE CONSTRAINT TRIGGER hang_up AFTER INSERT ON listeners
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hang_up()
"""
ADD_LISTENER = "INSERT INTO listeners (name, tx, seq) VALUES ('a', 0, 0)"


@pytest.fixture
async def line(postgres_template: PostgresTemplate) -> AsyncIterator[Cuttable]:
    async with postgres_template.copy() as url, cuttable(url) as line:
        yield line


@pytest.fixture
async def postgres(
    line: Cuttable, clock: MovableClock, ids: IdMaker
) -> AsyncIterator[Database]:
    database = await connect(line.url, clock=clock, new_id=ids.new)
    yield database
    await database.close()


@pytest.fixture
def heard(postgres: Database) -> list[HirewireError]:
    """Every outage that was told."""
    heard: list[HirewireError] = []
    postgres.outages.append(heard.append)
    return heard


async def in_unit(database: Database, work: Callable[[UnitOfWork], Awaitable[object]]) -> None:
    async with database.unit() as uow:
        await work(uow)


async def facts(database: Database) -> int:
    async with database.read() as reader:
        count: int = await reader.value("SELECT count(*) FROM facts")
        return count


async def add_fact(session: Session, number: int) -> None:
    await session.run(ADD_FACT, id=UUID(int=number), at=MORNING)


class TestUnit:
    @pytest.mark.fidelity("outages.nothing-half-done")
    async def test_that_loses_its_connection_did_nothing(
        self, postgres: Database, heard: list[HirewireError]
    ) -> None:
        """
        The statement is refused, and told once; nothing is left, and the next unit works.
        """

        async def lose_it(uow: UnitOfWork) -> None:
            await add_fact(uow, 1)
            await uow.value(END_OWN)

        with pytest.raises(DatabaseAway) as refusal:
            await in_unit(postgres, lose_it)

        assert heard == [refusal.value]
        assert isinstance(refusal.value.__cause__, asyncpg.PostgresError)
        assert str(refusal.value) == "The database does not answer: try again in 2 s."
        await in_unit(postgres, lambda uow: add_fact(uow, 2))
        assert await facts(postgres) == 1

    async def test_cannot_go_on_after_that(
        self, postgres: Database, heard: list[HirewireError]
    ) -> None:
        """
        Whatever its body makes of it, each later question and the end are refused alike.
        """
        met: list[HirewireError] = []

        async def go_on(uow: UnitOfWork) -> None:
            for question in (uow.value(END_OWN), add_fact(uow, 1)):
                try:
                    await question
                except DatabaseAway as error:
                    met.append(error)

        with pytest.raises(DatabaseAway) as refusal:
            await in_unit(postgres, go_on)

        assert met == [refusal.value, refusal.value]
        assert heard == [refusal.value]
        assert await facts(postgres) == 0

    async def test_keeps_its_own_words_for_its_own_faults(
        self, postgres: Database, heard: list[HirewireError]
    ) -> None:
        """
        What its body fails with is raised as it is, also where it looks like an outage, and
        where the connection went with it.
        """

        async def fail_elsewhere(uow: UnitOfWork) -> None:
            await add_fact(uow, 1)
            raise ConnectionRefusedError

        async def fail_twice(uow: UnitOfWork) -> None:
            with pytest.raises(DatabaseAway):
                await uow.value(END_OWN)
            raise ZeroDivisionError

        async def add_it_twice(uow: UnitOfWork) -> None:
            await add_fact(uow, 1)
            await add_fact(uow, 1)

        with pytest.raises(ConnectionRefusedError):
            await in_unit(postgres, fail_elsewhere)
        with pytest.raises(asyncpg.UniqueViolationError):
            await in_unit(postgres, add_it_twice)
        assert heard == []
        with pytest.raises(ZeroDivisionError):
            await in_unit(postgres, fail_twice)

        assert await facts(postgres) == 0


class TestCommit:
    async def test_is_none_after_a_statement_that_failed(
        self, postgres: Database, heard: list[HirewireError]
    ) -> None:
        """
        A body that lets a failure pass does not pass for stored: the server undoes it all.
        """
        committed: list[UnitOfWork] = []
        postgres.committed.append(committed.append)

        async def look_away(uow: UnitOfWork) -> None:
            await add_fact(uow, 1)
            with pytest.raises(asyncpg.UniqueViolationError):
                await add_fact(uow, 1)

        with pytest.raises(asyncpg.UniqueViolationError):
            await in_unit(postgres, look_away)

        assert (committed, heard) == ([], [])
        assert await facts(postgres) == 0

    @pytest.mark.fidelity("outages.commit-unheard")
    async def test_whose_answer_is_lost_may_have_been_done(
        self, postgres: Database, line: Cuttable, heard: list[HirewireError]
    ) -> None:
        """
        It was done, and nobody heard it: the refusal claims neither.
        """
        line.cuts = 1

        with pytest.raises(CommitUnheard) as refusal:
            await in_unit(postgres, lambda uow: add_fact(uow, 1))

        assert heard == [refusal.value]
        assert str(refusal.value) == (
            "The database was lost while it stored this. It may have been done: look before "
            "you repeat it."
        )
        assert await facts(postgres) == 1

    async def test_may_also_not_have_been_done(
        self, postgres: Database, heard: list[HirewireError]
    ) -> None:
        """
        Where the server ends in the midst of it, the refusal is the same, and nothing is left.
        """
        async with postgres.unit() as uow:
            await uow.run(HANG_UP)
            await uow.run(AT_COMMIT)

        with pytest.raises(CommitUnheard) as refusal:
            await in_unit(postgres, lambda uow: uow.run(ADD_LISTENER))

        assert heard == [refusal.value]
        async with postgres.read() as reader:
            assert await reader.value("SELECT count(*) FROM listeners") == 0


class TestHanging:
    async def test_keeps_nobody_who_gives_up(
        self, postgres: Database, line: Cuttable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        A server that answers no more holds neither who gave up on it nor the next ones.
        """
        monkeypatch.setattr(postgres_line, "UNDONE_WITHIN_S", 0.05)

        async def give_up() -> None:
            async with asyncio.timeout(None) as patience, postgres.read() as reader:
                line.flowing.clear()
                patience.reschedule(asyncio.get_running_loop().time() + 0.05)
                await reader.value("SELECT 1")

        async with asyncio.timeout(10):
            for _ in range(20):  # More than the pool has connections.
                with pytest.raises(TimeoutError):
                    await give_up()
                line.flowing.set()
            found = await facts(postgres)

        assert found == 0

    async def test_is_not_ready(
        self, postgres: Database, line: Cuttable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Who asks whether all is well hears in time that it is not.
        """
        monkeypatch.setattr(postgres_line, "UNDONE_WITHIN_S", 0.05)
        monkeypatch.setattr(postgres_module, "_READY_TIMEOUT_S", 0.05)
        line.flowing.clear()

        async with asyncio.timeout(10):
            with pytest.raises(DatabaseAway):
                await postgres.ready()

        monkeypatch.undo()
        line.flowing.set()
        await postgres.ready()

    async def test_ends_with_those_who_stop(
        self, postgres: Database, line: Cuttable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        It is not waited for at the end, either.
        """
        monkeypatch.setattr(postgres_module, "_CLOSE_TIMEOUT_S", 0.05)
        line.flowing.clear()
        asking = asyncio.ensure_future(facts(postgres))
        await asyncio.wait([asking], timeout=0.05)

        async with asyncio.timeout(10):
            await postgres.close()

        with pytest.raises(DatabaseAway):
            await asking

    async def test_keeps_nobody_who_fails(
        self, postgres: Database, line: Cuttable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        A unit whose body fails then ends of that, and nothing of it stays.
        """
        monkeypatch.setattr(postgres_line, "UNDONE_WITHIN_S", 0.05)

        async def fail(uow: UnitOfWork) -> None:
            await add_fact(uow, 1)
            line.flowing.clear()
            raise KeyError

        async with asyncio.timeout(10):
            with pytest.raises(KeyError):
                await in_unit(postgres, fail)
            line.flowing.set()
            found = await facts(postgres)

        assert found == 0


class TestRead:
    async def test_that_loses_its_connection_is_refused(
        self, postgres: Database, heard: list[HirewireError]
    ) -> None:
        """
        The question is refused; the next look has another connection.
        """
        with pytest.raises(DatabaseAway) as refusal:
            async with postgres.read() as reader:
                await reader.value(END_OWN)

        assert heard == [refusal.value]
        assert await facts(postgres) == 0

    async def test_keeps_what_it_read(
        self, postgres: Database, line: Cuttable, heard: list[HirewireError]
    ) -> None:
        """
        A line that breaks after the last question harms nobody.
        """
        line.cuts = 1

        assert await facts(postgres) == 0

        assert line.cuts == 0
        assert heard == []
