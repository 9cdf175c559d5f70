"""Where sessions lie, and the failed attempts to begin one."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.unit import UnitOfWork

S = TypeVar("S")


async def add_session(
    uow: UnitOfWork,
    *,
    id: UUID,
    digest: bytes,
    person_id: UUID,
    authenticated_at: datetime,
    expires_at: datetime,
) -> None:
    await uow.run(
        """
        INSERT INTO sessions (id, digest, person_id, authenticated_at, expires_at)
        VALUES (:id, :digest, :person_id, :authenticated_at, :expires_at)
        """,
        id=id,
        digest=digest,
        person_id=person_id,
        authenticated_at=authenticated_at,
        expires_at=expires_at,
    )


async def session(
    reader: Reader,
    make: Callable[[UUID, UUID, datetime, datetime], S],
    digest: bytes,
    at: datetime,
) -> S | None:
    """The session of *digest* that is not over at the moment *at*."""
    return await reader.one(
        make,
        """
        SELECT id, person_id, authenticated_at, expires_at FROM sessions
        WHERE digest = :digest AND expires_at > :at
        """,
        digest=digest,
        at=at,
    )


async def remove_session(uow: UnitOfWork, session_id: UUID) -> None:
    await uow.run("DELETE FROM sessions WHERE id = :id", id=session_id)


async def remove_sessions_of(uow: UnitOfWork, person_id: UUID) -> None:
    await uow.run("DELETE FROM sessions WHERE person_id = :person_id", person_id=person_id)
