"""How access tokens are revoked: on record, and told, in one unit of work."""

from collections.abc import Sequence
from uuid import UUID

from hirewire.oauth.facts import TokensRevoked
from hirewire.oauth.revoked import store
from hirewire.oauth.service import TOKEN_LIFETIME
from hirewire.runtime.db.unit import UnitOfWork


async def revoke(uow: UnitOfWork, ids: Sequence[UUID]) -> None:
    """Let no access token be good that was issued before and has one of *ids*."""
    until = uow.now + TOKEN_LIFETIME
    await store.add(uow, ids, until)
    uow.tell(TokensRevoked(employer_id=None, ids=tuple(ids), until=until))


async def prune_revocations(uow: UnitOfWork, limit: int) -> int:
    """Remove up to *limit* ids whose last token has expired, and return how many went."""
    return await store.remove_expired(uow, limit)
