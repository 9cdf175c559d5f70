"""PostgreSQL behind the database seam: a pool of asyncpg connections."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg

from hirewire.kit.clock import Clock
from hirewire.kit.refusals import HirewireError
from hirewire.runtime.db import migrations
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.errors import DatabaseAway, DatabaseUnavailable
from hirewire.runtime.db.outages import Hear, told
from hirewire.runtime.db.postgres_line import Line, Pool, lent
from hirewire.runtime.db.sql import for_postgres
from hirewire.runtime.db.unit import UnitOfWork

T = TypeVar("T")

_POOL_SIZE: Final = 8
_TIMEOUT_S: Final = 30.0
# Who asks whether all is well wants to hear soon that it is not.
_READY_TIMEOUT_S: Final = 5.0
# Who stops has no more to ask; a server that hangs is not waited for.
_CLOSE_TIMEOUT_S: Final = 3.0
# An index of a large table takes its time, and so may another process that migrates already.
_MIGRATION_TIMEOUT_S: Final = 24 * 3600.0
_MIGRATION_LOCK: Final = 4_848_673_245_120

_IS_OVERTAKEN: Final = """
    SELECT coalesce(max(tx) >= fact_tx(pg_snapshot_xmax(pg_current_snapshot())), false)
    FROM facts
"""
_HIGHEST_TX: Final = "SELECT max(tx) FROM facts"
_LOCK_FACTS: Final = "LOCK TABLE facts IN SHARE ROW EXCLUSIVE MODE"
_COUNT_FROM: Final = """
    CREATE OR REPLACE FUNCTION fact_tx(xact xid8) RETURNS bigint LANGUAGE sql IMMUTABLE
    RETURN {offset} + xact::text::bigint
"""


class PostgresSession:
    """Rows of one connection; `run` gives up after *timeout_s*, None for the pool's."""

    __slots__ = ("_line", "_timeout_s")

    def __init__(self, line: Line, timeout_s: float | None = None) -> None:
        self._line = line
        self._timeout_s = timeout_s

    async def all(self, make: Callable[..., T], sql: str, /, **params: object) -> list[T]:
        prepared = for_postgres(sql)
        arguments = [params[name] for name in prepared.names]
        fetch = self._line.connection.fetch
        return [make(*row) for row in await self._line.ask(fetch, prepared.text, *arguments)]

    async def one(self, make: Callable[..., T], sql: str, /, **params: object) -> T | None:
        prepared = for_postgres(sql)
        arguments = [params[name] for name in prepared.names]
        fetch = self._line.connection.fetchrow
        row = await self._line.ask(fetch, prepared.text, *arguments)
        return None if row is None else make(*row)

    async def value(self, sql: str, /, **params: object) -> Any:
        prepared = for_postgres(sql)
        arguments = [params[name] for name in prepared.names]
        return await self._line.ask(self._line.connection.fetchval, prepared.text, *arguments)

    async def run(self, sql: str, /, **params: object) -> int:
        prepared = for_postgres(sql)
        arguments = [params[name] for name in prepared.names]
        execute = self._line.connection.execute
        status = await self._line.ask(
            execute, prepared.text, *arguments, timeout=self._timeout_s
        )
        changed = status.rpartition(" ")[2]
        return int(changed) if changed.isdigit() else 0

    async def run_many(self, sql: str, rows: Iterable[Mapping[str, object]], /) -> None:
        prepared = for_postgres(sql)
        arguments = [[row[name] for name in prepared.names] for row in rows]
        execute = self._line.connection.executemany
        await self._line.ask(execute, prepared.text, arguments)


