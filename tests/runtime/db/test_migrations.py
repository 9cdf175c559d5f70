"""Migrations: both databases end in one schema by whatever steps, or say why they do not."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.kit.ids import IdMaker
from hirewire.runtime.db import (
    Database,
    DatabaseBehind,
    DatabaseTooNew,
    MigrationChanged,
    connect,
)
from hirewire.runtime.db.migrations import migrations
from tests.fixtures.database import PostgresTemplate

NUMBERS: Final = [migration.number for migration in migrations("sqlite")]
SAFE: Final = re.compile(r"-- .+\. Safe (before|after) the deploy\.")

# What PostgreSQL calls the types that our migrations name.
POSTGRES_NAMES: Final = {"timestamp with time zone": "timestamptz"}


@dataclass(frozen=True, slots=True)
class Table:
    """What a table is, whatever database it is in."""

    columns: Mapping[str, tuple[str, bool]]
    primary_key: tuple[str, ...]
    indexes: frozenset[tuple[bool, tuple[str, ...], bool]]


@pytest.fixture
async def empty(
    empty_database_url: str, clock: MovableClock, ids: IdMaker
) -> AsyncIterator[Database]:
    database = await connect(empty_database_url, clock=clock, new_id=ids.new)
    yield database
    await database.close()


async def sqlite_schema(database: Database) -> dict[str, Table]:
    async with database.read() as reader:
        names = await reader.all(
            str,
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        )
        found = {}
        for name in names:
            columns = await reader.all(
                lambda *row: row,
                'SELECT name, lower(type), "notnull", pk FROM pragma_table_info(:name)',
                name=name,
            )
            indexes = await reader.all(
                lambda *row: row,
                'SELECT name, "unique", origin, partial FROM pragma_index_list(:name)',
                name=name,
            )
            described = set()
            for index, is_unique, origin, is_partial in indexes:
                parts = await reader.all(
                    str,
                    "SELECT coalesce(name, '(expression)') FROM pragma_index_info(:index)",
                    index=index,
                )
                if origin != "pk":
                    described.add((bool(is_unique), tuple(parts), bool(is_partial)))
            keys = sorted((pk, column) for column, _, _, pk in columns if pk)
            found[name] = Table(
                {
                    column: (kind, bool(is_required) or bool(pk))
                    for column, kind, is_required, pk in columns
                },
                tuple(column for _, column in keys),
                frozenset(described),
            )
    return found


async def postgres_schema(database: Database) -> dict[str, Table]:
    async with database.read() as reader:
        columns = await reader.all(
            lambda *row: row,
            "SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'NO'"
            " FROM information_schema.columns WHERE table_schema = 'public'",
        )
        indexes = await reader.all(
            lambda *row: row,
            "SELECT relation.relname::text, indisprimary, indisunique, indpred IS NOT NULL,"
            " array(SELECT coalesce(attname::text, '(expression)')"
            "  FROM unnest(indkey::int[]) WITH ORDINALITY AS part(number, place)"
            "  LEFT JOIN pg_attribute ON attrelid = indrelid AND attnum = number"
            "  AND attnum > 0 ORDER BY place)"
            " FROM pg_index JOIN pg_class AS relation ON relation.oid = indrelid"
            " WHERE relation.relnamespace = 'public'::regnamespace",
        )
    return {
        name: Table(
            {
                column: (POSTGRES_NAMES.get(kind, kind), is_required)
                for table, column, kind, is_required in columns
                if table == name
            },
            next(
                (
                    tuple(parts)
                    for table, is_key, _, _, parts in indexes
                    if table == name and is_key
                ),
                (),
            ),
            frozenset(
                (is_unique, tuple(parts), is_partial)
                for table, is_key, is_unique, is_partial, parts in indexes
                if table == name and not is_key
            ),
        )
        for name in {table for table, *_ in columns}
    }


async def schema(database: Database) -> dict[str, Table]:
    if database.dialect == "sqlite":
        return await sqlite_schema(database)
    return await postgres_schema(database)


def widened(tables: dict[str, Table]) -> dict[str, Table]:
    """Forget the one difference that is wanted: SQLite's counting keys are called integer."""
    return {
        name: Table(
            {
                column: (
                    "bigint" if kind == "integer" and column in table.primary_key else kind,
                    is_required,
                )
                for column, (kind, is_required) in table.columns.items()
            },
            table.primary_key,
            table.indexes,
        )
        for name, table in tables.items()
        if name != "schema_versions"
    }


async def change_versions(database: Database, sql: str) -> None:
    async with database.unit() as uow:
        assert await uow.run(sql) == 1


