"""Removing what expired: successors, consumed tokens, families, and grants taken back."""

from datetime import timedelta
from typing import Final

from hirewire.oauth.grants import store
from hirewire.oauth.grants.model import GrantPolicy
from hirewire.runtime.db.unit import UnitOfWork

LONGEST_GRACE: Final = timedelta(minutes=10)

_RECENT: Final = timedelta(hours=1)


async def prune_families(uow: UnitOfWork, limit: int) -> int:
    """
    Remove up to *limit* rows of each table, and return how many went where most did.

    A family stays for a refresh token's life after its last use: that long a code or a token
    that comes back is known for what it is.
    """
    before = uow.now - GrantPolicy().refresh_lifetime
    await store.forget_successors(uow, uow.now - _RECENT, uow.now - LONGEST_GRACE)
    return max(
        await store.prune_consumed(uow, before, limit),
        await store.prune_families(uow, limit),
        await store.prune_grants(uow, before, limit),
    )
