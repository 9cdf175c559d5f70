"""The table `parked_facts`: what durable listeners gave up, until somebody decides about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from hirewire.runtime.db import Reader, UnitOfWork
from hirewire.runtime.log.errors import NoSuchParkedFact
from hirewire.runtime.log.store import Entry
from hirewire.runtime.log.store import entry as as_entry

_PARK: Final = """
    INSERT INTO parked_facts (listener, id, tx, seq, kind, employer_id, at, body, tries,
                              last_error, parked_at)
    VALUES (:listener, :id, :tx, :seq, :kind, :employer_id, :at, :body, :tries,
            :last_error, :now)
"""
_PARKED: Final = """
    SELECT listener, id, kind, at, tries, last_error, parked_at, retry_at FROM parked_facts
    ORDER BY parked_at, listener, tx, seq LIMIT :limit
"""
_COUNT: Final = "SELECT count(*) FROM parked_facts"
_COUNT_OF: Final = """
    SELECT count(*), count(retry_at) FROM parked_facts WHERE listener = :listener
"""
_TAKE: Final = """
    SELECT tx, seq, id, kind, employer_id, at, body FROM parked_facts
    WHERE listener = :listener AND retry_at IS NOT NULL
    ORDER BY tx, seq LIMIT 1 @for_update @skip_locked
"""
_KEEP: Final = """
    UPDATE parked_facts SET retry_at = NULL, tries = tries + 1, last_error = :last_error
    WHERE listener = :listener AND id = :id AND retry_at IS NOT NULL
"""
_REMOVE: Final = "DELETE FROM parked_facts WHERE listener = :listener AND id = :id"
_ASK: Final = "UPDATE parked_facts SET retry_at = :now WHERE id = :id"
_ASK_ALL: Final = "UPDATE parked_facts SET retry_at = :now"
_DROP: Final = "DELETE FROM parked_facts WHERE id = :id"


@dataclass(frozen=True, slots=True)
class ParkedFact:
    """
    A fact that *listener* could not handle in so many *tries*; a person decides about it.

    From *retry_at* on the listener is to try once more, where somebody said so.
    """

    listener: str
    id: UUID
    kind: str
    at: datetime
    tries: int
    last_error: str
    parked_at: datetime
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many facts of a listener are parked, and how many of them it is to try again."""

    parked: int
    asked: int


async def parked(reader: Reader, limit: int = 100) -> list[ParkedFact]:
    """Return the parked facts, the longest parked first."""
    return await reader.all(ParkedFact, _PARKED, limit=limit)


async def count_parked(reader: Reader) -> int:
    """Return how many facts are parked."""
    found: int = await reader.value(_COUNT)
    return found


async def retry(uow: UnitOfWork, id: UUID) -> None:
    """
    Have each listener that parked fact *id* try it once more.

    Raises:
        NoSuchParkedFact: none did.
    """
    if not await uow.run(_ASK, id=id, now=uow.now):
        raise NoSuchParkedFact(id=str(id))


async def retry_all(uow: UnitOfWork) -> int:
    """Have every parked fact tried once more, and return how many there are."""
    return await uow.run(_ASK_ALL, now=uow.now)


async def drop(uow: UnitOfWork, id: UUID) -> None:
    """
    Do without the effects of fact *id* that are missing.

    Raises:
        NoSuchParkedFact: none is.
    """
    if not await uow.run(_DROP, id=id):
        raise NoSuchParkedFact(id=str(id))


async def park(
    uow: UnitOfWork, listener: str, entry: Entry, *, tries: int, last_error: str
) -> None:
    """Put *entry* aside for *listener*."""
    await uow.run(
        _PARK,
        listener=listener,
        id=entry.id,
        tx=entry.position.tx,
        seq=entry.position.seq,
        kind=entry.kind,
        employer_id=entry.employer_id,
        at=entry.at,
        body=entry.body,
        tries=tries,
        last_error=last_error,
        now=uow.now,
    )


async def count_of(reader: Reader, listener: str) -> Count:
    """Count what *listener* has parked."""
    return await reader.one(Count, _COUNT_OF, listener=listener) or Count(0, 0)


async def take(uow: UnitOfWork, listener: str) -> Entry | None:
    """Return the oldest that *listener* is to try again, and keep others from it."""
    return await uow.one(as_entry, _TAKE, listener=listener)


async def keep(uow: UnitOfWork, listener: str, entry: Entry, last_error: str) -> None:
    """Leave *entry* parked, which *listener* has tried in vain once more."""
    await uow.run(_KEEP, listener=listener, id=entry.id, last_error=last_error)


async def remove(uow: UnitOfWork, listener: str, entry: Entry) -> None:
    """Remove *entry*, which *listener* has handled."""
    await uow.run(_REMOVE, listener=listener, id=entry.id)
