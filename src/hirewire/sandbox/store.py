"""Every table of every slice, for the one thing the sandbox does with them: empty them all."""

from typing import Final

from hirewire.runtime.db import UnitOfWork

_TABLES: Final = {
    "sqlite": """
        SELECT name FROM sqlite_master
        WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'
          AND name <> 'schema_versions'
        ORDER BY name
    """,
    "postgres": """
        SELECT table_name::text FROM information_schema.tables
        WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
          AND table_name <> 'schema_versions'
        ORDER BY table_name
    """,
}


async def tables(uow: UnitOfWork, dialect: str) -> list[str]:
    """List the tables that hold the world: all but the schema's own."""
    return await uow.all(str, _TABLES[dialect])


async def empty_all(uow: UnitOfWork, dialect: str) -> None:
    """
    Delete every row there is; positions in the log go on from where they were.

    Rows of one table refer to those of another. SQLite checks that at the commit if asked to;
    PostgreSQL truncates all the tables at once.
    """
    names = await tables(uow, dialect)
    if dialect == "postgres":
        await uow.run(f"TRUNCATE {', '.join(names)}")
        return
    await uow.run("PRAGMA defer_foreign_keys = ON")
    for name in names:
        await uow.run(f"DELETE FROM {name}")
