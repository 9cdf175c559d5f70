"""The audit list: written once for each fact, read by those whom it concerns, then removed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from hirewire.accounts.service import Accounts
from hirewire.console.audit import store
from hirewire.console.audit.model import KINDS, AuditPage, Entry
from hirewire.kit.facts import Recorded
from hirewire.runtime.db import Reader, UnitOfWork
from hirewire.runtime.log import DurableListener

PAGE: Final = 25

_LAST: Final = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=(1 << 128) - 1))


@dataclass(frozen=True, slots=True)
class Audit:
    """Who sees which security events: those of their own, and of what they administer."""

    accounts: Accounts

    async def page(
        self,
        reader: Reader,
        person_id: UUID,
        *,
        kinds: Collection[str] = KINDS,
        before: UUID | None = None,
        limit: int = PAGE,
    ) -> AuditPage:
        """
        List the events that a person may see, the newest first, older than *before*.

        What an employer's admins see, a person sees for as long as they are one of them.
        """
        bound = await _bound(reader, before)
        if bound is None:
            return AuditPage((), has_older=False)
        administered = await self.accounts.administered_by(reader, person_id)
        entries = await store.concerning(
            reader,
            person_id,
            [employer.id for employer in administered],
            kinds=kinds,
            before=bound,
            limit=limit + 1,
        )
        return AuditPage(tuple(entries[:limit]), has_older=len(entries) > limit)


def audit_listener() -> DurableListener:
    """Make the listener that keeps the list; its name is its cursor's, for good."""
    return DurableListener(name="audit", kinds=frozenset(KINDS), handle=_note)


@dataclass(frozen=True, slots=True)
class OldEntries:
    """Removes entries older than *keep*."""

    keep: timedelta

    async def __call__(self, uow: UnitOfWork, limit: int) -> int:
        """Remove up to *limit* of them; return how many went."""
        return await store.prune(uow, uow.now - self.keep, limit=limit)


async def _bound(reader: Reader, before: UUID | None) -> tuple[datetime, UUID] | None:
    """Find where a page begins; None where all that could be on it was removed with age."""
    if before is None:
        return _LAST
    at = await store.told_at(reader, before)
    return None if at is None else (at, before)


async def _note(uow: UnitOfWork, recorded: Recorded) -> None:
    entry = Entry.of(recorded)
    if entry is not None:
        await store.add(uow, entry)
