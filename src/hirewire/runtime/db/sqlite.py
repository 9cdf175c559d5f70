"""
SQLite behind the database seam: one writer with group commit, and readers beside it.

Statements run in the event loop's thread: one costs less than handing it to another thread.
Units of work queue for the writer, each under a savepoint of its own, and share a COMMIT,
which waits for the disk in a helper thread while the next group gathers (decision 0001).
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from uuid import UUID, SafeUUID

from hirewire.kit.clock import EPOCH, Clock, SystemClock
from hirewire.runtime.db import migrations
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.errors import DatabaseUnavailable
from hirewire.runtime.db.sql import for_sqlite, spread
from hirewire.runtime.db.unit import INSERT_FACT, UnitOfWork

T = TypeVar("T")

_LARGEST_GROUP: Final = 256
_LONGEST_GATHERING_S: Final = 0.004
_BUSY_TIMEOUT_S: Final = 10.0
_BUSY_PAUSE_S: Final = 0.002
_PRIMARY_CODE: Final = 0xFF  # The rest of an error code says why: recovery, a snapshot.
_SPARE_READERS: Final = 8
_MICROSECOND: Final = timedelta(microseconds=1)

_bare: Final = object.__new__
_put: Final = object.__setattr__

# Another process holds its lock in real time, whatever time our clock tells.
_real_clock: Final = SystemClock()


class SqliteSession:
    """
    Rows of one connection. The methods are coroutines, and never wait.

    While *is_fresh* it has run no statement. What stands before the first one, the savepoint
    of a unit or the beginning of a look, waits for it: many units only tell facts, and many
    looks find in memory what they are after.
    """

    __slots__ = ("_connection", "_is_look", "is_fresh")

    def __init__(self, connection: sqlite3.Connection, *, is_look: bool = False) -> None:
        self._connection = connection
        self._is_look = is_look
        self.is_fresh = is_look

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
        if self.is_fresh:
            self._begin()
        self._check_transaction()
        self._connection.executemany(for_sqlite(sql).text, rows)

    def _execute(self, sql: str, params: Mapping[str, object]) -> sqlite3.Cursor:
        if self.is_fresh:
            self._begin()
        self._check_transaction()
        prepared = for_sqlite(sql)
        if prepared.lists:
            return self._connection.execute(*spread(prepared, params))
        return self._connection.execute(prepared.text, params)

    def _begin(self) -> None:
        self.is_fresh = False
        if self._is_look:
            self._connection.execute("BEGIN")
            return
        self._check_transaction()  # Outside of one, a savepoint would begin its own.
        self._connection.execute("SAVEPOINT unit")

    def _check_transaction(self) -> None:
        """Refuse to go on once SQLite gave up: it would commit what follows by itself."""
        if not self._connection.in_transaction:
            msg = "the transaction is over"
            raise sqlite3.OperationalError(msg)


@dataclass(slots=True)
class _Group:
    """
    Units that share one COMMIT, and how many had their turn in it, failed ones too.

    Their *facts* are written together, right before the COMMIT.
    """

    members: list[tuple[UnitOfWork, asyncio.Future[None]]] = field(default_factory=list)
    facts: list[dict[str, object]] = field(default_factory=list)
    turns: int = 0
    is_settling: bool = False

    def join(self, uow: UnitOfWork) -> asyncio.Future[None]:
        """Add a unit that has done its work; the future tells how the COMMIT went."""
        done = asyncio.get_running_loop().create_future()
        self.members.append((uow, done))
        if uow.facts:
            self.facts += uow.fact_rows()
        return done

    def succeed(self) -> None:
        """Tell the members that what they wrote will stay."""
        for _, done in self.members:
            if not done.done():
                done.set_result(None)

    def fail(self, error: BaseException) -> None:
        """Tell the members that nothing of theirs is left."""
        for _, done in self.members:
            if not done.done():
                done.set_exception(error)


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
        self._is_crowded = False
        self._gathering_s = 0.0
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

    def unit(self) -> "SqliteUnit":
        return SqliteUnit(self)

    async def begin_unit(self) -> tuple[_Group, UnitOfWork]:
        """Wait for the writer, and join the group that it writes."""
        await self._take_turn()
        try:
            group = await self._join_group()
        except BaseException:
            self._leave()
            raise
        self._session.is_fresh = True
        return group, UnitOfWork(self._session, self._clock.now(), self._new_id)

    async def end_unit(self, group: _Group, uow: UnitOfWork) -> asyncio.Future[None]:
        """Keep what a unit wrote, and pass the writer on."""
        try:
            if uow.tasks:
                await uow.write_tasks()
            if not self._session.is_fresh:
                self._writer.execute("RELEASE unit")
            return group.join(uow)
        except BaseException as error:
            self._undo(group, error)
            raise
        finally:
            self._leave()

    def fail_unit(self, group: _Group, error: BaseException) -> None:
        """Undo what a unit wrote, and pass the writer on."""
        try:
            self._undo(group, error)
        finally:
            self._leave()

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
            self._group = _Group()
        self._group.turns += 1
        return self._group

    def _undo(self, group: _Group, error: BaseException) -> None:
        """Undo one unit, or see that SQLite has undone the whole group (a full disk)."""
        if self._writer.in_transaction:
            if not self._session.is_fresh:
                self._writer.execute("ROLLBACK TO unit")
                self._writer.execute("RELEASE unit")
            return
        self._group = None
        group.fail(error)

    def _leave(self) -> None:
        """Pass the writer on; the group is committed when it is full or stops growing."""
        self._holder = None
        group = self._group
        if group is not None and group.turns >= _LARGEST_GROUP:
            self._commit_soon(group)
            return
        self._pass_turn()
        if group is not None and not self._taken and not group.is_settling:
            group.is_settling = True
            self._settle_soon(group)

    def _settle_soon(self, group: _Group) -> None:
        """
        Give others the time to join *group*.

        A wait for the disk costs as much work as ten units or more, so the fewer the better.
        Where the group before was one unit, nobody is to be expected, and a turn of the event
        loop is enough; where it was several, they have as long as the disk took then.
        """
        if self._is_crowded:
            _real_clock.call_later(self._gathering_s, lambda: self._settle(group, group.turns))
        else:
            turns = group.turns
            asyncio.get_running_loop().call_soon(lambda: self._settle(group, turns))

    def _settle(self, group: _Group, turns: int) -> None:
        """Commit *group*, if it has not grown beyond *turns*."""
        if group is not self._group:
            return
        if self._taken:
            group.is_settling = False  # Who has the writer leaves it, and comes by here again.
        elif group.turns == turns:
            self._taken = True
            self._commit_soon(group)
        else:
            self._settle_soon(group)

    def _commit_soon(self, group: _Group) -> None:
        began_s = _real_clock.monotonic()
        commit = self._start_commit(group)

        def finish(_: object) -> None:
            self._is_crowded = group.turns > 1
            self._gathering_s = min(_real_clock.monotonic() - began_s, _LONGEST_GATHERING_S)
            self._finish(group, commit)

        commit.add_done_callback(finish)

    def _start_commit(self, group: _Group) -> asyncio.Future[None]:
        self._group = None
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._committer, self._commit, group)

    def _commit(self, group: _Group) -> None:
        """Write what is left to write, and wait for the disk; runs in the helper thread."""
        if group.facts:
            self._writer.executemany(INSERT_FACT, group.facts)
        self._writer.execute("COMMIT" if group.members else "ROLLBACK")

    def _finish(self, group: _Group, commit: asyncio.Future[None]) -> None:
        try:
            self._announce(group, commit)
        finally:
            self._pass_turn()

    def _announce(self, group: _Group, commit: asyncio.Future[None]) -> None:
        """Tell everyone of *group* how the COMMIT went."""
        if (error := commit.exception()) is not None:
            group.fail(error)
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            return
        group.succeed()
        for uow, _ in group.members:
            for callback in self.committed:
                callback(uow)

    def _pass_turn(self) -> None:
        while self._queue:
            turn = self._queue.popleft()
            if not turn.cancelled():
                turn.set_result(None)
                return
        self._taken = False


class SqliteUnit:
    """One unit of work; a plain class, as it stands around every change."""

    __slots__ = ("_database", "_group", "_uow")

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._group: _Group
        self._uow: UnitOfWork

    async def __aenter__(self) -> UnitOfWork:
        self._group, self._uow = await self._database.begin_unit()
        return self._uow

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._database.fail_unit(self._group, error)
            return
        await (await self._database.end_unit(self._group, self._uow))


class SqliteLook:
    """One transaction that only reads; a plain class, as it stands around every query."""

    __slots__ = ("_connection", "_database")

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._connection: sqlite3.Connection | None = None

    async def __aenter__(self) -> Reader:
        self._connection = self._database.take_reader()
        return SqliteSession(self._connection, is_look=True)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if connection.in_transaction:
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
        await _real_clock.sleep(_BUSY_PAUSE_S)


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


def _to_uuid(raw: bytes) -> UUID:
    """Make the UUID of 16 bytes that once were one: what `UUID()` checks was checked then."""
    made = _bare(UUID)
    _put(made, "int", int.from_bytes(raw, "big"))
    _put(made, "is_safe", SafeUUID.unknown)
    return made


def _to_moment(raw: bytes) -> datetime:
    return EPOCH + timedelta(microseconds=int(raw))


sqlite3.register_adapter(UUID, lambda value: value.bytes)
sqlite3.register_adapter(datetime, _to_micros)
sqlite3.register_converter("uuid", _to_uuid)
sqlite3.register_converter("timestamptz", _to_moment)
sqlite3.register_converter("boolean", lambda raw: raw != b"0")
