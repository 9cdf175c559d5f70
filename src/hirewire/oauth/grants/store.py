"""The tables of grants, families and consumed refresh tokens."""

from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from hirewire.oauth.grants.model import (
    Because,
    CodeRequest,
    Consumed,
    Family,
    Grant,
    IssuedCode,
    Standing,
)
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.unit import UnitOfWork

_GRANT: Final = """
    SELECT g.id, g.person_id, g.app_id, g.scopes, g.refused, g.granted_at, g.changed_at,
           (SELECT max(f.used_at) FROM oauth_families AS f WHERE f.grant_id = g.id)
             AS "used_at [timestamptz]"
    FROM oauth_grants AS g
"""
_FAMILY: Final = """
    f.id, f.grant_id, f.person_id, f.app_id, f.scopes, f.picked_employer_id, f.employer_id,
    f.authenticated_at, f.proof_key, f.nonce, f.revoked_because
"""
_GRANT_SCOPES: Final = """
    (SELECT g.scopes FROM oauth_grants AS g WHERE g.id = f.grant_id AND g.revoked_at IS NULL)
"""
_STANDING: Final = f"""
    SELECT f.refresh_digest, f.refresh_expires_at, {_GRANT_SCOPES}, {_FAMILY}
    FROM oauth_families AS f WHERE f.id = :id
"""


async def live_grant(reader: Reader, person_id: UUID, app_id: str) -> Grant | None:
    return await reader.one(
        _grant,
        f"""
        {_GRANT}
        WHERE g.person_id = :person_id AND g.app_id = :app_id AND g.revoked_at IS NULL
        """,
        person_id=person_id,
        app_id=app_id,
    )


async def grants_of_person(reader: Reader, person_id: UUID, limit: int) -> list[Grant]:
    """The live grants, the newest first."""
    return await reader.all(
        _grant,
        f"""
        {_GRANT} WHERE g.person_id = :person_id AND g.revoked_at IS NULL
        ORDER BY g.id DESC LIMIT :limit
        """,
        person_id=person_id,
        limit=limit,
    )


async def add_grant(uow: UnitOfWork, grant: Grant) -> None:
    """Add *grant*, or give the live one of the same person and app its scopes."""
    await uow.run(
        """
        INSERT INTO oauth_grants (id, person_id, app_id, scopes, refused, granted_at,
                                  changed_at)
        VALUES (:id, :person_id, :app_id, :scopes, :refused, :granted_at, :changed_at)
        ON CONFLICT (person_id, app_id) WHERE revoked_at IS NULL DO UPDATE
        SET scopes = excluded.scopes, refused = excluded.refused,
            changed_at = excluded.changed_at
        """,
        id=grant.id,
        person_id=grant.person_id,
        app_id=grant.app_id,
        scopes=_text(grant.scopes),
        refused=_text(grant.refused),
        granted_at=grant.granted_at,
        changed_at=grant.changed_at,
    )


async def change_grant(
    uow: UnitOfWork, grant_id: UUID, scopes: frozenset[str], refused: frozenset[str]
) -> bool:
    """
    Give a live grant other scopes; False where it is live no more.

    It has not changed where only *refused* did.
    """
    changed = await uow.run(
        """
        UPDATE oauth_grants SET scopes = :scopes, refused = :refused,
          changed_at = CASE WHEN scopes = :scopes THEN changed_at ELSE :now END
        WHERE id = :id AND revoked_at IS NULL
        """,
        id=grant_id,
        scopes=_text(scopes),
        refused=_text(refused),
        now=uow.now,
    )
    return changed == 1


async def end_grant(uow: UnitOfWork, person_id: UUID, grant_id: UUID) -> str | None:
    """Revoke a live grant of the person and return its app; None where there is none."""
    app_id: str | None = await uow.value(
        """
        UPDATE oauth_grants SET revoked_at = :now
        WHERE id = :id AND person_id = :person_id AND revoked_at IS NULL
        RETURNING app_id
        """,
        id=grant_id,
        person_id=person_id,
        now=uow.now,
    )
    return app_id


