"""Where used ids lie: their digests only, each for as long as it would be good again."""

from datetime import datetime

from hirewire.runtime.db.unit import UnitOfWork


async def use(uow: UnitOfWork, digest: bytes, until: datetime) -> bool:
    """Note *digest* as used until then; False if it is used already."""
    changed = await uow.run(
        """
        INSERT INTO oauth_used_ids (digest, until) VALUES (:digest, :until)
        ON CONFLICT (digest) DO UPDATE SET until = excluded.until
        WHERE oauth_used_ids.until <= :now
        """,
        digest=digest,
        until=until,
        now=uow.now,
    )
    return changed == 1


async def remove_expired(uow: UnitOfWork, limit: int) -> int:
    """Forget up to *limit* of those that would not be good again anyway."""
    return await uow.run(
        """
        DELETE FROM oauth_used_ids WHERE digest IN (
          SELECT digest FROM oauth_used_ids WHERE until <= :now ORDER BY until LIMIT :limit
        )
        """,
        now=uow.now,
        limit=limit,
    )
