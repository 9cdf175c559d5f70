"""Where the authorization server's own rows lie: its signing keys."""

from datetime import datetime

from hirewire.oauth.model import StoredKey
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.unit import UnitOfWork


async def keys(reader: Reader, at: datetime) -> list[StoredKey]:
    """The keys published at the moment *at*, oldest first."""
    return await reader.all(
        _key,
        """
        SELECT id, algorithm, public, sealed, created_at, signs_from, published_until
        FROM oauth_keys WHERE published_until IS NULL OR published_until > :at
        ORDER BY signs_from, id
        """,
        at=at,
    )


async def add_key(uow: UnitOfWork, key: StoredKey) -> None:
    await uow.run(
        """
        INSERT INTO oauth_keys (id, algorithm, public, sealed, created_at, signs_from,
                                published_until)
        VALUES (:id, :algorithm, :public, :sealed, :created_at, :signs_from, NULL)
        """,
        id=key.id,
        algorithm=key.algorithm,
        public=key.public,
        sealed=key.sealed,
        created_at=key.created_at,
        signs_from=key.signs_from,
    )


async def supersede(uow: UnitOfWork, algorithm: str, published_until: datetime) -> None:
    """Let every current key of *algorithm* be published until then, and no longer."""
    await uow.run(
        """
        UPDATE oauth_keys SET published_until = :published_until
        WHERE algorithm = :algorithm AND published_until IS NULL
        """,
        algorithm=algorithm,
        published_until=published_until,
    )


async def remove_pending(uow: UnitOfWork, algorithm: str) -> None:
    """Forget the keys of *algorithm* that have signed nothing yet."""
    await uow.run(
        "DELETE FROM oauth_keys WHERE algorithm = :algorithm AND signs_from > :now",
        algorithm=algorithm,
        now=uow.now,
    )


async def remove_expired(uow: UnitOfWork) -> None:
    """Forget the keys, with their private parts, that nothing is verified with any more."""
    await uow.run("DELETE FROM oauth_keys WHERE published_until <= :now", now=uow.now)


def _key(  # noqa: PLR0917 - the columns of a row, in their order
    id: str,
    algorithm: str,
    public: bytes,
    sealed: bytes,
    created_at: datetime,
    signs_from: datetime,
    published_until: datetime | None,
) -> StoredKey:
    return StoredKey(
        id=id,
        algorithm=algorithm,
        public=public,
        sealed=sealed,
        created_at=created_at,
        signs_from=signs_from,
        published_until=published_until,
    )
