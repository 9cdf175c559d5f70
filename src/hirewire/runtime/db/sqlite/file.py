"""The file of a SQLite database: how it is opened, waited for, and what its columns hold."""

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Final, TypeVar
from uuid import UUID

from msgspec import convert

from hirewire.kit.clock import EPOCH, SystemClock

T = TypeVar("T")

_BUSY_TIMEOUT_S: Final = 10.0
_BUSY_PAUSE_S: Final = 0.002
_PRIMARY_CODE: Final = 0xFF  # The rest of an error code says why: recovery, a snapshot.
_MICROSECOND: Final = timedelta(microseconds=1)

# Another process holds its lock in real time, whatever time our clock tells.
_real_clock: Final = SystemClock()


def is_busy(error: sqlite3.OperationalError) -> bool:
    """Tell whether another process holds the file, and nothing else is wrong."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & _PRIMARY_CODE == sqlite3.SQLITE_BUSY


async def once_free(attempt: Callable[[], T]) -> T:
    """Do *attempt* once no other process holds the file, and return what it returns."""
    pauses = count(1)
    while True:
        try:
            return attempt()
        except sqlite3.OperationalError as error:
            if not is_busy(error) or next(pauses) * _BUSY_PAUSE_S > _BUSY_TIMEOUT_S:
                raise
        await _real_clock.sleep(_BUSY_PAUSE_S)


def open_file(path: str, *, read_only: bool = False) -> sqlite3.Connection:
    """
    Open the file at *path*, and make it where it is not there and may be written.

    Raises:
        sqlite3.Error: it cannot be written, is no database, or another process holds it.
    """
    connection = sqlite3.connect(
        path,
        timeout=_BUSY_TIMEOUT_S if read_only else 0.0,  # The writer waits in `once_free`.
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
    return convert(raw, UUID)  # In C; the class itself checks much.


def _to_moment(raw: bytes) -> datetime:
    return EPOCH + _MICROSECOND * int(raw)


sqlite3.register_adapter(UUID, lambda value: value.bytes)
sqlite3.register_adapter(datetime, _to_micros)
sqlite3.register_converter("uuid", _to_uuid)
sqlite3.register_converter("timestamptz", _to_moment)
sqlite3.register_converter("boolean", lambda raw: raw != b"0")
