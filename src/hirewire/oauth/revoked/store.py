"""The table `oauth_revocations`."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.unit import UnitOfWork


async def add(uow: UnitOfWork, ids: Iterable[UUID], until: datetime) -> None:
    """Keep *ids* until then, or longer where they are kept already."""
    await uow.run_many(
        """
        INSERT INTO oauth_revocations (id, until) VALUES (:id, :until)
        ON CONFLICT (id) DO UPDATE SET until = excluded.until
        WHERE oauth_revocations.until < excluded.until
        """,
        [{"id": revoked_id, "until": until} for revoked_id in ids],
    )


async def current(reader: Reader, at: datetime) -> list[tuple[UUID, datetime]]:
    """List the ids that are revoked at the moment *at*, with when that ends."""
    return await reader.all(
        lambda revoked_id, until: (revoked_id, until),
        "SELECT id, until FROM oauth_revocations WHERE until > :at ORDER BY until, id",
        at=at,
    )


async def remove_expired(uow: UnitOfWork, limit: int) -> int:
    """Forget up to *limit* of the ids whose last token has expired."""
    return await uow.run(
        """
        DELETE FROM oauth_revocations WHERE id IN (
          SELECT id FROM oauth_revocations WHERE until <= :now ORDER BY until LIMIT :limit
        )
        """,
        now=uow.now,
        limit=limit,
    )
