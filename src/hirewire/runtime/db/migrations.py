"""
Migrations: the numbered SQL files of `versions/`, with checksums, for both databases.

A file is `NNNN_name.sql`, or a pair `NNNN_name.sqlite.sql` and `NNNN_name.postgres.sql` where
the dialects part. Its first line says whether it is safe before or after the deploy.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from hirewire.runtime.db.database import Reader, Session
from hirewire.runtime.db.errors import DatabaseBehind, DatabaseTooNew, MigrationChanged
from hirewire.runtime.db.sql import POSTGRES_WORDS, SQLITE_WORDS, spell, statements

CREATE_VERSIONS: Final = """
    CREATE TABLE IF NOT EXISTS schema_versions (
      number integer NOT NULL PRIMARY KEY,
      name text NOT NULL,
      checksum text NOT NULL
    )
"""
_ADD_VERSION: Final = """
    INSERT INTO schema_versions (number, name, checksum) VALUES (:number, :name, :checksum)
"""
_VERSIONS: Final = "SELECT number, checksum FROM schema_versions ORDER BY number"


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema, in one dialect."""

    number: int
    name: str
    script: str

    @property
    def checksum(self) -> str:
        """What the database remembers of the wording."""
        return hashlib.sha256(self.script.encode()).hexdigest()


@cache
def migrations(dialect: str) -> tuple[Migration, ...]:
    """Every migration that this program carries for *dialect*, in order."""
    return tuple(sorted(_load(dialect), key=lambda migration: migration.number))


async def apply(
    session: Session, dialect: str, applied: Sequence[tuple[int, str]], upto: int | None
) -> list[int]:
    """Run what *applied* lacks, up to and with number *upto*; return the numbers run."""
    check_wording(dialect, applied)
    done = {number for number, _ in applied}
    words = SQLITE_WORDS if dialect == "sqlite" else POSTGRES_WORDS
    missing = [
        migration
        for migration in migrations(dialect)
        if migration.number not in done and (upto is None or migration.number <= upto)
    ]
    for migration in missing:
        for statement in statements(migration.script):
            await session.run(spell(statement, words))
        await session.run(
            _ADD_VERSION,
            number=migration.number,
            name=migration.name,
            checksum=migration.checksum,
        )
    return [migration.number for migration in missing]


async def applied_versions(session: Reader) -> list[tuple[int, str]]:
    """Return number and checksum of what was applied."""
    return await session.all(lambda number, checksum: (number, checksum), _VERSIONS)


def check_wording(dialect: str, applied: Sequence[tuple[int, str]]) -> None:
    """
    Check that what was applied is what this program carries.

    Raises:
        DatabaseTooNew: there is a number that we do not know.
        MigrationChanged: a checksum differs.
    """
    known = {migration.number: migration for migration in migrations(dialect)}
    for number, checksum in applied:
        if number not in known:
            raise DatabaseTooNew(found=number, known=max(known))
        if known[number].checksum != checksum:
            raise MigrationChanged(number=number)


def check_complete(dialect: str, applied: Sequence[tuple[int, str]]) -> None:
    """
    Check that nothing is missing.

    Raises:
        DatabaseTooNew, MigrationChanged: see `check_wording`.
        DatabaseBehind: a migration was not applied yet.
    """
    check_wording(dialect, applied)
    known = [migration.number for migration in migrations(dialect)]
    if len(applied) < len(known):
        found = max((number for number, _ in applied), default=0)
        raise DatabaseBehind(found=found, known=known[-1])


def _load(dialect: str) -> Iterator[Migration]:
    other = {"sqlite": "postgres", "postgres": "sqlite"}[dialect]
    for file in files("hirewire.runtime.db").joinpath("versions").iterdir():
        stem, _, ending = file.name.partition(".")
        if not file.name.endswith(".sql") or ending == f"{other}.sql":
            continue
        number, _, name = stem.partition("_")
        yield Migration(int(number), name, file.read_text(encoding="utf-8"))