async def end_families_of_grant(uow: UnitOfWork, grant_id: UUID) -> None:
    """Revoke all that stands on a grant that was revoked."""
    await uow.run(
        """
        UPDATE oauth_families SET revoked_at = :now, revoked_because = :because
        WHERE grant_id = :grant_id AND (revoked_at IS NULL OR revoked_because = :superseded)
        """,
        grant_id=grant_id,
        now=uow.now,
        because=Because.GRANT_REVOKED.value,
        superseded=Because.SUPERSEDED.value,
    )


async def add_family(
    uow: UnitOfWork,
    id: UUID,
    asked: CodeRequest,
    *,
    code_digest: bytes,
    code_expires_at: datetime,
    kept_until: datetime,
) -> None:
    """Begin a family with its code."""
    await uow.run(
        """
        INSERT INTO oauth_families (id, grant_id, person_id, app_id, scopes,
                                    picked_employer_id, employer_id, authenticated_at,
                                    proof_key, redirect_uri, nonce, code_challenge,
                                    code_digest, code_expires_at, used_at, kept_until)
        VALUES (:id, :grant_id, :person_id, :app_id, :scopes,
                :picked_employer_id, :picked_employer_id, :authenticated_at,
                :proof_key, :redirect_uri, :nonce, :code_challenge,
                :code_digest, :code_expires_at, :now, :kept_until)
        """,
        id=id,
        grant_id=asked.grant_id,
        person_id=asked.person_id,
        app_id=asked.app.id,
        scopes=_text(asked.scopes),
        picked_employer_id=asked.picked_employer_id,
        authenticated_at=asked.authenticated_at,
        proof_key=asked.proof_key,
        redirect_uri=asked.redirect_uri,
        nonce=asked.nonce,
        code_challenge=asked.code_challenge,
        code_digest=code_digest,
        code_expires_at=code_expires_at,
        kept_until=kept_until,
        now=uow.now,
    )


async def lock_grant_of_code(uow: UnitOfWork, code_digest: bytes) -> bool:
    """
    Lock the grant that a code stands on, before its families; False for an unknown code.

    Whoever redeems another code of the same grant waits, and so sees what we supersede.
    """
    found = await uow.value(
        """
        SELECT id FROM oauth_grants WHERE id =
          (SELECT grant_id FROM oauth_families WHERE code_digest = :code_digest)
        @for_update
        """,
        code_digest=code_digest,
    )
    return found is not None


async def code(uow: UnitOfWork, code_digest: bytes) -> IssuedCode | None:
    """Find a code, and lock its family."""
    return await uow.one(
        _code,
        f"""
        SELECT f.redirect_uri, f.code_challenge, f.code_expires_at, f.redeemed_at,
               {_GRANT_SCOPES}, {_FAMILY}
        FROM oauth_families AS f WHERE f.code_digest = :code_digest
        @for_update
        """,
        code_digest=code_digest,
    )


async def redeem(
    uow: UnitOfWork,
    family_id: UUID,
    *,
    proof_key: str | None,
    refresh_digest: bytes | None,
    refresh_expires_at: datetime,
) -> None:
    """Mark a family's code as used, and begin its refresh tokens if it has any."""
    await uow.run(
        """
        UPDATE oauth_families SET redeemed_at = :now, used_at = :now, proof_key = :proof_key,
          refresh_digest = :refresh_digest, refresh_expires_at = :refresh_expires_at
        WHERE id = :id
        """,
        id=family_id,
        now=uow.now,
        proof_key=proof_key,
        refresh_digest=refresh_digest,
        refresh_expires_at=refresh_expires_at,
    )


