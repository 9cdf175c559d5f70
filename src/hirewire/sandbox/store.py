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
# A lock that cannot be had in time is given back with all the others, long before PostgreSQL
# looks for a deadlock (`deadlock_timeout`, 1 s) and ends it at the cost of either.
_PATIENCE: Final = """
    SELECT set_config('lock_timeout', '100ms', true),
           set_config('statement_timeout', '20s', true)
"""
# What was waited for in vain is locked first from then on: this is how the order is learned in
# which the others lock.
_LOCK_ALL: Final = """
    DO $$
    DECLARE
      every text[] := '{{{names}}}';
      each text;
    BEGIN
      LOOP
        BEGIN
          FOREACH each IN ARRAY every LOOP
            EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', each);
          END LOOP;
          RETURN;
        EXCEPTION WHEN lock_not_available THEN
          every := each || array_remove(every, each);
        END;
      END LOOP;
    END $$
"""


async def tables(uow: UnitOfWork, dialect: str) -> list[str]:
    """List the tables that hold the world: all but the schema's own."""
    return await uow.all(str, _TABLES[dialect])


async def empty_all(uow: UnitOfWork, dialect: str) -> None:
    """
    Delete every row there is; positions in the log go on from where they were.

    Rows of one table refer to those of another. SQLite checks that at the commit if asked to;
    PostgreSQL truncates all the tables at once. Units that write meanwhile lock the tables in
    orders of their own: where one of them and we wait for each other, we let it go first.
    """
    names = await tables(uow, dialect)
    if dialect == "postgres":
        await uow.run(_PATIENCE)
        await uow.run(_LOCK_ALL.format(names=",".join(names)))
        await uow.run(f"TRUNCATE {', '.join(names)}")
        return
    await uow.run("PRAGMA defer_foreign_keys = ON")
    for name in names:
        await uow.run(f"DELETE FROM {name}")
