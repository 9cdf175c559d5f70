"""Looking back: what the log holds of some employers between two positions."""

from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Final
from uuid import UUID

from hirewire.kit.facts import START, Position
from hirewire.runtime.db import Database, Reader
from hirewire.runtime.log import store
from hirewire.runtime.log.store import Entry

_OF_EMPLOYER: Final = """
     FROM facts
    WHERE employer_id = :employer_id AND kind IN :kinds
      AND @after_place AND @upto_place
"""
_MENTIONING: Final = " AND body LIKE :mentions"
_COLUMNS: Final = "SELECT tx, seq, id, kind, employer_id, at, body"
_IN_ORDER: Final = " ORDER BY tx, seq LIMIT :limit"
_LAST_OF_KINDS: Final = """
    SELECT tx, seq FROM facts
     WHERE kind IN :kinds
       AND @after_place AND @upto_place
     ORDER BY tx DESC, seq DESC LIMIT 1
"""
_OLDEST: Final = "SELECT tx, seq FROM facts ORDER BY tx, seq LIMIT 1"
_BEFORE: Final = """
    SELECT tx, seq FROM facts WHERE @upto_place
     ORDER BY tx DESC, seq DESC LIMIT 1 OFFSET :count
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """
    Which facts: those of *kinds* of the employers.

    *mentions* is text that their bodies hold, for facts of a single thing.
    """

    kinds: frozenset[str]
    employer_ids: tuple[UUID, ...]
    mentions: str | None = None


@dataclass(frozen=True, slots=True)
class History:
    """The log as those see it who come back."""

    db: Database

    async def read(
        self, selection: Selection, after: Position, upto: Position, *, limit: int
    ) -> list[Entry]:
        """
        Return up to *limit* entries after *after*, up to and with *upto*, oldest first.

        *upto* is settled: a place that somebody has read already.
        """
        async with self.db.read() as reader:
            found = [
                await reader.all(
                    store.entry,
                    f"{_COLUMNS}{_where(selection)}{_IN_ORDER}",
                    limit=limit,
                    **_named(selection, employer_id, after, upto),
                )
                for employer_id in selection.employer_ids
            ]
        return list(islice(merge(*found, key=lambda entry: entry.position), limit))

    async def count(self, selection: Selection, after: Position, upto: Position) -> int:
        """Count what `read` would find, were there no limit."""
        async with self.db.read() as reader:
            counts = [
                await reader.value(
                    f"SELECT count(*){_where(selection)}",
                    **_named(selection, employer_id, after, upto),
                )
                for employer_id in selection.employer_ids
            ]
        return sum(counts)

    async def end(self) -> Position:
        """Say where the log ends."""
        async with self.db.read() as reader:
            return await store.end(reader)

    async def end_and_last(
        self, kinds: frozenset[str], after: Position, upto: Position
    ) -> tuple[Position, Position | None]:
        """Say where the log ends, and the last of *kinds* within two positions, if any."""
        async with self.db.read() as reader:
            end = await store.end(reader)
            last = await reader.one(
                Position,
                _LAST_OF_KINDS,
                kinds=sorted(kinds),
                tx=after.tx,
                seq=after.seq,
                upto_tx=upto.tx,
                upto_seq=upto.seq,
            )
        return end, last

    async def has_gap_after(self, position: Position) -> bool:
        """Whether facts right after *position* may have been removed."""
        async with self.db.read() as reader:
            oldest = await reader.one(Position, _OLDEST)
        return oldest is not None and oldest > position

    async def latest(
        self, kinds: frozenset[str], upto: Position, *, among: int
    ) -> tuple[Position, list[Entry]]:
        """Return those of *kinds* among the latest *among* facts, and what they come after."""
        async with self.db.read() as reader:
            after = await reader.one(
                Position, _BEFORE, upto_tx=upto.tx, upto_seq=upto.seq, count=among
            ) or await _before_all(reader)
            entries = await store.read_kinds(reader, after, kinds=kinds, limit=among)
        return after, [entry for entry in entries if entry.position <= upto]


async def _before_all(reader: Reader) -> Position:
    """What is left of the log begins after this; the oldest fact may follow removed ones."""
    return await reader.one(Position, _OLDEST) or START


def _where(selection: Selection) -> str:
    return _OF_EMPLOYER if selection.mentions is None else _OF_EMPLOYER + _MENTIONING


def _named(
    selection: Selection, employer_id: UUID, after: Position, upto: Position
) -> dict[str, object]:
    named: dict[str, object] = {
        "employer_id": employer_id,
        "kinds": sorted(selection.kinds),
        "tx": after.tx,
        "seq": after.seq,
        "upto_tx": upto.tx,
        "upto_seq": upto.seq,
    }
    if selection.mentions is not None:
        named["mentions"] = f"%{selection.mentions}%"
    return named
