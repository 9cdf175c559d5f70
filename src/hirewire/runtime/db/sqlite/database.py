"""A SQLite file as the database seam: units through its one writer, looks beside it."""

import sqlite3
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self
from uuid import UUID

from hirewire.kit.clock import Clock
from hirewire.kit.refusals import HirewireError
from hirewire.runtime.db import migrations
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.errors import DatabaseAway, DatabaseUnavailable
from hirewire.runtime.db.outages import Hear, told
from hirewire.runtime.db.sqlite.file import is_busy, once_free, open_file
from hirewire.runtime.db.sqlite.session import SqliteSession
from hirewire.runtime.db.sqlite.writer import SqliteUnit, Writer
from hirewire.runtime.db.unit import UnitOfWork

_SPARE_READERS: Final = 8


class SqliteDatabase:
    """One file in WAL mode, synchronous=FULL: what was answered survives a power cut."""

    dialect = "sqlite"

    def __init__(self, path: str, clock: Clock, new_id: Callable[[], UUID]) -> None:
        self._path = path
        self.committed: list[Callable[[UnitOfWork], None]] = []
        self.outages: list[Hear] = []
        self._writer = Writer(path, clock, new_id, committed=self.committed, hear=self.hear)
        self._readers: list[sqlite3.Connection] = []

    @classmethod
    async def open(cls, path: str, clock: Clock, new_id: Callable[[], UUID]) -> Self:
        """
        Open or create the file at *path*.

        Raises:
            DatabaseUnavailable: it cannot be written, or is no database.
        """
        try:
            # Two that make a new file a WAL file at once do not wait for one another.
            return await once_free(lambda: cls(path, clock, new_id))
        except sqlite3.Error as error:
            raise DatabaseUnavailable(database=f"sqlite:{path}", reason=str(error)) from error

    def unit(self) -> SqliteUnit:
        return SqliteUnit(self._writer)

    def read(self) -> "SqliteLook":
        return SqliteLook(self)

    def take_reader(self) -> sqlite3.Connection:
        """
        Lend a connection that cannot write.

        Raises:
            DatabaseAway: another process holds the file, and does not let go of it.
        """
        self._writer.check_open()
        if self._readers:
            return self._readers.pop()
        try:
            return open_file(self._path, read_only=True)
        except sqlite3.OperationalError as error:
            if is_busy(error):
                raise told(DatabaseAway(), error, self.hear) from error
            raise

    def return_reader(self, connection: sqlite3.Connection) -> None:
        """Take a lent connection back."""
        if len(self._readers) < _SPARE_READERS and not self._writer.is_closed:
            self._readers.append(connection)
        else:
            connection.close()

    def hear(self, refusal: HirewireError) -> None:
        """Tell whoever wants to know that the file could not be had."""
        for callback in self.outages:
            callback(refusal)

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
        if self._writer.is_closed:
            return
        await self._writer.close()
        for reader in self._readers:
            reader.close()


class SqliteLook:
    """One transaction that only reads; a plain class, as it stands around every query."""

    __slots__ = ("_connection", "_database")

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._connection: sqlite3.Connection | None = None

    async def __aenter__(self) -> Reader:
        self._connection = self._database.take_reader()
        return SqliteSession(self._connection, self._database.hear, is_look=True)

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
