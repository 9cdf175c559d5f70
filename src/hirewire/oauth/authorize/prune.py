"""Forgetting the authorization requests that nobody finished."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from hirewire.oauth.authorize import store
from hirewire.runtime.db import Database, TaskCall, UnitOfWork

PRUNE_REQUESTS: Final = "oauth_requests.prune"
EVERY: Final = timedelta(minutes=10)
_BATCH: Final = 1_000


@dataclass(frozen=True, slots=True)
class PruneRequests:
    """Removes expired interactions and pushed requests, every ten minutes."""

    async def begin(self, db: Database) -> None:
        """See to it that the task is queued; a second one is never added."""
        async with db.unit() as uow:
            uow.enqueue(TaskCall(name=PRUNE_REQUESTS, payload="{}", key="steady"))

    async def __call__(self, uow: UnitOfWork, _: bytes) -> None:
        """Remove one batch of each; go on at once while there is more, else in a while."""
        removed = await store.remove_expired(uow, _BATCH)
        pause = timedelta() if removed == _BATCH else EVERY
        uow.enqueue(
            TaskCall(name=PRUNE_REQUESTS, payload="{}", key="steady", due_at=uow.now + pause)
        )
