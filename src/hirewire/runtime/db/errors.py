"""Why a database cannot be used."""

import sqlite3
from dataclasses import dataclass
from typing import ClassVar, Final

import asyncpg

from hirewire.kit.refusals import HirewireError, Kind


@dataclass(eq=False)
class DatabaseTooNew(HirewireError):
    """The database was migrated by a newer version of the program."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code: ClassVar[str] = "database.too_new"

    found: int
    known: int

    def __str__(self) -> str:
        return (
            f"The database is at schema version {self.found}, newer than this program's "
            f"{self.known}: run the version of hirewire that wrote it, or a newer one."
        )


@dataclass(eq=False)
class MigrationChanged(HirewireError):
    """A migration that was applied is not the one that this program carries."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code: ClassVar[str] = "database.migration_changed"

    number: int

    def __str__(self) -> str:
        return f"Migration {self.number:04} was applied in another wording than this program's."


@dataclass(eq=False)
class DatabaseBehind(HirewireError):
    """The database lacks migrations that this program needs."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code: ClassVar[str] = "database.behind"

    found: int
    known: int

    def __str__(self) -> str:
        return (
            f"The database is at schema version {self.found} and this program needs "
            f"{self.known}: run `hirewire migrate`."
        )


@dataclass(eq=False)
class DatabaseUnavailable(HirewireError):
    """The database cannot be opened."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code: ClassVar[str] = "database.unavailable"

    database: str
    reason: str

    def __str__(self) -> str:
        return f"The database {self.database} cannot be opened: {self.reason}"


@dataclass(eq=False)
class BadDatabaseUrl(HirewireError):
    """A setting names no database that we speak."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "database.bad_url"

    url: str

    def __str__(self) -> str:
        return f"'{self.url}' names no database: use sqlite:PATH or postgresql://…"


@dataclass(eq=False)
class DatabaseAway(HirewireError):
    """The database does not answer, or refuses us; what was asked of it was not done."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code: ClassVar[str] = "database.away"

    retry_after_s: int = 2

    def __str__(self) -> str:
        return f"The database does not answer: try again in {self.retry_after_s} s."


@dataclass(eq=False)
class CommitUnheard(HirewireError):
    """The database was asked to commit, and was lost before it said whether it did."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code: ClassVar[str] = "database.commit_unheard"

    retry_after_s: int = 2

    def __str__(self) -> str:
        return (
            "The database was lost while it stored this. It may have been done: look before "
            "you repeat it."
        )


# The database is out of reach for a while, and nobody who asks it can help it.
OUTAGES: Final[tuple[type[HirewireError], ...]] = (DatabaseAway, CommitUnheard)
# What a statement or a commit can fail with when the fault is not the caller's: for those
# who run in the background and try again.
DRIVER_ERRORS: Final[tuple[type[Exception], ...]] = (
    *OUTAGES,
    sqlite3.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
)
# Those of them that are about the values at hand, whoever tries again.
VALUE_ERRORS: Final[tuple[type[Exception], ...]] = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
)
