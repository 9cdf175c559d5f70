"""The one writer of a SQLite file: whose turn it is, and which units share a COMMIT."""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Any, Final
from uuid import UUID

from hirewire.kit.clock import Clock, SystemClock
from hirewire.runtime.db.errors import DatabaseAway, DatabaseUnavailable
from hirewire.runtime.db.outages import Hear, told
from hirewire.runtime.db.sqlite.file import is_busy, once_free, open_file
from hirewire.runtime.db.sqlite.group import Group
from hirewire.runtime.db.sqlite.session import SqliteSession, transaction_over
from hirewire.runtime.db.unit import INSERT_FACT, UnitOfWork

_LARGEST_GROUP: Final = 256
_LONGEST_GATHERING_S: Final = 0.004

# The disk takes real time, whatever time our clock tells.
_real_clock: Final = SystemClock()


class Writer:
    """
    Lends its connection to one unit after the other.

    Each one that a COMMIT made last is told to everyone in *committed*, and *hear* is told
    where the file cannot be had.
    """

    def __init__(
        self,
        path: str,
        clock: Clock,
        new_id: Callable[[], UUID],
        *,
        committed: list[Callable[[UnitOfWork], None]],
        hear: Hear,
    ) -> None:
        self.connection = open_file(path)
        self.is_closed = False
        self._path = path
        self._clock = clock
        self._new_id = new_id
        self._committed = committed
        self._hear = hear
        self._session = SqliteSession(self.connection, hear)
        self._committer = ThreadPoolExecutor(1, thread_name_prefix="sqlite-commit")
        self._queue: deque[asyncio.Future[None]] = deque()
        self._taken = False
        self._holder: asyncio.Task[Any] | None = None
        self._group: Group | None = None
        self._is_crowded = False
        self._gathering_s = 0.0

    async def begin(self) -> tuple[Group, UnitOfWork]:
        """Wait for the writer, and join the group that it writes."""
        await self._take_turn()
        try:
            group = await self._join_group()
        except BaseException:
            self._leave()
            raise
        self._session.is_fresh = True
        return group, UnitOfWork(self._session, self._clock.now(), self._new_id)

    async def end(self, group: Group, uow: UnitOfWork) -> asyncio.Future[None]:
        """Keep what a unit wrote, and pass the writer on."""
        try:
            if uow.tasks:
                await uow.write_tasks()
            facts = uow.fact_rows() if uow.facts else ()  # Here they can still be refused.
            if not self._session.is_fresh:
                self.connection.execute("RELEASE unit")
            return group.join(uow, facts)
        except BaseException as error:
            self._undo(group, error)
            raise
        finally:
            self._leave()

    def fail(self, group: Group, error: BaseException) -> None:
        """Undo what a unit wrote, and pass the writer on."""
        try:
            self._undo(group, error)
        finally:
            self._leave()

    async def close(self) -> None:
        """Commit what is left, and refuse whoever still waits for a turn."""
        await self._take_turn()
        self.is_closed = True
        if (group := self._group) is not None:
            commit = self._start_commit(group)
            await asyncio.wait({commit})
            self._announce(group, commit)
        for turn in self._queue:
            if not turn.done():
                turn.set_exception(self._closed())
        self._committer.shutdown()
        with suppress(sqlite3.OperationalError):  # Whoever holds the file closes it later, too.
            self.connection.execute("PRAGMA optimize")
        self.connection.close()

    def check_open(self) -> None:
        """
        See that the writer can still be waited for.

        Raises:
            DatabaseUnavailable: it was closed.
        """
        if self.is_closed:
            raise self._closed()

    async def _take_turn(self) -> None:
        """Wait for the writer; first come, first served."""
        self.check_open()
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

    def _closed(self) -> DatabaseUnavailable:
        return DatabaseUnavailable(database=f"sqlite:{self._path}", reason="it was closed")

    async def _join_group(self) -> Group:
        """Join the open transaction, or begin one."""
        if self._group is None:
            try:
                # Meanwhile this process goes on reading.
                await once_free(lambda: self.connection.execute("BEGIN IMMEDIATE"))
            except sqlite3.OperationalError as error:
                if is_busy(error):
                    raise told(DatabaseAway(), error, self._hear) from error
                raise
            self._group = Group()
        self._group.turns += 1
        return self._group

    def _undo(self, group: Group, error: BaseException) -> None:
        """Undo one unit, or see that SQLite has undone the whole group (a full disk)."""
        if self.connection.in_transaction:
            if not self._session.is_fresh:
                self.connection.execute("ROLLBACK TO unit")
                self.connection.execute("RELEASE unit")
            return
        self._group = None
        # A refusal or a cancel is the unit's own, and nothing that happened to the others.
        group.fail(error if isinstance(error, sqlite3.Error) else transaction_over())

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

    def _settle_soon(self, group: Group) -> None:
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

    def _settle(self, group: Group, turns: int) -> None:
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

    def _commit_soon(self, group: Group) -> None:
        began_s = _real_clock.monotonic()
        commit = self._start_commit(group)

        def finish(_: object) -> None:
            self._is_crowded = group.turns > 1
            self._gathering_s = min(_real_clock.monotonic() - began_s, _LONGEST_GATHERING_S)
            self._finish(group, commit)

        commit.add_done_callback(finish)

    def _start_commit(self, group: Group) -> asyncio.Future[None]:
        self._group = None
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._committer, self._commit, group)

    def _commit(self, group: Group) -> None:
        """Write what is left to write, and wait for the disk; runs in the helper thread."""
        if group.facts:
            self.connection.executemany(INSERT_FACT, group.facts)
        self.connection.execute("COMMIT" if group.members else "ROLLBACK")

    def _finish(self, group: Group, commit: asyncio.Future[None]) -> None:
        try:
            self._announce(group, commit)
        finally:
            self._pass_turn()

    def _announce(self, group: Group, commit: asyncio.Future[None]) -> None:
        """Tell everyone of *group* how the COMMIT went."""
        if (error := commit.exception()) is not None:
            group.fail(error)
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            return
        group.succeed()
        for uow, _ in group.members:
            for callback in self._committed:
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

    __slots__ = ("_group", "_uow", "_writer")

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._group: Group
        self._uow: UnitOfWork

    async def __aenter__(self) -> UnitOfWork:
        self._group, self._uow = await self._writer.begin()
        return self._uow

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._writer.fail(self._group, error)
            return
        await (await self._writer.end(self._group, self._uow))
