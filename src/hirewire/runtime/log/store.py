"""The tables `facts` and `listeners`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from hirewire.kit.facts import START, Position, Recorded, decode_fact
from hirewire.runtime.db import Reader, UnitOfWork

IDLE_STRIDE: Final = 1_000
"""After so many facts that concern nobody, whoever looks for others moves on all the same."""

_READ: Final = """
    SELECT tx, seq, id, kind, employer_id, at, body FROM facts
    WHERE @after_place AND tx < @settled_tx
    ORDER BY tx, seq LIMIT :limit
"""
_READ_KINDS: Final = """
    SELECT tx, seq, id, kind, employer_id, at, body FROM facts
    WHERE @after_place AND tx < @settled_tx AND kind IN :kinds
    ORDER BY tx, seq LIMIT :limit
"""
_END: Final = """
    SELECT tx, seq FROM facts WHERE tx < @settled_tx ORDER BY tx DESC, seq DESC LIMIT 1
"""
_HAS_UNSETTLED: Final = "SELECT 1 FROM facts WHERE tx >= @settled_tx LIMIT 1"
_CURSOR: Final = "SELECT tx, seq FROM listeners WHERE name = :name"
_CURSORS: Final = "SELECT tx, seq FROM listeners ORDER BY tx, seq LIMIT 1"
_LOCK_CURSOR: Final = """
    SELECT tx, seq FROM listeners WHERE name = :name @for_update @skip_locked
"""
_ENROL: Final = """
    INSERT INTO listeners (name, tx, seq) VALUES (:name, :tx, :seq)
    ON CONFLICT (name) DO NOTHING
"""
_ADVANCE: Final = """
    UPDATE listeners SET tx = :tx, seq = :seq WHERE name = :name AND (tx, seq) < (:tx, :seq)
"""
_FORGET: Final = "DELETE FROM listeners WHERE name = :name"
_FORGET_PARKED: Final = "DELETE FROM parked_facts WHERE listener = :name"
_PRUNE: Final = """
    DELETE FROM facts WHERE seq IN (
      SELECT oldest.seq FROM (SELECT tx, seq, at FROM facts ORDER BY tx, seq LIMIT :limit)
        AS oldest
      WHERE at < :before AND (tx, seq) <= (:needed_tx, :needed_seq)
        AND (tx, seq) < (:end_tx, :end_seq)
    )
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the log."""

    position: Position
    id: UUID
    kind: str
    employer_id: UUID | None
    at: datetime
    body: str

    def recorded(self) -> Recorded | None:
        """Read the fact, or return None where this program knows nothing of its kind."""
        try:
            fact = decode_fact(self.kind, self.body)
        except KeyError:
            return None
        return Recorded(position=self.position, id=self.id, at=self.at, fact=fact)


async def read(reader: Reader, after: Position, limit: int) -> list[Entry]:
    """Return the settled entries after *after*, oldest first."""
    return await reader.all(entry, _READ, tx=after.tx, seq=after.seq, limit=limit)


async def read_kinds(
    reader: Reader, after: Position, *, kinds: Collection[str] | None, limit: int
) -> list[Entry]:
    """Do as `read` for entries of *kinds* only; None for every kind."""
    if kinds is None:
        return await read(reader, after, limit)
    return await reader.all(
        entry, _READ_KINDS, tx=after.tx, seq=after.seq, kinds=sorted(kinds), limit=limit
    )


async def end(reader: Reader) -> Position:
    """Return the position of the last settled entry."""
    return await reader.one(Position, _END) or START


async def past_others(reader: Reader, position: Position, kinds: object) -> Position:
    """
    Where to look from next, when nothing of *kinds* stands between *position* and the end.

    The look itself moves on now and then only, so that those who publish and those who hear
    agree on what came before a fact.
    """
    if kinds is None:
        return position
    last = await end(reader)
    return last if last.seq - position.seq >= IDLE_STRIDE else position


async def has_unsettled(reader: Reader) -> bool:
    """Tell whether there are entries that wait for an older transaction to end."""
    return await reader.value(_HAS_UNSETTLED) is not None


async def cursor(reader: Reader, name: str) -> Position:
    """Return how far listener *name* has come."""
    return await reader.one(Position, _CURSOR, name=name) or START


async def lock_cursor(uow: UnitOfWork, name: str) -> Position | None:
    """Return the same and keep others from it, or return None where others keep it from us."""
    return await uow.one(Position, _LOCK_CURSOR, name=name)


async def enrol(uow: UnitOfWork, name: str, position: Position) -> None:
    """Give listener *name* a cursor if it has none."""
    await uow.run(_ENROL, name=name, tx=position.tx, seq=position.seq)


async def advance(uow: UnitOfWork, name: str, position: Position) -> None:
    """Move the cursor of listener *name* ahead to *position*; it never goes back."""
    await uow.run(_ADVANCE, name=name, tx=position.tx, seq=position.seq)


async def forget(uow: UnitOfWork, name: str) -> bool:
    """Remove what there is of a listener that is no more: its cursor holds up pruning."""
    await uow.run(_FORGET_PARKED, name=name)
    return await uow.run(_FORGET, name=name) == 1


async def prune(uow: UnitOfWork, before: datetime, *, limit: int = 1_000) -> int:
    """
    Remove facts told before *before* that no durable listener still needs.

    Looks at the oldest *limit* only and returns how many went, so that a caller repeats it
    in short units until it returns less. The newest fact stays: it says where the log ends.
    """
    last = await end(uow)
    needed = await uow.one(Position, _CURSORS) or last
    return await uow.run(
        _PRUNE,
        before=before,
        limit=limit,
        needed_tx=needed.tx,
        needed_seq=needed.seq,
        end_tx=last.tx,
        end_seq=last.seq,
    )


def entry(tx: int, seq: int, *rest: Any) -> Entry:
    """Build an entry from the columns of a row."""
    return Entry(Position(tx, seq), *rest)
