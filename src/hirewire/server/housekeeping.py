"""Keeping house: the tasks that belong to no slice."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from hirewire.runtime.db import Database, TaskCall, UnitOfWork
from hirewire.runtime.log import prune

PRUNE_FACTS: Final = "facts.prune"
EVERY: Final = timedelta(days=1)
_BATCH: Final = 1_000


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
