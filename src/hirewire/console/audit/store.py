"""The table `audit_entries`."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from hirewire.console.audit.model import Entry
from hirewire.runtime.db import Reader, UnitOfWork

_COLUMNS: Final = "id, kind, at, person_id, employer_id, app_id, by_id, details"
_ADD: Final = f"""
    INSERT INTO audit_entries ({_COLUMNS})
    VALUES (:id, :kind, :at, :person_id, :employer_id, :app_id, :by_id, :details)
    ON CONFLICT (id) DO NOTHING
"""
# Each half reads its own index backwards and stops early, however long the table is.
_CONCERNING: Final = f"""
    SELECT {_COLUMNS} FROM (
      SELECT * FROM (
        SELECT {_COLUMNS} FROM audit_entries
        WHERE person_id = :person_id AND kind IN :kinds AND (at, id) < (:before_at, :before)
        ORDER BY at DESC, id DESC LIMIT :limit
      ) AS own
      UNION
      SELECT * FROM (
        SELECT {_COLUMNS} FROM audit_entries
        WHERE employer_id IN :employers AND kind IN :kinds
          AND (at, id) < (:before_at, :before)
        ORDER BY at DESC, id DESC LIMIT :limit
      ) AS administered
    ) AS both_lists
    ORDER BY at DESC, id DESC LIMIT :limit
"""
_PRUNE: Final = """
    DELETE FROM audit_entries WHERE id IN (
      SELECT id FROM audit_entries WHERE at < :before ORDER BY at LIMIT :limit
    )
"""


async def add(uow: UnitOfWork, entry: Entry) -> None:
    """Add *entry*, unless it is there."""
    await uow.run(
        _ADD,
        id=entry.id,
        kind=entry.kind,
        at=entry.at,
        person_id=entry.person_id,
        employer_id=entry.employer_id,
        app_id=entry.app_id,
        by_id=entry.by_id,
        details=msgspec.json.encode(entry.details).decode(),
    )


async def concerning(
    reader: Reader,
    person_id: UUID,
    employers: Collection[UUID],
    *,
    kinds: Collection[str],
    before: tuple[datetime, UUID],
    limit: int,
) -> list[Entry]:
    """The newest entries of a person and of *employers*, older than time and id *before*."""
    return await reader.all(
        _entry,
        _CONCERNING,
        person_id=person_id,
        employers=list(employers),
        kinds=list(kinds),
        before_at=before[0],
        before=before[1],
        limit=limit,
    )


async def told_at(reader: Reader, entry_id: UUID) -> datetime | None:
    """When an entry was told; None where there is none (any more)."""
    return await reader.one(_at, "SELECT at FROM audit_entries WHERE id = :id", id=entry_id)


async def prune(uow: UnitOfWork, before: datetime, *, limit: int) -> int:
    """Remove up to *limit* entries older than *before*; return how many went."""
    return await uow.run(_PRUNE, before=before, limit=limit)


def _at(at: datetime) -> datetime:
    return at


def _entry(id: UUID, kind: str, at: datetime, *rest: Any) -> Entry:
    person_id, employer_id, app_id, by_id, details = rest
    return Entry(
        id=id,
        kind=kind,
        at=at,
        person_id=person_id,
        employer_id=employer_id,
        app_id=app_id,
        by_id=by_id,
        details=msgspec.json.decode(details, type=dict[str, object]),
    )
