"""
Rows: one small seam over SQLite and PostgreSQL (decision 0001).

`connect` opens a `Database`; `Database.unit` is one transaction for one request or task, and
`Database.read` a consistent look without changing anything. SQL has one text for both, with
`:named` parameters; see `sql` for the few words where the dialects part.
"""

from hirewire.runtime.db.connect import connect
from hirewire.runtime.db.database import Database, Reader, Session
from hirewire.runtime.db.errors import (
    DRIVER_ERRORS,
    OUTAGES,
    VALUE_ERRORS,
    BadDatabaseUrl,
    CommitUnheard,
    DatabaseAway,
    DatabaseBehind,
    DatabaseTooNew,
    DatabaseUnavailable,
    MigrationChanged,
)
from hirewire.runtime.db.unit import TaskCall, UnitOfWork

__all__ = [
    "DRIVER_ERRORS",
    "OUTAGES",
    "VALUE_ERRORS",
    "BadDatabaseUrl",
    "CommitUnheard",
    "Database",
    "DatabaseAway",
    "DatabaseBehind",
    "DatabaseTooNew",
    "DatabaseUnavailable",
    "MigrationChanged",
    "Reader",
    "Session",
    "TaskCall",
    "UnitOfWork",
    "connect",
]
