"""
SQLite behind the database seam: one writer with group commit, and readers beside it.

Statements run in the event loop's thread: one costs less than handing it to another thread.
Units of work queue for the writer, each under a savepoint of its own, and share a COMMIT,
which waits for the disk in a helper thread while the next group gathers (decision 0001).
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from uuid import UUID

from hirewire.kit.clock import EPOCH, Clock, SystemClock
from hirewire.runtime.db import migrations
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.errors import DatabaseUnavailable
from hirewire.runtime.db.sql import for_sqlite, spread
from hirewire.runtime.db.unit import UnitOfWork

T = TypeVar("T")

_LARGEST_GROUP: Final = 256
_BUSY_TIMEOUT_S: Final = 10.0
_BUSY_PAUSE_S: Final = 0.002
_PRIMARY_CODE: Final = 0xFF  # The rest of an error code says why: recovery, a snapshot.
_SPARE_READERS: Final = 8
_MICROSECOND: Final = timedelta(microseconds=1)

# Another process holds its lock in real time, whatever time our clock tells.
_REAL: Final = SystemClock()


class SqliteSession:
    """Rows of one connection. The methods are coroutines, and never wait."""

    __slots__ = ("_connection",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def all(self, make: Callable[..., T], sql: str, /, **params: object) -> list[T]:
        return [make(*row) for row in self._execute(sql, params)]

    async def one(self, make: Callable[..., T], sql: str, /, **params: object) -> T | None:
        row = self._execute(sql, params).fetchone()
        return None if row is None else make(*row)

    async def value(self, sql: str, /, **params: object) -> Any:
        row = self._execute(sql, params).fetchone()
        return None if row is None else row[0]

    async def run(self, sql: str, /, **params: object) -> int:
        return max(0, self._execute(sql, params).rowcount)

    async def run_many(self, sql: str, rows: Iterable[Mapping[str, object]], /) -> None:
        self._check_transaction()
        self._connection.executemany(for_sqlite(sql).text, rows)

    def _execute(self, sql: str, params: Mapping[str, object]) -> sqlite3.Cursor:
        self._check_transaction()
        prepared = for_sqlite(sql)
        if prepared.lists:
            return self._connection.execute(*spread(prepared, params))
        return self._connection.execute(prepared.text, params)

    def _check_transaction(self) -> None:
        """Refuse to go on once SQLite gave up: it would commit what follows by itself."""
        if not self._connection.in_transaction:
            msg = "the transaction is over"
            raise sqlite3.OperationalError(msg)


@dataclass(slots=True)
class _Group:
    """Units that share one COMMIT, and how many had their turn in it, failed ones too."""

    done: asyncio.Future[None]
    members: list[UnitOfWork] = field(default_factory=list)
    turns: int = 0

    def fail(self, error: BaseException) -> None:
        """Tell the members that nothing of theirs is left."""
        if not self.done.done():
            self.done.set_exception(error)
            self.done.exception()  # Who was cancelled meanwhile does not ask: do not warn.


class SqliteDatabase:
    """One file in WAL mode, synchronous=FULL: what was answered survives a power cut."""

    dialect = "sqlite"

    def __init__(self, path: str, clock: Clock, new_id: Callable[[], UUID]) -> None:
        self._path = path
        self._clock = clock
        self._new_id = new_id
        self.committed: list[Callable[[UnitOfWork], None]] = []
        self._writer = _open(path)
        self._session = SqliteSession(self._writer)
        self._committer = ThreadPoolExecutor(1, thread_name_prefix="sqlite-commit")
        self._queue: deque[asyncio.Future[None]] = deque()
        self._taken = False
        self._holder: asyncio.Task[Any] | None = None
        self._group: _Group | None = None
        self._readers: list[sqlite3.Connection] = []
        self._is_closed = False

    @classmethod
    async def open(cls, path: str, clock: Clock, new_id: Callable[[], UUID]) -> Self:
        """
        Open or create the file at *path*.

        Raises:
            DatabaseUnavailable: it cannot be written, or is no database.
        """
        try:
            # Two that make a new file a WAL file at once do not wait for one another.
            return await _once_free(lambda: cls(path, clock, new_id))
        except sqlite3.Error as error:
            raise DatabaseUnavailable(database=f"sqlite:{path}", reason=str(error)) from error

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[UnitOfWork]:
        await self._take_turn()
        try:
            group = await self._join_group()
            self._writer.execute("SAVEPOINT unit")
            uow = UnitOfWork(self._session, self._clock.now(), self._new_id)
            try:
                yield uow
                await uow.write_outbox()
                self._writer.execute("RELEASE unit")
            except BaseException as error:
                self._undo(group, error)
                raise
            group.members.append(uow)
        finally:
            self._leave()
        await asyncio.shield(group.done)

    def read(self) -> "SqliteLook":
        return SqliteLook(self)

    def take_reader(self) -> sqlite3.Connection:
        """Lend a connection that cannot write."""
        self._check_open()
        return self._readers.pop() if self._readers else _open(self._path, read_only=True)

    def return_reader(self, connection: sqlite3.Connection) -> None:
        """Take a lent connection back."""
        if len(self._readers) < _SPARE_READERS and not self._is_closed:
            self._readers.append(connection)
        else:
            connection.close()

    async def migrate(self, upto: int | None = None) -> list[int]:
        async with self.unit() as uow:
            await uow.run(migrations.CREATE_VERSIONS)
            applied = await migrations.applied_versions(uow)
            return await migrations.apply(uow, self.dialect, applied, upto)

    async def ready(self) -> None:
        async with self.read() as reader:
            found = await reader.value(
                "SELECT count(*) FROM sqlite_master WHERE name = 'schema_versions'"
            )
            applied = await migrations.applied_versions(reader) if found else []
        migrations.check_complete(self.dialect, applied)

    async def close(self) -> None:
        if self._is_closed:
            return
        await self._take_turn()
        self._is_closed = True
        if (group := self._group) is not None:
            commit = self._start_commit(group)
            await asyncio.wait({commit})
            self._announce(group, commit)
        for turn in self._queue:
            if not turn.done():
                turn.set_exception(self._closed())
        self._committer.shutdown()
        self._writer.execute("PRAGMA optimize")
        self._writer.close()
        for reader in self._readers:
            reader.close()

    async def _take_turn(self) -> None:
        """Wait for the writer; first come, first served."""
        self._check_open()
        task = asyncio.current_task()
        if self._taken:
            if self._holder is task:
                msg = "a unit of work cannot open another one"
                raise RuntimeError(msg)
            turn = asyncio.get_running_loop().create_future()
            self._queue.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if not turn.cancelled() and turn.exception() is None:
                    self._leave()
                raise
        self._taken = True
        self._holder = task

    def _check_open(self) -> None:
        if self._is_closed:
            raise self._closed()

    def _closed(self) -> DatabaseUnavailable:
        return DatabaseUnavailable(database=f"sqlite:{self._path}", reason="it was closed")

    async def _join_group(self) -> _Group:
        """Join the open transaction, or begin one."""
        if self._group is None:
            # Meanwhile this process goes on reading.
            await _once_free(lambda: self._writer.execute("BEGIN IMMEDIATE"))
            self._group = _Group(asyncio.get_running_loop().create_future())
        self._group.turns += 1
        return self._group

    def _undo(self, group: _Group, error: BaseException) -> None:
        """Undo one unit, or see that SQLite has undone the whole group (a full disk)."""
        if self._writer.in_transaction:
            self._writer.execute("ROLLBACK TO unit")
            self._writer.execute("RELEASE unit")
            return
        self._group = None
        group.fail(error)

    def _leave(self) -> None:
        """Pass the writer on, or commit the group when it is full or nobody waits."""
        self._holder = None
        group = self._group
        waiting = any(not turn.cancelled() for turn in self._queue)
        if group is None or (waiting and group.turns < _LARGEST_GROUP):
            self._pass_turn()
            return
        commit = self._start_commit(group)
        commit.add_done_callback(lambda _: self._finish(group, commit))

    def _start_commit(self, group: _Group) -> "asyncio.Future[sqlite3.Cursor]":
        self._group = None
        word = "COMMIT" if group.members else "ROLLBACK"
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._committer, self._writer.execute, word)

    def _finish(self, group: _Group, commit: "asyncio.Future[sqlite3.Cursor]") -> None:
        try:
            self._announce(group, commit)
        finally:
            self._pass_turn()

    def _announce(self, group: _Group, commit: "asyncio.Future[sqlite3.Cursor]") -> None:
        """Tell everyone of *group* how the COMMIT went."""
        if (error := commit.exception()) is not None:
            group.fail(error)
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            return
        group.done.set_result(None)
        for uow in group.members:
            for callback in self.committed:
                callback(uow)

    def _pass_turn(self) -> None:
        while self._queue:
            turn = self._queue.popleft()
            if not turn.cancelled():
                turn.set_result(None)
                return
        self._taken = False


class SqliteLook:
    """One transaction that only reads; a plain class, as it stands around every query."""

    __slots__ = ("_connection", "_database")

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._connection: sqlite3.Connection | None = None

    async def __aenter__(self) -> Reader:
        self._connection = connection = self._database.take_reader()
        connection.execute("BEGIN")
        return SqliteSession(connection)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.execute("ROLLBACK")
            self._database.return_reader(connection)


async def _once_free(attempt: Callable[[], T]) -> T:
    """Do *attempt* once no other process holds the file, and return what it returns."""
    pauses = count(1)
    while True:
        try:
            return attempt()
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode & _PRIMARY_CODE == sqlite3.SQLITE_BUSY
            if not is_busy or next(pauses) * _BUSY_PAUSE_S > _BUSY_TIMEOUT_S:
                raise
        await _REAL.sleep(_BUSY_PAUSE_S)


def _open(path: str, *, read_only: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path,
        timeout=_BUSY_TIMEOUT_S if read_only else 0.0,  # The writer waits in `_once_free`.
        isolation_level=None,
        detect_types=sqlite3.PARSE_DECLTYPES | sqlite3.PARSE_COLNAMES,
        check_same_thread=False,
        cached_statements=512,
    )
    try:
        if not read_only:
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-16384")
        if read_only:
            connection.execute("PRAGMA query_only=ON")
        else:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _to_micros(moment: datetime) -> int:
    return (moment - EPOCH) // _MICROSECOND


def _to_moment(raw: bytes) -> datetime:
    return EPOCH + timedelta(microseconds=int(raw))


sqlite3.register_adapter(UUID, lambda value: value.bytes)
sqlite3.register_adapter(datetime, _to_micros)
sqlite3.register_converter("uuid", lambda raw: UUID(bytes=raw))
sqlite3.register_converter("timestamptz", _to_moment)
sqlite3.register_converter("boolean", lambda raw: raw != b"0")
