"""The table `mails`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from hirewire.runtime.db import Reader, UnitOfWork

_INSERT: Final = """
    INSERT INTO mails (id, about_id, sequence, kind, recipient, email, name, message_id, state,
                       tries, created_at, useful_until, body, told)
    VALUES (:id, :about_id, :sequence, :kind, :recipient, :email, :name, :message_id, 'queued',
            0, :created_at, :useful_until, :body, :told)
    ON CONFLICT (about_id, sequence, kind, recipient) DO NOTHING
"""
_QUEUED: Final = """
    SELECT id, about_id, sequence, kind, recipient, email, name, message_id, created_at,
           useful_until, body
    FROM mails WHERE about_id = :about_id AND recipient = :recipient AND state = 'queued'
    ORDER BY sequence, id
"""
_TOLD: Final = """
    SELECT recipient, sequence, kind, state, told, settled_at FROM mails
    WHERE about_id = :about_id AND kind IN :kinds ORDER BY sequence, id
"""
_SENT: Final = """
    UPDATE mails SET state = 'sent', tries = tries + 1, last_error = NULL, body = NULL,
      settled_at = :now
    WHERE id = :id
"""
_BOUNCED: Final = """
    UPDATE mails SET state = 'bounced', tries = tries + 1, last_error = :why, body = NULL,
      settled_at = :now
    WHERE id = :id AND state = 'queued'
"""
_WITHDRAWN: Final = """
    UPDATE mails SET state = 'withdrawn', last_error = :why, body = NULL, settled_at = :now
    WHERE id = :id AND state = 'queued'
"""
_DEFERRED: Final = """
    UPDATE mails SET tries = tries + 1, last_error = :why
    WHERE id = :id AND state = 'queued'
"""
_COUNTS: Final = "SELECT state, count(*) FROM mails GROUP BY state"
_PRUNE: Final = """
    DELETE FROM mails WHERE id IN (
      SELECT id FROM mails WHERE state IN :states AND useful_until < :before LIMIT :limit
    )
"""


class State(StrEnum):
    """
    What became of a mail.

    It waits, or a server took it, or one refused it permanently, or it was of no use any
    more before any did.
    """

    QUEUED = "queued"
    SENT = "sent"
    BOUNCED = "bounced"
    WITHDRAWN = "withdrawn"


SETTLED: Final = (State.SENT, State.BOUNCED, State.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class QueuedMail:
    """A mail that waits; *body* is what its composer makes it from."""

    id: UUID
    about_id: UUID
    sequence: int
    kind: str
    recipient: str
    email: str
    name: str | None
    message_id: str
    created_at: datetime
    useful_until: datetime
    body: str = field(repr=False)


_MAIL: Final = tuple(each.name for each in fields(QueuedMail))


@dataclass(frozen=True, slots=True)
class Row:
    """A mail as it is put into the table; *told* is what its reader will know by it."""

    mail: QueuedMail
    told: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """
    What somebody knows of a matter, by a mail that left or will; *told* is its slice's.

    It has been in its state since *settled_at*, None while it waits.
    """

    recipient: str
    sequence: int
    kind: str
    state: str
    told: str | None
    settled_at: datetime | None


def _columns(row: Row) -> dict[str, object]:
    """Spell a row; `asdict` would copy each value, in ten times the time."""
    return {name: getattr(row.mail, name) for name in _MAIL} | {"told": row.told}


async def insert(uow: UnitOfWork, rows: Sequence[Row]) -> None:
    """Add *rows*, but those of mails that are there."""
    if rows:
        await uow.run_many(_INSERT, [_columns(row) for row in rows])


async def queued(reader: Reader, about_id: UUID, recipient: str) -> list[QueuedMail]:
    """Return what waits for somebody about one matter, in the order in which it happened."""
    return await reader.all(QueuedMail, _QUEUED, about_id=about_id, recipient=recipient)


async def told(reader: Reader, about_id: UUID, kinds: Collection[str]) -> list[Told]:
    """Return what everybody was told about one matter, the oldest first."""
    return await reader.all(Told, _TOLD, about_id=about_id, kinds=list(kinds))


async def sent(uow: UnitOfWork, id: UUID) -> None:
    """Note that a server took a mail."""
    await uow.run(_SENT, id=id, now=uow.now)


async def bounced(uow: UnitOfWork, id: UUID, why: str) -> None:
    """Note that a mail was refused permanently."""
    await uow.run(_BOUNCED, id=id, why=why, now=uow.now)


async def withdrawn(uow: UnitOfWork, id: UUID, why: str) -> None:
    """Note that a mail is of no use any more."""
    await uow.run(_WITHDRAWN, id=id, why=why, now=uow.now)


async def deferred(uow: UnitOfWork, id: UUID, why: str) -> None:
    """Note that a mail was refused temporarily."""
    await uow.run(_DEFERRED, id=id, why=why)


async def counts(reader: Reader) -> dict[State, int]:
    """Count the mails in each state."""
    found = await reader.all(lambda state, count: (State(state), count), _COUNTS)
    return dict.fromkeys(State, 0) | dict(found)


async def prune(uow: UnitOfWork, before: datetime, *, limit: int) -> int:
    """Remove up to *limit* settled mails that were useful until *before*; count them."""
    states = [state.value for state in SETTLED]
    return await uow.run(_PRUNE, states=states, before=before, limit=limit)
