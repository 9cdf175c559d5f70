"""Where authorization requests lie: those pushed ahead, and those on the pages."""

from datetime import datetime
from typing import Final
from uuid import UUID

from hirewire.oauth.authorize.interaction import Interaction
from hirewire.oauth.authorize.request import AuthorizationRequest
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.unit import UnitOfWork

_INTERACTION: Final = """
    SELECT id, parameters, begun_at, expires_at, begun_in, person_id, employer_settled,
           employer_id
    FROM oauth_interactions
    WHERE id = :id AND browser_digest = :browser AND expires_at > :at
"""


async def push(
    uow: UnitOfWork, digest: bytes, request: AuthorizationRequest, expires_at: datetime
) -> None:
    await uow.run(
        """
        INSERT INTO oauth_pushed_requests (digest, app_id, parameters, expires_at)
        VALUES (:digest, :app_id, :parameters, :expires_at)
        """,
        digest=digest,
        app_id=request.app_id,
        parameters=request.encode(),
        expires_at=expires_at,
    )


async def pushed(
    reader: Reader, digest: bytes, app_id: str, at: datetime
) -> AuthorizationRequest | None:
    """The request that an app pushed, unless it may not be opened any more at *at*."""
    return await reader.one(
        AuthorizationRequest.decode,
        """
        SELECT parameters FROM oauth_pushed_requests
        WHERE digest = :digest AND app_id = :app_id AND expires_at > :at
        """,
        digest=digest,
        app_id=app_id,
        at=at,
    )


async def use_pushed(uow: UnitOfWork, digest: bytes) -> bool:
    """
    Use a pushed request up; of two who try, one does.

    Whoever opened it in time may answer late, so its expiry does not matter here.
    """
    removed = await uow.run(
        "DELETE FROM oauth_pushed_requests WHERE digest = :digest", digest=digest
    )
    return removed == 1


async def add_interaction(uow: UnitOfWork, interaction: Interaction, browser: bytes) -> None:
    await uow.run(
        """
        INSERT INTO oauth_interactions (id, browser_digest, app_id, parameters, begun_at,
                                        begun_in, expires_at, person_id)
        VALUES (:id, :browser, :app_id, :parameters, :begun_at, :begun_in, :expires_at,
                :person_id)
        """,
        id=interaction.id,
        browser=browser,
        app_id=interaction.request.app_id,
        parameters=interaction.request.encode(),
        begun_at=interaction.begun_at,
        begun_in=interaction.begun_in,
        expires_at=interaction.expires_at,
        person_id=interaction.person_id,
    )


async def interaction(
    reader: Reader, id: UUID, browser: bytes, at: datetime
) -> Interaction | None:
    """The interaction of that browser, unless it is over at the moment *at*."""
    return await reader.one(_interaction, _INTERACTION, id=id, browser=browser, at=at)


async def locked_interaction(uow: UnitOfWork, id: UUID, browser: bytes) -> Interaction | None:
    """The same, held until the unit ends, so that answers come one after another."""
    sql = f"{_INTERACTION} @for_update"
    return await uow.one(_interaction, sql, id=id, browser=browser, at=uow.now)


async def begin_anew(uow: UnitOfWork, id: UUID, person_id: UUID) -> None:
    """Forget the answers so far; the next ones are of *person_id*."""
    await uow.run(
        """
        UPDATE oauth_interactions
        SET person_id = :person_id, employer_settled = false, employer_id = NULL
        WHERE id = :id
        """,
        id=id,
        person_id=person_id,
    )


async def settle_employer(uow: UnitOfWork, id: UUID, employer_id: UUID | None) -> None:
    await uow.run(
        """
        UPDATE oauth_interactions SET employer_settled = true, employer_id = :employer_id
        WHERE id = :id
        """,
        id=id,
        employer_id=employer_id,
    )


async def end_interaction(uow: UnitOfWork, id: UUID) -> bool:
    """Remove an interaction; False where somebody was faster."""
    removed = await uow.run("DELETE FROM oauth_interactions WHERE id = :id", id=id)
    return removed == 1


async def remove_expired_interactions(uow: UnitOfWork, limit: int) -> int:
    return await uow.run(
        """
        DELETE FROM oauth_interactions WHERE id IN (
          SELECT id FROM oauth_interactions WHERE expires_at <= :now
          ORDER BY expires_at LIMIT :limit)
        """,
        now=uow.now,
        limit=limit,
    )


async def remove_expired_pushed(uow: UnitOfWork, before: datetime, limit: int) -> int:
    return await uow.run(
        """
        DELETE FROM oauth_pushed_requests WHERE digest IN (
          SELECT digest FROM oauth_pushed_requests WHERE expires_at <= :before
          ORDER BY expires_at LIMIT :limit)
        """,
        before=before,
        limit=limit,
    )


def _interaction(  # noqa: PLR0917 - the columns of a row, in their order
    id: UUID,
    parameters: str,
    begun_at: datetime,
    expires_at: datetime,
    begun_in: UUID | None,
    person_id: UUID | None,
    employer_settled: bool,  # noqa: FBT001
    employer_id: UUID | None,
) -> Interaction:
    return Interaction(
        id=id,
        request=AuthorizationRequest.decode(parameters),
        begun_at=begun_at,
        expires_at=expires_at,
        begun_in=begun_in,
        person_id=person_id,
        employer_settled=employer_settled,
        employer_id=employer_id,
    )