class PostgresDatabase:
    """Many writers, each a transaction on a connection of its own."""

    dialect = "postgres"

    def __init__(self, pool: Pool, clock: Clock, new_id: Callable[[], UUID]) -> None:
        self._pool = pool
        self._clock = clock
        self._new_id = new_id
        self._holders: set[asyncio.Task[Any] | None] = set()
        self.committed: list[Callable[[UnitOfWork], None]] = []
        self.outages: list[Hear] = []

    @classmethod
    async def open(cls, url: str, clock: Clock, new_id: Callable[[], UUID]) -> Self:
        """
        Open a pool of connections.

        Raises:
            DatabaseUnavailable: the server cannot be reached or refuses us.
        """
        try:
            # It has no fewest connections: asyncpg would try to restore them by itself, and log
            # a traceback each time, while whoever needs one tries and says so anyway.
            pool = await asyncpg.create_pool(
                url,
                min_size=0,
                max_size=_POOL_SIZE,
                timeout=_TIMEOUT_S,
                command_timeout=_TIMEOUT_S,
                init=_speak_plain_types,
                reset=_keep_as_is,
            )
            # What is wrong with the database shows at the first connection.
            await pool.release(await pool.acquire(timeout=_TIMEOUT_S))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
            reason = str(error).partition("\n")[0] or type(error).__name__
            raise DatabaseUnavailable(database=_without_password(url), reason=reason) from error
        return cls(pool, clock, new_id)

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[UnitOfWork]:
        with self._hold():
            async with lent(self._pool, _TIMEOUT_S, self._tell) as line:
                async with line.writing():
                    uow = UnitOfWork(PostgresSession(line), self._clock.now(), self._new_id)
                    yield uow
                    await uow.write_facts()
                    await uow.write_tasks()
                for callback in self.committed:
                    callback(uow)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reader]:
        async with lent(self._pool, _TIMEOUT_S, self._tell) as line, line.reading():
            yield PostgresSession(line)

    async def migrate(self, upto: int | None = None) -> list[int]:
        async with lent(self._pool, None, self._tell) as line, line.writing():
            session = PostgresSession(line, _MIGRATION_TIMEOUT_S)
            await session.run("SELECT pg_advisory_xact_lock(:lock)", lock=_MIGRATION_LOCK)
            await session.run(migrations.CREATE_VERSIONS)
            applied = await migrations.applied_versions(session)
            return await migrations.apply(session, self.dialect, applied, upto)

    async def ready(self) -> None:
        try:
            async with asyncio.timeout(_READY_TIMEOUT_S):
                await self._ready()
        except TimeoutError as error:
            raise told(DatabaseAway(), error, self._tell) from error

    async def _ready(self) -> None:
        async with lent(self._pool, None, self._tell) as line, line.writing():
            session = PostgresSession(line)
            found = await session.value("SELECT to_regclass('schema_versions') IS NOT NULL")
            applied = await migrations.applied_versions(session) if found else []
            migrations.check_complete(self.dialect, applied)
            if await session.value(_IS_OVERTAKEN):
                await _count_on(session)

    async def close(self) -> None:
        try:
            await asyncio.wait_for(self._pool.close(), _CLOSE_TIMEOUT_S)
        except TimeoutError:
            self._pool.terminate()

    def _tell(self, refusal: HirewireError) -> None:
        for callback in self.outages:
            callback(refusal)

    @contextmanager
    def _hold(self) -> Iterator[None]:
        """Refuse a unit inside a unit, as SQLite must."""
        task = asyncio.current_task()
        if task in self._holders:
            msg = "a unit of work cannot open another one"
            raise RuntimeError(msg)
        self._holders.add(task)
        try:
            yield
        finally:
            self._holders.discard(task)


async def _count_on(session: PostgresSession) -> None:
    """
    Let new facts sort after those stored.

    Rows that were restored from a dump carry transaction numbers of another server, which
    may be ahead of this one's.
    """
    await session.run(_LOCK_FACTS)
    if await session.value(_IS_OVERTAKEN):
        highest = await session.value(_HIGHEST_TX)
        await session.run(_COUNT_FROM.format(offset=highest + 1))


async def _speak_plain_types(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Hand out the standard library's UUID, which encoders know, not asyncpg's own."""
    await connection.set_type_codec(
        "uuid",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: value.bytes,
        decoder=lambda raw: UUID(bytes=bytes(raw)),
    )


async def _keep_as_is(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Skip the round trip that resets a connection: units never change its settings."""


def _without_password(url: str) -> str:
    """Keep what says where the database is; a password may stand before it or after."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "postgresql://…"
    return f"postgresql://{parts.netloc.rpartition('@')[2]}{parts.path}"
