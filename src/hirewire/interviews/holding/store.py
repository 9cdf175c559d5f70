"""The table `interview_holders`, and the lists that are read by it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from hirewire.interviews.model import Interview
from hirewire.interviews.store import SELECT, read_interview
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.unit import UnitOfWork

_ADD: Final = """
    INSERT INTO interview_holders (key, interview_id) VALUES (:key, :interview_id)
    ON CONFLICT (key, interview_id) DO NOTHING
"""
_HELD: Final = f"""
    {SELECT} JOIN interview_holders h ON h.interview_id = i.id WHERE h.key = :key
"""
_COMING: Final = f"{_HELD} AND i.ends_at > :now"
_PAST: Final = f"{_HELD} AND i.ends_at <= :now"
_UP: Final = "ORDER BY i.starts_at, i.id LIMIT :limit"
_DOWN: Final = "ORDER BY i.starts_at DESC, i.id DESC LIMIT :limit"
_AFTER: Final = "AND (i.starts_at, i.id) > (:starts_at, :id)"
_BEFORE: Final = "AND (i.starts_at, i.id) < (:starts_at, :id)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """
    The question for one page of what is held: what is not over at *now*, or what is.

    It follows the interview *after*; the next one, or the last one, comes first.
    """

    now: datetime
    is_past: bool
    after: Interview | None = None
    size: int


async def page(reader: Reader, key: str, held: Held) -> list[Interview]:
    """Read what the person whose address has *key* holds."""
    params: dict[str, object] = {"key": key, "now": held.now, "limit": held.size}
    sql = [_PAST if held.is_past else _COMING]
    if held.after is not None:
        sql.append(_BEFORE if held.is_past else _AFTER)
        params |= {"starts_at": held.after.starts_at, "id": held.after.id}
    sql.append(_DOWN if held.is_past else _UP)
    return await reader.all(read_interview, " ".join(sql), **params)


async def add(uow: UnitOfWork, interview_id: UUID, keys: Iterable[str]) -> None:
    """Note that the people whose addresses have *keys* interview; each is noted once."""
    rows = [{"key": key, "interview_id": interview_id} for key in keys]
    await uow.run_many(_ADD, rows)
