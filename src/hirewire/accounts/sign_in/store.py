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


async def remove_session(uow: UnitOfWork, session_id: UUID) -> bool:
    return await uow.run("DELETE FROM sessions WHERE id = :id", id=session_id) == 1


async def remove_sessions_of(uow: UnitOfWork, person_id: UUID) -> list[UUID]:
    return await uow.all(
        _same,
        'DELETE FROM sessions WHERE person_id = :person_id RETURNING id AS "id [uuid]"',
        person_id=person_id,
    )


async def failures(
    uow: UnitOfWork, make: Callable[[int, datetime, bool], S], key: str, until: datetime
) -> S:
    """
    The count under *key*, begun anew where it was over; locked until the unit ends.

    A count begun here is forgotten at *until*.
    """
    found = await uow.one(
        make,
        """
        INSERT INTO sign_in_failures (key, failures, retry_at, until)
        VALUES (:key, 0, :now, :until)
        ON CONFLICT (key) DO UPDATE SET
          failures = CASE WHEN sign_in_failures.until <= :now
                     THEN 0 ELSE sign_in_failures.failures END,
          retry_at = CASE WHEN sign_in_failures.until <= :now
                     THEN :now ELSE sign_in_failures.retry_at END,
          was_told = sign_in_failures.was_told AND sign_in_failures.until > :now
        RETURNING failures, retry_at AS "retry_at [timestamptz]",
                  was_told AS "was_told [boolean]"
        """,
        key=key,
        now=uow.now,
        until=until,
    )
    assert found is not None  # noqa: S101 - an upsert returns its row
    return found


async def count_failure(
    uow: UnitOfWork, key: str, *, retry_at: datetime, until: datetime
) -> None:
    await uow.run(
        """
        UPDATE sign_in_failures
        SET failures = failures + 1, retry_at = :retry_at, until = :until
        WHERE key = :key
        """,
        key=key,
        retry_at=retry_at,
        until=until,
    )


async def give_back(uow: UnitOfWork, key: str, free: int) -> None:
    """Take one failure off; where fewer than *free* are left nobody has to wait."""
    await uow.run(
        """
        UPDATE sign_in_failures
        SET failures = failures - 1,
            retry_at = CASE WHEN failures <= :free THEN :now ELSE retry_at END
        WHERE key = :key AND failures > 0
        """,
        key=key,
        free=free,
        now=uow.now,
    )


async def note_told(uow: UnitOfWork, key: str) -> None:
    await uow.run("UPDATE sign_in_failures SET was_told = true WHERE key = :key", key=key)


async def remove_failures(uow: UnitOfWork, key: str) -> None:
    await uow.run("DELETE FROM sign_in_failures WHERE key = :key", key=key)


async def is_known_browser(
    reader: Reader, person_id: UUID, digest: bytes, at: datetime
) -> bool:
    """Whether the person signed in with that browser, and it still counts at *at*."""
    found = await reader.value(
        """
        SELECT 1 FROM known_browsers
        WHERE person_id = :person_id AND browser_digest = :digest AND until > :at
        """,
        person_id=person_id,
        digest=digest,
        at=at,
    )
    return found is not None


async def add_known_browser(
    uow: UnitOfWork, person_id: UUID, digest: bytes, until: datetime
) -> None:
    await uow.run(
        """
        INSERT INTO known_browsers (person_id, browser_digest, until)
        VALUES (:person_id, :digest, :until)
        ON CONFLICT (person_id, browser_digest) DO UPDATE SET until = excluded.until
        """,
        person_id=person_id,
        digest=digest,
        until=until,
    )


async def remove_known_browsers_of(uow: UnitOfWork, person_id: UUID) -> None:
    await uow.run(
        "DELETE FROM known_browsers WHERE person_id = :person_id", person_id=person_id
    )


async def prune(uow: UnitOfWork, limit: int) -> int:
    """Remove at most *limit* of each that are over, and say how many that was at most."""
    sessions = await uow.run(
        """
        DELETE FROM sessions WHERE id IN (
          SELECT id FROM sessions WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit)
        """,
        now=uow.now,
        limit=limit,
    )
    failures = await uow.run(
        """
        DELETE FROM sign_in_failures WHERE key IN (
          SELECT key FROM sign_in_failures WHERE until <= :now ORDER BY until LIMIT :limit)
        """,
        now=uow.now,
        limit=limit,
    )
    browsers = await uow.run(
        """
        DELETE FROM known_browsers WHERE (person_id, browser_digest) IN (
          SELECT person_id, browser_digest FROM known_browsers
          WHERE until <= :now ORDER BY until LIMIT :limit)
        """,
        now=uow.now,
        limit=limit,
    )
    return max(sessions, failures, browsers)


def _same(id: UUID) -> UUID:
    return id
