"""What is particular to PostgreSQL: its transaction numbers, and servers out of reach."""

import asyncio
from contextlib import AsyncExitStack
from uuid import UUID

import asyncpg
import pytest

from hirewire.kit.clock import MovableClock
from hirewire.kit.ids import IdMaker
from hirewire.runtime.db import Database, DatabaseAway, DatabaseUnavailable, connect
from hirewire.runtime.db.postgres import _MIGRATION_LOCK, _POOL_SIZE
from tests.fixtures.database import MORNING, PostgresTemplate, settled

FAR_AHEAD = 2**40
ADD_FACT = "INSERT INTO facts (id, kind, at, body) VALUES (:id, 'kettle.boiled', :at, '{}')"
RESTORE_FACT = """
    INSERT INTO facts (tx, id, kind, at, body) VALUES (:tx, :id, 'kettle.boiled', :at, '{}')
"""
END_CONNECTIONS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1
"""


async def add_fact(database: Database, number: int) -> None:
    async with database.unit() as uow:
        await uow.run(ADD_FACT, id=UUID(int=number), at=MORNING)


class TestRestoredRows:
    async def test_stay_before_new_ones(self, postgres: Database) -> None:
        """
        Facts of another server, whose transactions are ahead, sort before what follows.
        """
        async with postgres.unit() as uow:
            await uow.run(RESTORE_FACT, tx=FAR_AHEAD, id=UUID(int=1), at=MORNING)

        await postgres.ready()

        await add_fact(postgres, 2)
        await add_fact(postgres, 3)
        await settled(postgres)
        async with postgres.read() as reader:
            found = await reader.all(UUID_of, "SELECT id FROM facts ORDER BY tx, seq")
            lowest = await reader.value("SELECT tx FROM facts ORDER BY tx OFFSET 1 LIMIT 1")
        assert found == [UUID(int=1), UUID(int=2), UUID(int=3)]
        assert lowest > FAR_AHEAD

    async def test_move_the_count_once(self, postgres: Database) -> None:
        """
        Looking again, also from two processes, changes nothing more.
        """
        async with postgres.unit() as uow:
            await uow.run(RESTORE_FACT, tx=FAR_AHEAD, id=UUID(int=1), at=MORNING)
        await asyncio.gather(postgres.ready(), postgres.ready())
        async with postgres.read() as reader:
            before = await reader.value("SELECT fact_tx('7'::xid8)")

        await postgres.ready()

        async with postgres.read() as reader:
            after = await reader.value("SELECT fact_tx('7'::xid8)")
        assert (before, after) == (FAR_AHEAD + 8, FAR_AHEAD + 8)

    async def test_wait_for_writers_under_way(
        self, postgres: Database, postgres_url: str, clock: MovableClock, ids: IdMaker
    ) -> None:
        """
        The count moves after those who write by the old one, and before those who follow.
        """
        other = await connect(postgres_url, clock=clock, new_id=ids.new)
        async with postgres.unit() as uow:
            await uow.run(RESTORE_FACT, tx=FAR_AHEAD, id=UUID(int=1), at=MORNING)
        async with other.unit() as uow:
            await uow.run(ADD_FACT, id=UUID(int=2), at=MORNING)
            moving = asyncio.create_task(postgres.ready())
            await locked(other, "facts")
        await moving
        await add_fact(other, 3)

        async with postgres.read() as reader:
            found = await reader.all(UUID_of, "SELECT id FROM facts ORDER BY tx, seq")
        assert found[-1] == UUID(int=3)
        await other.close()


class TestReady:
    async def test_gives_up_while_every_connection_is_taken(
        self, postgres: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Whoever asks is told that it cannot be known, and once one is free that all is well.
        """
        monkeypatch.setattr("hirewire.runtime.db.postgres._READY_TIMEOUT_S", 0.05)
        async with AsyncExitStack() as taken:
            for _ in range(_POOL_SIZE):
                await taken.enter_async_context(postgres.read())

            with pytest.raises(DatabaseAway) as refusal:
                await postgres.ready()

        assert isinstance(refusal.value.__cause__, TimeoutError)
        monkeypatch.undo()
        await postgres.ready()


class TestMigrate:
    async def test_may_take_longer_than_any_request(
        self,
        postgres_url: str,
        clock: MovableClock,
        ids: IdMaker,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """
        A migration that waits, or works, for longer than a statement may is not given up.
        """
        monkeypatch.setattr("hirewire.runtime.db.postgres._TIMEOUT_S", 1.0)
        postgres = await connect(postgres_url, clock=clock, new_id=ids.new)
        async with postgres.unit() as uow:
            await uow.run("SELECT pg_advisory_xact_lock(:lock)", lock=_MIGRATION_LOCK)
            migrating = asyncio.create_task(postgres.migrate(upto=0))
            await asyncio.sleep(1.2)

        assert await migrating == []
        await postgres.close()


class TestOpen:
    async def test_refuses_a_server_out_of_reach(
        self, clock: MovableClock, ids: IdMaker
    ) -> None:
        """
        One clear line says where it was looked for, without the password.
        """
        url = "postgresql://eve:secret@127.0.0.1:1/jobs?password=secret"

        with pytest.raises(DatabaseUnavailable) as refusal:
            await connect(url, clock=clock, new_id=ids.new)

        said = str(refusal.value)
        assert said.startswith("The database postgresql://127.0.0.1:1/jobs cannot be opened: ")
        assert "secret" not in said
        assert "\n" not in said

    async def test_refuses_a_database_that_is_not_there(
        self, postgres_template: PostgresTemplate, clock: MovableClock, ids: IdMaker
    ) -> None:
        """
        The server's own words say what is missing.
        """
        url = postgres_template.server.dsn("nowhere")

        with pytest.raises(DatabaseUnavailable, match='database "nowhere" does not exist'):
            await connect(url, clock=clock, new_id=ids.new)


class TestOutage:
    async def test_is_told_to_those_who_ask_alone(
        self,
        postgres: Database,
        postgres_url: str,
        postgres_template: PostgresTemplate,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """
        While nobody can connect each who tries is refused, and nothing else tries or logs.
        """
        await add_fact(postgres, 1)
        name = postgres_url.partition("?")[0].rpartition("/")[2]
        admin = await asyncpg.connect(postgres_template.server.dsn())
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await admin.execute(END_CONNECTIONS, name)

        for _ in range(3):
            with pytest.raises(DatabaseAway):
                await add_fact(postgres, 2)

        assert caplog.records == []
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await admin.close()
        async with postgres.read() as reader:
            assert await reader.value("SELECT count(*) FROM facts") == 1


def UUID_of(value: UUID) -> UUID:  # noqa: N802 - reads as a type
    return value


async def locked(database: Database, table: str) -> None:
    """Return once somebody waits for a lock on *table*."""
    waits = (
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = CAST(:t AS regclass)"
    )
    async with asyncio.timeout(10):
        while True:
            async with database.read() as reader:
                if await reader.value(waits, t=table):
                    return
