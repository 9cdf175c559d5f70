"""Statements of one SQLite connection: the rows that they find, and those that they change."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from hirewire.runtime.db.errors import DatabaseAway
from hirewire.runtime.db.outages import Hear, told
from hirewire.runtime.db.sql import for_sqlite, spread
from hirewire.runtime.db.sqlite.file import is_busy

T = TypeVar("T")


class SqliteSession:
    """
    Rows of one connection. The methods are coroutines, and never wait.

    While *is_fresh* it has run no statement. What stands before the first one, the savepoint
    of a unit or the beginning of a look, waits for it: many units only tell facts, and many
    looks find in memory what they are after.
    """

    __slots__ = ("_connection", "_hear", "_is_look", "is_fresh")

    def __init__(
        self, connection: sqlite3.Connection, hear: Hear, *, is_look: bool = False
    ) -> None:
        self._connection = connection
        self._hear = hear
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
        try:
            if prepared.lists:
                return self._connection.execute(*spread(prepared, params))
            return self._connection.execute(prepared.text, params)
        except sqlite3.OperationalError as error:
            if is_busy(error):
                raise told(DatabaseAway(), error, self._hear) from error
            raise

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
            raise transaction_over()


def transaction_over() -> sqlite3.OperationalError:
    """Make the error of whoever is in a transaction that SQLite gave up."""
    return sqlite3.OperationalError("the transaction is over")
