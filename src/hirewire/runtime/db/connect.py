"""Opening the database that a setting names."""

from collections.abc import Callable
from uuid import UUID

from hirewire.kit.clock import Clock
from hirewire.runtime.db.database import Database
from hirewire.runtime.db.errors import BadDatabaseUrl
from hirewire.runtime.db.postgres import PostgresDatabase
from hirewire.runtime.db.sqlite.database import SqliteDatabase


async def connect(url: str, *, clock: Clock, new_id: Callable[[], UUID]) -> Database:
    """
    Open `sqlite:PATH` or `postgresql://…`; the schema is not touched.

    Raises:
        BadDatabaseUrl: *url* names neither.
        DatabaseUnavailable: it cannot be opened or reached.
    """
    if url.startswith("sqlite:") and len(url) > len("sqlite:"):
        return await SqliteDatabase.open(url.removeprefix("sqlite:"), clock, new_id)
    if url.startswith(("postgresql://", "postgres://")):
        return await PostgresDatabase.open(url, clock, new_id)
    scheme, authority, _ = url.partition("://")
    shown = f"{scheme}://…" if authority else scheme  # What follows may hold a password.
    raise BadDatabaseUrl(url=shown)
