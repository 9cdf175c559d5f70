"""The database seam: what `sqlite` and `postgres` both offer."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

from hirewire.runtime.db.outages import Hear
from hirewire.runtime.db.unit import UnitOfWork

T = TypeVar("T")


class Reader(Protocol):
    """
    Reads rows.

    Times come back as aware UTC `datetime`, ids as `UUID`, booleans as `bool`, where the
    column is a plain one. For an expression, name the type: `max(at) AS "at [timestamptz]"`.
    """

    async def all(self, make: Callable[..., T], sql: str, /, **params: object) -> list[T]:
        """Build one *make* from the columns of each row, in their order."""

    async def one(self, make: Callable[..., T], sql: str, /, **params: object) -> T | None:
        """Build one *make* from the first row, or return None where there is none."""

    async def value(self, sql: str, /, **params: object) -> Any:
        """Return the first column of the first row, or None where there is none."""


class Session(Reader, Protocol):
    """Reads and writes rows inside one transaction."""

    async def run(self, sql: str, /, **params: object) -> int:
        """Run one statement and return how many rows it changed."""

    async def run_many(self, sql: str, rows: Iterable[Mapping[str, object]], /) -> None:
        """Run one statement for each of *rows*."""


class Database(Protocol):
    """
    Where rows live.

    `committed` callbacks are called, after a unit has committed and before its caller goes
    on, with that unit; they must be quick and never raise. So must those in `outages`, which
    are called with each `DatabaseAway` and `CommitUnheard` before it is raised, in the context
    of who meets it, and with what the driver said as its cause.
    """

    dialect: str
    committed: list[Callable[[UnitOfWork], None]]
    outages: list[Hear]

    def unit(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """
        Open one unit of work: a transaction that commits at the end, or leaves no trace.

        Nothing inside may wait for the network: on SQLite everyone shares one writer. Who is
        cancelled while the commit is under way cannot know how it went; everyone else can.

        Raises:
            DatabaseAway: the database is out of reach, or became so: nothing was committed.
            CommitUnheard: nobody knows whether it was.
            RuntimeError: a task opens a unit inside its unit.
        """

    def read(self) -> AbstractAsyncContextManager[Reader]:
        """
        Open a look at the database that changes nothing.

        All that is read inside is of one moment, that of the first statement.

        Raises:
            DatabaseAway: the database is out of reach, or became so.
        """

    async def migrate(self, upto: int | None = None) -> list[int]:
        """
        Apply the migrations that are missing, and return their numbers.

        Raises:
            DatabaseTooNew: a newer program migrated it.
            MigrationChanged: an applied migration was edited since.
        """

    async def ready(self) -> None:
        """
        Check that the schema is this program's, and that new facts sort after stored ones.

        Raises:
            DatabaseTooNew, DatabaseBehind, MigrationChanged: it is not.
            DatabaseAway: it is out of reach, or no connection is free for a few seconds.
        """

    async def close(self) -> None:
        """Let go of every connection."""