async def supersede(uow: UnitOfWork, grant_id: UUID, family_id: UUID) -> None:
    """Let no other family of the grant, which is locked, be refreshed any more."""
    await uow.run(
        """
        UPDATE oauth_families SET revoked_at = :now, revoked_because = :because
        WHERE grant_id = :grant_id AND id <> :id
          AND refresh_digest IS NOT NULL AND revoked_at IS NULL
        """,
        grant_id=grant_id,
        id=family_id,
        now=uow.now,
        because=Because.SUPERSEDED.value,
    )


async def standing(reader: Reader, family_id: UUID) -> Standing | None:
    """Find out how a family stands."""
    return await reader.one(_standing, _STANDING, id=family_id)


async def lock_standing(uow: UnitOfWork, family_id: UUID) -> Standing | None:
    """Lock a family, and find out how it stands once nobody else is at it."""
    return await uow.one(_standing, f"{_STANDING} @for_update", id=family_id)


async def consumed(uow: UnitOfWork, family_id: UUID, digest: bytes) -> Consumed | None:
    """Find a token that a family, which is locked, was rotated away from."""
    return await uow.one(
        _consumed,
        """
        SELECT consumed_at, sealed_successor FROM oauth_consumed_tokens
        WHERE digest = :digest AND family_id = :family_id
        """,
        digest=digest,
        family_id=family_id,
    )


async def consume(
    uow: UnitOfWork, family_id: UUID, digest: bytes, sealed_successor: bytes
) -> None:
    """Note that a family was rotated away from a token."""
    await uow.run(
        """
        INSERT INTO oauth_consumed_tokens (digest, family_id, consumed_at, sealed_successor)
        VALUES (:digest, :family_id, :now, :sealed_successor)
        """,
        digest=digest,
        family_id=family_id,
        now=uow.now,
        sealed_successor=sealed_successor,
    )


async def prolong(
    uow: UnitOfWork, family_id: UUID, refresh_digest: bytes, refresh_expires_at: datetime
) -> None:
    """Give a family this refresh token until then, and note that it was used."""
    await uow.run(
        """
        UPDATE oauth_families SET refresh_digest = :refresh_digest,
          refresh_expires_at = :refresh_expires_at, used_at = :now
        WHERE id = :id
        """,
        id=family_id,
        refresh_digest=refresh_digest,
        refresh_expires_at=refresh_expires_at,
        now=uow.now,
    )


async def keep(uow: UnitOfWork, family_id: UUID, until: datetime) -> None:
    """Let a family be pruned no earlier than that."""
    await uow.run(
        "UPDATE oauth_families SET kept_until = :until WHERE id = :id",
        id=family_id,
        until=until,
    )


async def represent(uow: UnitOfWork, family_id: UUID, employer_id: UUID) -> None:
    """Note which employer the family's last token represents."""
    await uow.run(
        "UPDATE oauth_families SET employer_id = :employer_id WHERE id = :id",
        id=family_id,
        employer_id=employer_id,
    )


async def end_family(uow: UnitOfWork, family_id: UUID, because: Because) -> bool:
    """Revoke a family; False where its access tokens are revoked already, or it is unknown."""
    changed = await uow.run(
        """
        UPDATE oauth_families SET revoked_at = :now, revoked_because = :because
        WHERE id = :id AND (revoked_at IS NULL OR revoked_because = :superseded)
        """,
        id=family_id,
        now=uow.now,
        because=because.value,
        superseded=Because.SUPERSEDED.value,
    )
    return changed == 1


async def forget_successors(uow: UnitOfWork, after: datetime, upto: datetime) -> None:
    """Forget the sealed successors of the tokens that were consumed between the two."""
    await uow.run(
        """
        UPDATE oauth_consumed_tokens SET sealed_successor = NULL
        WHERE consumed_at > :after AND consumed_at <= :upto AND sealed_successor IS NOT NULL
        """,
        after=after,
        upto=upto,
    )


