"""
One connection to PostgreSQL: its transaction, and what is known of it when the line breaks.

A driver tells of an outage in many ways: refused, reset, timed out, closed before or after the
question. For a caller there are two, and they differ: what was asked was not done, or nobody
knows, because the answer to a COMMIT is missing.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, TypeAlias, TypeVar

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from asyncpg.transaction import Transaction

from hirewire.runtime.db.errors import CommitUnheard, DatabaseAway
from hirewire.runtime.db.outages import Hear, told

T = TypeVar("T")
Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
)
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

UNDONE_WITHIN_S: Final = 1.0

# All that asyncpg raises, in what it is asked at the edge of a transaction.
_DRIVER: Final[tuple[type[Exception], ...]] = (
    OSError,  # And with it TimeoutError.
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
# What is about the connection, also where that is still open.
_AWAY: Final[tuple[type[Exception], ...]] = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
)
_LAST_WORDS: Final = frozenset({"FATAL", "PANIC"})


@asynccontextmanager
async def lent(pool: Pool, timeout_s: float | None, hear: Hear) -> AsyncIterator["Line"]:
    """
    Borrow a connection; *hear* is told of an outage that is met.

    Raises:
        DatabaseAway: none can be had within *timeout_s*, whatever the server says to that.
    """
    try:
        connection = await pool.acquire(timeout=timeout_s)
    except _DRIVER as error:
        raise told(DatabaseAway(), error, hear) from error
    try:
        yield Line(connection, hear)
    finally:
        # One that does not come back well is replaced; what was done with it stands.
        with suppress(*_DRIVER):
            await pool.release(connection)


class Line:
    """A connection for one transaction; once it was lost, every question is refused alike."""

    __slots__ = ("_connection", "_failed", "_hear", "_lost")

    def __init__(self, connection: Connection, hear: Hear) -> None:
        self._connection = connection
        self._hear = hear
        self._lost: DatabaseAway | None = None
        self._failed: asyncpg.PostgresError | None = None

    @property
    def connection(self) -> Connection:
        """Whose methods may be asked."""
        return self._connection

    async def ask(self, method: Callable[..., Awaitable[T]], *given: Any, **more: Any) -> T:
        """
        Return what *method* of the connection answers.

        Raises:
            DatabaseAway: it cannot be asked, or did not answer.
        """
        if self._lost is not None:
            raise self._lost
        try:
            return await method(*given, **more)
        except _DRIVER as error:
            if not self._is_about_us(error):
                if isinstance(error, asyncpg.PostgresError):
                    self._failed = error
                raise
            self._hang_up()
            self._lost = told(DatabaseAway(), error, self._hear)
            raise self._lost from error

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """
        Open a transaction that commits at the end, unless a statement failed in it.

        Raises:
            DatabaseAway: nothing was committed.
            CommitUnheard: it is not known whether it was.
        """
        transaction = await self.ask(self._begin)
        try:
            yield
            await self.ask(self._check)
        except BaseException as error:
            await self._undo(transaction, error)
            raise
        await self._commit(transaction)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """Open a transaction that sees one moment; what was read is read, however it ends."""
        transaction = await self.ask(self._begin, isolation="repeatable_read", readonly=True)
        try:
            yield
        except BaseException as error:
            await self._undo(transaction, error)
            raise
        await self._undo(transaction, None)

    async def _begin(self, **how: Any) -> Transaction:
        transaction = self._connection.transaction(**how)
        try:
            await transaction.__aenter__()
        except asyncio.CancelledError:
            self._hang_up()
            raise
        return transaction

    async def _commit(self, transaction: Transaction) -> None:
        try:
            await transaction.__aexit__(None, None, None)
        except _DRIVER as error:
            if not self._is_about_us(error):
                raise
            self._hang_up()
            raise told(CommitUnheard(), error, self._hear) from error

    async def _undo(self, transaction: Transaction, error: BaseException | None) -> None:
        """
        End what is not to be kept; a server that lost the connection does it by itself.

        A question that was given up is called back first, which a server that hangs, or that
        no network leads to, never confirms: it is not waited for long.
        """
        try:
            async with asyncio.timeout(None if error is None else UNDONE_WITHIN_S):
                await transaction.__aexit__(type(error) if error else None, error, None)
        except _DRIVER:
            self._hang_up()
        except asyncio.CancelledError:  # In a task that is cancelled also the end of that time.
            self._hang_up()
            raise

    def _hang_up(self) -> None:
        """Close the connection without a word, which would have to wait for an answer."""
        with suppress(asyncpg.InterfaceError):  # The pool has it back already.
            self._connection.terminate()

    async def _check(self) -> None:
        """
        See that a COMMIT can be sent, and will be one.

        Where it cannot be sent, it is known that nothing was done. After a statement that
        failed PostgreSQL takes it for a ROLLBACK, and says nothing of it.
        """
        if self._failed is not None:
            raise self._failed
        if self._is_closed():
            msg = "connection is closed"
            raise asyncpg.InterfaceError(msg)

    def _is_closed(self) -> bool:
        try:
            return self._connection.is_closed()
        except asyncpg.InterfaceError:
            return True  # The pool took it back, as it was lost.

    def _is_about_us(self, error: Exception) -> bool:
        """Tell whether the connection is to blame, and neither the statement nor its values."""
        return (
            isinstance(error, _AWAY)
            or self._is_closed()
            or getattr(error, "severity_en", None) in _LAST_WORDS
        )