class TestFiles:
    def test_number_up_from_one_in_both_dialects(self) -> None:
        """
        Both dialects have the same numbers and names, without a gap or a double.
        """
        sqlite, postgres = migrations("sqlite"), migrations("postgres")

        assert list(range(1, len(NUMBERS) + 1)) == NUMBERS
        assert [(m.number, m.name) for m in sqlite] == [(m.number, m.name) for m in postgres]

    @pytest.mark.parametrize("kind", ["sqlite", "postgres"])
    def test_say_when_they_are_safe(self, kind: str) -> None:
        """
        The first line of each says what it is and when it may run.
        """
        first_lines = [migration.script.partition("\n")[0] for migration in migrations(kind)]

        assert [line for line in first_lines if not SAFE.fullmatch(line)] == []


class TestMigrate:
    async def test_from_empty(self, empty: Database) -> None:
        """
        All migrations run once, in order; a second call finds nothing to do.
        """
        first = await empty.migrate()
        second = await empty.migrate()

        assert (first, second) == (NUMBERS, [])
        await empty.ready()

    async def test_step_by_step(self, empty: Database, database: Database) -> None:
        """
        One migration at a time ends where all at once does.
        """
        steps = [await empty.migrate(upto=number) for number in NUMBERS]

        assert steps == [[number] for number in NUMBERS]
        assert await schema(empty) == await schema(database)

    async def test_by_two_processes_at_once(
        self, empty: Database, empty_database_url: str, clock: MovableClock, ids: IdMaker
    ) -> None:
        """
        Each migration is run by one of them, and both go on.
        """
        other = await connect(empty_database_url, clock=clock, new_id=ids.new)

        both = await asyncio.gather(empty.migrate(), other.migrate())

        assert sorted(both) == [[], NUMBERS]
        await asyncio.gather(empty.ready(), other.ready())
        await other.close()


class TestReady:
    async def test_refuses_a_changed_migration(self, database: Database) -> None:
        """
        A migration that was applied in another wording is named, and nothing is run.
        """
        await change_versions(
            database, "UPDATE schema_versions SET checksum = 'other' WHERE number = 1"
        )

        with pytest.raises(MigrationChanged) as when_ready:
            await database.ready()
        with pytest.raises(MigrationChanged) as when_migrating:
            await database.migrate()

        assert (when_ready.value.number, when_migrating.value.number) == (1, 1)

    async def test_refuses_a_newer_database(self, database: Database) -> None:
        """
        A number that this program does not know means that a newer one was here.
        """
        await change_versions(
            database,
            "INSERT INTO schema_versions (number, name, checksum) VALUES (9999, 'n', 'c')",
        )

        with pytest.raises(DatabaseTooNew) as when_ready:
            await database.ready()
        with pytest.raises(DatabaseTooNew) as when_migrating:
            await database.migrate()

        assert (when_ready.value.found, when_ready.value.known) == (9999, NUMBERS[-1])
        assert when_migrating.value.found == 9999

    async def test_refuses_a_database_behind(self, empty: Database) -> None:
        """
        An empty database, and one without the last migration, are to be migrated first.
        """
        with pytest.raises(DatabaseBehind) as when_empty:
            await empty.ready()
        await empty.migrate(upto=NUMBERS[-2])
        with pytest.raises(DatabaseBehind) as when_behind:
            await empty.ready()

        assert (when_empty.value.found, when_empty.value.known) == (0, NUMBERS[-1])
        assert when_behind.value.found == NUMBERS[-2]


class TestBothDialects:
    async def test_end_in_one_schema(
        self,
        sqlite_database: Database,
        postgres_template: PostgresTemplate,
        clock: MovableClock,
        ids: IdMaker,
    ) -> None:
        """
        Tables, columns, types, nullability, primary keys and indexes are the same.
        """
        async with postgres_template.copy() as url:
            postgres = await connect(url, clock=clock, new_id=ids.new)
            on_postgres = widened(await postgres_schema(postgres))
            await postgres.close()

        on_sqlite = widened(await sqlite_schema(sqlite_database))

        assert on_sqlite.keys() == on_postgres.keys()
        assert [
            (name, on_sqlite[name], on_postgres[name])
            for name in on_sqlite
            if on_sqlite[name] != on_postgres[name]
        ] == []


class TestProcesses:
    async def test_that_open_and_migrate_one_new_file(
        self, tmp_path: Path, clock: MovableClock, ids: IdMaker
    ) -> None:
        """
        Four that open and migrate the same new file at the same time all find it ready.
        """

        async def begin() -> list[int]:
            database = await connect(f"sqlite:{tmp_path}/new.db", clock=clock, new_id=ids.new)
            ran = await database.migrate()
            await database.ready()
            await database.close()
            return ran

        def in_a_loop_of_its_own() -> list[int]:
            return asyncio.run(begin())

        ran = await asyncio.gather(*(asyncio.to_thread(in_a_loop_of_its_own) for _ in range(4)))

        assert sorted(ran) == [[], [], [], NUMBERS]
        with sqlite3.connect(tmp_path / "new.db") as file:
            count = file.execute("SELECT count(*) FROM schema_versions").fetchone()
        file.close()
        assert count == (len(NUMBERS),)
