"""Forgetting the authorization requests that nobody finished."""

from hirewire.oauth.authorize import store
from hirewire.oauth.authorize.interaction import LASTS
from hirewire.runtime.db.unit import UnitOfWork


async def prune_requests(uow: UnitOfWork, limit: int) -> int:
    """Remove up to *limit* expired interactions, and say how many went."""
    return await store.remove_expired_interactions(uow, limit)


async def prune_pushed_requests(uow: UnitOfWork, limit: int) -> int:
    """
    Remove up to *limit* pushed requests that nobody can answer any more, and say how many went.

    One that was opened at the last moment is answered within the time of its interaction.
    """
    return await store.remove_expired_pushed(uow, uow.now - LASTS, limit)
