"""The SQL of lists: a page begins where an index finds its place, however deep it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from hirewire.conversations.inbox.model import Filter, Listed, Place
from hirewire.conversations.store import COLUMNS, read_conversation
from hirewire.kit.mailboxes import mailbox_key
from hirewire.runtime.db import Reader

_IN_ONE_STATEMENT: Final = 100
_BEHIND_MARK: Final = "c.candidate_count - coalesce(m.candidate_seq, 0)"
_TAKEN_BACK: Final = """(
      SELECT count(*) FROM conversation_messages t
      WHERE t.conversation_id = c.id AND t.position > coalesce(m.position, 0)
        AND t.deleted_at IS NOT NULL AND t.side = 'CANDIDATE'
    )"""
# What was taken back is looked for only where something stands behind the mark.
_SELECT: Final = f"""
    SELECT {COLUMNS}, CASE
      WHEN {_BEHIND_MARK} > 0 THEN {_BEHIND_MARK} - {_TAKEN_BACK} ELSE 0
    END AS unread
    FROM conversations c
    LEFT JOIN conversation_marks m ON m.conversation_id = c.id AND m.reader = :reader
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """The threads of some *employers* that a filter lets through, as *who* sees them."""

    employers: Sequence[UUID]
    who: str
    where: Filter

    async def page(self, reader: Reader, after: Place | None, size: int) -> list[Listed]:
        """Read the *size* threads that follow *after*, the newest activity first."""
        return await self._read(reader, after, size, sign="<", way="DESC")

    async def has_any_up_to(self, reader: Reader, place: Place) -> bool:
        """Tell whether any thread stands at *place* or before it."""
        return bool(await self._read(reader, place, 1, sign=">=", way="ASC"))

    async def _read(
        self, reader: Reader, place: Place | None, size: int, *, sign: str, way: str
    ) -> list[Listed]:
        """
        Read what stands on one side of a place.

        Each employer's threads are in the order of an index, which ends after *size* of them:
        of a hundred employers so many are read together, and merged here.
        """
        found: list[Listed] = []
        if self.where.finds_nothing:
            return found
        for begin in range(0, len(self.employers), _IN_ONE_STATEMENT):
            chunk = self.employers[begin : begin + _IN_ONE_STATEMENT]
            parts = [self._part(n, place, size, sign, way) for n in range(len(chunk))]
            sql = parts[0] if len(parts) == 1 else " UNION ALL ".join(map(_bracketed, parts))
            found += await reader.all(_listed, sql, **self._params(chunk, place))
        found.sort(key=_order, reverse=way == "DESC")
        return found[:size]

    def _part(self, number: int, place: Place | None, size: int, sign: str, way: str) -> str:
        conditions, at = [f"c.employer_id = :employer_{number}"], "c.active_ms"
        if self.where.candidate_email is not None:
            conditions.append("c.candidate_key = :candidate_key")
            # They are few, and sorted; the index of all threads would be searched for them.
            at = "c.active_ms + 0"
        if self.where.posting_id is not None:
            conditions.append("c.posting = :posting")
        if place is not None:
            conditions.append(f"({at}, c.id) {sign} (:active_ms, :id)")
        if self.where.unread_only:
            conditions.append(f"{_BEHIND_MARK} > 0 AND {_BEHIND_MARK} > {_TAKEN_BACK}")
        return (
            f"{_SELECT} WHERE {' AND '.join(conditions)}"
            f" ORDER BY {at} {way}, c.id {way} LIMIT {size:d}"
        )

    def _params(self, employers: Sequence[UUID], place: Place | None) -> dict[str, object]:
        params: dict[str, object] = {"reader": self.who}
        params |= {f"employer_{n}": each for n, each in enumerate(employers)}
        if self.where.candidate_email is not None:
            params["candidate_key"] = mailbox_key(self.where.candidate_email)
        if self.where.posting_id is not None:
            params["posting"] = self.where.posting_id
        if place is not None:
            params |= {"active_ms": place.active_ms, "id": place.id}
        return params


def _bracketed(part: str) -> str:
    return f"SELECT * FROM ({part}) each_employers"


def _listed(*row: Any) -> Listed:
    *columns, unread = row
    return Listed(read_conversation(*columns), unread)


def _order(listed: Listed) -> tuple[int, bytes]:
    conversation = listed.conversation
    return conversation.active_ms, conversation.id.bytes
