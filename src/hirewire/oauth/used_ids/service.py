"""Using an id once, whichever server hears of it and however many ask at the same time."""

from datetime import datetime

from hirewire.oauth.used_ids import store
from hirewire.runtime.db.unit import UnitOfWork


async def use_once(uow: UnitOfWork, digest: bytes, until: datetime) -> bool:
    """
    Use up what *digest* names; False if somebody did before.

    *until* is when it is refused for its age alone: that long it is kept. Of two units that
    use the same at a time, the second waits for the first to end.
    """
    return await store.use(uow, digest, until)


async def prune_used_ids(uow: UnitOfWork, limit: int) -> int:
    """Remove up to *limit* of those that are past their time, and return how many went."""
    return await store.remove_expired(uow, limit)
