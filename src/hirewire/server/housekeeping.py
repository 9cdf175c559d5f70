"""Keeping house: the tasks that belong to no slice."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from hirewire.accounts.sign_in.service import prune_sign_ins
from hirewire.conversations.pruning import prune_links
from hirewire.interviews.lobby.pruning import prune_lobbies
from hirewire.oauth.authorize.prune import prune_pushed_requests, prune_requests
from hirewire.oauth.grants.pruning import prune_families
from hirewire.oauth.revoked import prune_revocations
from hirewire.oauth.used_ids.service import prune_used_ids
from hirewire.runtime.db import Database, TaskCall, UnitOfWork
from hirewire.runtime.log import prune
from hirewire.runtime.mail import prune_mails
from hirewire.runtime.tasks import Handler, put_off

PRUNE_FACTS: Final = "facts.prune"
SWEEP: Final = "expired.prune"
EVERY: Final = timedelta(days=1)
SWEPT_EVERY: Final = timedelta(minutes=10)
_BATCH: Final = 1_000

Sweep: TypeAlias = Callable[[UnitOfWork, int], Awaitable[int]]
"""Removes up to so many rows that have expired, and returns how many went."""

SWEEPS: Final[tuple[Sweep, ...]] = (
    prune_used_ids,
    prune_revocations,
    prune_requests,
    prune_pushed_requests,
    prune_families,
    prune_sign_ins,
    prune_lobbies,
    prune_links,
    prune_mails,
)


@dataclass(frozen=True, slots=True)
class PruneFacts:
    """Removes facts older than *keep* that no durable listener still needs, every day."""

    keep: timedelta

    async def begin(self, db: Database) -> None:
        """See to it that the task is queued; a second one is never added."""
        async with db.unit() as uow:
            uow.enqueue(TaskCall(name=PRUNE_FACTS, payload="{}", key="daily"))

    async def __call__(self, uow: UnitOfWork, _: bytes) -> None:
        """Remove one batch; go on at once while there is more, else tomorrow."""
        removed = await prune(uow, uow.now - self.keep, limit=_BATCH)
        pause = timedelta() if removed == _BATCH else EVERY
        uow.enqueue(
            TaskCall(name=PRUNE_FACTS, payload="{}", key="daily", due_at=uow.now + pause)
        )


@dataclass(frozen=True, slots=True)
class PruneExpired:
    """Has each of *sweeps* remove what has expired, every ten minutes."""

    sweeps: tuple[Sweep, ...] = SWEEPS

    async def begin(self, db: Database) -> None:
        """See to it that the task is queued; a second one is never added."""
        async with db.unit() as uow:
            uow.enqueue(TaskCall(name=SWEEP, payload="{}", key="steady"))

    async def __call__(self, uow: UnitOfWork, _: bytes) -> None:
        """Remove one batch of each; go on at once while there is more of any."""
        removed = [await sweep(uow, _BATCH) for sweep in self.sweeps]
        pause = timedelta() if _BATCH in removed else SWEPT_EVERY
        uow.enqueue(TaskCall(name=SWEEP, payload="{}", key="steady", due_at=uow.now + pause))


@dataclass(frozen=True, slots=True, kw_only=True)
class Housekeeping:
    """All of it: what a server sees to at its start, and what runs then."""

    facts: PruneFacts
    expired: PruneExpired = PruneExpired()

    @property
    def handlers(self) -> dict[str, Handler]:
        """The tasks, by name."""
        return {PRUNE_FACTS: self.facts, SWEEP: self.expired}

    async def begin(self, db: Database) -> None:
        """See to it that each task is queued."""
        await self.facts.begin(db)
        await self.expired.begin(db)

    async def put_off(self, db: Database, until: datetime) -> None:
        """Let nothing of it be due before *until*: once is enough for a clock that leaps."""
        async with db.unit() as uow:
            await put_off(uow, self.handlers.keys(), until)
