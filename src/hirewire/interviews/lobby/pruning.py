"""Forgetting who was in lobbies that have long closed."""

from datetime import timedelta
from typing import Final

from hirewire.interviews.lobby import store
from hirewire.runtime.db.unit import UnitOfWork

KEPT: Final = timedelta(days=2)
"""Longer than any lobby is open: an interview lasts 24 hours at most."""


async def prune_lobbies(uow: UnitOfWork, limit: int) -> int:
    """Remove up to *limit* of those who have not been seen for two days."""
    return await store.prune(uow, uow.now - KEPT, limit)