async def prune_consumed(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Remove up to *limit* tokens that were consumed before then, and would have expired."""
    return await uow.run(
        """
        DELETE FROM oauth_consumed_tokens WHERE digest IN (
          SELECT digest FROM oauth_consumed_tokens WHERE consumed_at <= :before
          ORDER BY consumed_at LIMIT :limit @for_update @skip_locked
        )
        """,
        before=before,
        limit=limit,
    )


async def prune_families(uow: UnitOfWork, limit: int) -> int:
    """Remove up to *limit* families that need not be kept any more."""
    return await uow.run(
        """
        DELETE FROM oauth_families WHERE id IN (
          SELECT id FROM oauth_families WHERE kept_until <= :now
          ORDER BY kept_until LIMIT :limit @for_update @skip_locked
        )
        """,
        now=uow.now,
        limit=limit,
    )


async def prune_grants(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Remove up to *limit* grants that were revoked before then and have no family left."""
    return await uow.run(
        """
        DELETE FROM oauth_grants WHERE id IN (
          SELECT g.id FROM oauth_grants AS g
          WHERE g.revoked_at <= :before AND NOT EXISTS (
            SELECT 1 FROM oauth_families AS f WHERE f.grant_id = g.id
          )
          ORDER BY g.revoked_at LIMIT :limit @for_update @skip_locked
        )
        """,
        before=before,
        limit=limit,
    )


def _grant(  # noqa: PLR0917 - the columns of a row, in their order
    id: UUID,
    person_id: UUID,
    app_id: str,
    scopes: str,
    refused: str,
    granted_at: datetime,
    changed_at: datetime,
    used_at: datetime | None,
) -> Grant:
    return Grant(
        id=id,
        person_id=person_id,
        app_id=app_id,
        scopes=_scopes(scopes),
        refused=_scopes(refused),
        granted_at=granted_at,
        changed_at=changed_at,
        used_at=used_at,
    )


def _family(  # noqa: PLR0917 - the columns of a row, in their order
    id: UUID,
    grant_id: UUID,
    person_id: UUID,
    app_id: str,
    scopes: str,
    picked_employer_id: UUID | None,
    employer_id: UUID | None,
    authenticated_at: datetime,
    proof_key: str | None,
    nonce: str | None,
    revoked_because: str | None,
) -> Family:
    return Family(
        id=id,
        grant_id=grant_id,
        person_id=person_id,
        app_id=app_id,
        scopes=_scopes(scopes),
        picked_employer_id=picked_employer_id,
        employer_id=employer_id,
        authenticated_at=authenticated_at,
        proof_key=proof_key,
        nonce=nonce,
        revoked_because=None if revoked_because is None else Because(revoked_because),
    )


def _code(
    redirect_uri: str,
    code_challenge: str | None,
    expires_at: datetime,
    redeemed_at: datetime | None,
    grant_scopes: str | None,
    *family: Any,
) -> IssuedCode:
    return IssuedCode(
        family=_family(*family),
        redirect_uri=redirect_uri,
        code_challenge=code_challenge,
        expires_at=expires_at,
        redeemed_at=redeemed_at,
        grant_scopes=_optional_scopes(grant_scopes),
    )


def _standing(
    refresh_digest: bytes | None,
    expires_at: datetime | None,
    grant_scopes: str | None,
    *family: Any,
) -> Standing:
    return Standing(
        family=_family(*family),
        refresh_digest=refresh_digest,
        expires_at=expires_at,
        grant_scopes=_optional_scopes(grant_scopes),
    )


def _consumed(consumed_at: datetime, sealed_successor: bytes | None) -> Consumed:
    return Consumed(consumed_at=consumed_at, sealed_successor=sealed_successor)


def _text(scopes: frozenset[str]) -> str:
    return " ".join(sorted(scopes))


@lru_cache(maxsize=4096)
def _scopes(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _optional_scopes(text: str | None) -> frozenset[str] | None:
    return None if text is None else _scopes(text)
