"""The SQL of what a candidate has not read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from hirewire.conversations.model import Side
from hirewire.runtime.db import Reader

_UNREAD: Final = """
    SELECT position, sent_at FROM conversation_messages
    WHERE conversation_id = :id AND position > :after AND side = :side AND deleted_at IS NULL
    ORDER BY position {way} LIMIT 1
"""
_COUNT: Final = """
    SELECT count(*) FROM conversation_messages
    WHERE conversation_id = :id AND position > :after AND side = :side AND deleted_at IS NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """What the employer wrote since the candidate's mark, *since* when, and up to where."""

    since: datetime
    last_position: int


async def unread(reader: Reader, conversation_id: UUID, after: int) -> Unread | None:
    """Find what the candidate has not read, who read up to *after*; None for nothing."""
    ends = [
        await reader.one(
            lambda *row: row,
            _UNREAD.format(way=way),
            id=conversation_id,
            after=after,
            side=Side.EMPLOYER.value,
        )
        for way in ("ASC", "DESC")
    ]
    first, last = ends
    if first is None or last is None:
        return None
    return _of(first, last)


async def count(reader: Reader, conversation_id: UUID, after: int) -> int:
    """Count it."""
    found: int = await reader.value(
        _COUNT, id=conversation_id, after=after, side=Side.EMPLOYER.value
    )
    return found


def _of(first: tuple[Any, ...], last: tuple[Any, ...]) -> Unread:
    return Unread(since=first[1], last_position=last[0])
