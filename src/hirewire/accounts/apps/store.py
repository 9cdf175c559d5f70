"""Where apps lie: the tables of apps, their secrets and the origins that they trust."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import msgspec

from hirewire.accounts.model import App, AppSecret, AppTerms, ErrorProfile, GrantType, Role
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.unit import UnitOfWork

_APP_COLUMNS: Final = """
    a.id, a.owner_employer_id, a.created_at, a.name, a.grant_types, a.redirect_uris,
    a.trusted_domains, a.scopes, a.is_public, a.error_profile, a.rotates_refresh_tokens,
    a.requires_pushed_requests, a.requires_dpop, a.jwks
"""
_APP: Final = f"SELECT {_APP_COLUMNS} FROM apps AS a"


async def app(reader: Reader, id: str) -> App | None:
    return await reader.one(_app, f"{_APP} WHERE a.id = :id", id=id)


async def app_with_digests(reader: Reader, id: str) -> tuple[App | None, list[bytes]]:
    """Find an app together with the digests of its secrets, in one look."""
    rows = await reader.all(
        _app_with_digest,
        f"""
        SELECT s.digest, {_APP_COLUMNS}
        FROM apps AS a LEFT JOIN app_secrets AS s ON s.app_id = a.id
        WHERE a.id = :id
        """,
        id=id,
    )
    app = rows[0][0] if rows else None
    return app, [digest for _, digest in rows if digest is not None]


async def apps(reader: Reader, limit: int) -> list[App]:
    """Every app, in the order of their client ids."""
    return await reader.all(_app, f"{_APP} ORDER BY a.id LIMIT :limit", limit=limit)


async def apps_by_id(reader: Reader, ids: Collection[str]) -> list[App]:
    return await reader.all(_app, f"{_APP} WHERE a.id IN :ids", ids=list(ids))


async def lock_app(uow: UnitOfWork, id: str) -> App | None:
    """Find an app, and keep others from changing it until the unit ends."""
    return await uow.one(_app, f"{_APP} WHERE a.id = :id @for_update", id=id)


async def managed_apps(reader: Reader, person_id: UUID, limit: int) -> list[App]:
    return await reader.all(
        _app,
        f"""
        {_APP} JOIN memberships AS m ON m.employer_id = a.owner_employer_id
        WHERE m.person_id = :person_id AND m.role = :admin
        ORDER BY lower(a.name), a.id LIMIT :limit
        """,
        person_id=person_id,
        admin=Role.ADMIN.value,
        limit=limit,
    )


async def add_app(uow: UnitOfWork, app: App) -> None:
    await uow.run(
        """
        INSERT INTO apps (id, owner_employer_id, name, grant_types, redirect_uris,
                          trusted_domains, scopes, is_public, error_profile,
                          rotates_refresh_tokens, requires_pushed_requests, requires_dpop,
                          jwks, created_at)
        VALUES (:id, :owner_employer_id, :name, :grant_types, :redirect_uris,
                :trusted_domains, :scopes, :is_public, :error_profile,
                :rotates_refresh_tokens, :requires_pushed_requests, :requires_dpop,
                :jwks, :created_at)
        """,
        id=app.id,
        owner_employer_id=app.owner_employer_id,
        created_at=app.created_at,
        **_terms_columns(app.terms),
    )
    await _add_origins(uow, app)


async def set_terms(uow: UnitOfWork, app: App) -> None:
    await uow.run(
        """
        UPDATE apps SET name = :name, grant_types = :grant_types,
          redirect_uris = :redirect_uris, trusted_domains = :trusted_domains,
          scopes = :scopes, is_public = :is_public, error_profile = :error_profile,
          rotates_refresh_tokens = :rotates_refresh_tokens,
          requires_pushed_requests = :requires_pushed_requests,
          requires_dpop = :requires_dpop, jwks = :jwks
        WHERE id = :id
        """,
        id=app.id,
        **_terms_columns(app.terms),
    )
    await uow.run("DELETE FROM app_origins WHERE app_id = :id", id=app.id)
    await _add_origins(uow, app)


async def is_trusted_origin(reader: Reader, origin: str) -> bool:
    found = await reader.value(
        "SELECT 1 FROM app_origins WHERE origin = :origin LIMIT 1", origin=origin
    )
    return found is not None


async def secrets(reader: Reader, app_id: str) -> list[AppSecret]:
    """The secrets of an app, oldest first; the service keeps them few."""
    return await reader.all(
        _secret,
        """
        SELECT id, app_id, digest, created_at FROM app_secrets
        WHERE app_id = :app_id ORDER BY id
        """,
        app_id=app_id,
    )


async def add_secret(uow: UnitOfWork, secret: AppSecret) -> None:
    await uow.run(
        """
        INSERT INTO app_secrets (id, app_id, digest, created_at)
        VALUES (:id, :app_id, :digest, :created_at)
        """,
        id=secret.id,
        app_id=secret.app_id,
        digest=secret.digest,
        created_at=secret.created_at,
    )


async def remove_secret(uow: UnitOfWork, app_id: str, secret_id: UUID) -> bool:
    """Remove a secret; False where the app has no such one."""
    removed = await uow.run(
        "DELETE FROM app_secrets WHERE app_id = :app_id AND id = :id",
        app_id=app_id,
        id=secret_id,
    )
    return removed == 1


async def _add_origins(uow: UnitOfWork, app: App) -> None:
    await uow.run_many(
        "INSERT INTO app_origins (origin, app_id) VALUES (:origin, :app_id)",
        [{"origin": origin, "app_id": app.id} for origin in app.trusted_domains],
    )


def _terms_columns(terms: AppTerms) -> dict[str, object]:
    return {
        "name": terms.name,
        "grant_types": _json(sorted(terms.grant_types)),
        "redirect_uris": _json(terms.redirect_uris),
        "trusted_domains": _json(terms.trusted_domains),
        "scopes": _json(sorted(terms.scopes)),
        "is_public": terms.is_public,
        "error_profile": terms.error_profile.value,
        "rotates_refresh_tokens": terms.rotates_refresh_tokens,
        "requires_pushed_requests": terms.requires_pushed_requests,
        "requires_dpop": terms.requires_dpop,
        "jwks": terms.jwks,
    }


def _json(texts: Iterable[str]) -> str:
    return msgspec.json.encode(list(texts)).decode()


def _app(id: str, owner_employer_id: UUID, created_at: datetime, *terms: Any) -> App:
    return App(
        id=id,
        owner_employer_id=owner_employer_id,
        terms=_terms(*terms),
        created_at=created_at,
    )


def _app_with_digest(digest: bytes | None, *app: Any) -> tuple[App, bytes | None]:
    return _app(*app), digest


@lru_cache(maxsize=1024)
def _terms(  # noqa: PLR0917 - the columns of a row, in their order
    name: str,
    grant_types: str,
    redirect_uris: str,
    trusted_domains: str,
    scopes: str,
    is_public: bool,  # noqa: FBT001
    error_profile: str,
    rotates_refresh_tokens: bool,  # noqa: FBT001
    requires_pushed_requests: bool,  # noqa: FBT001
    requires_dpop: bool,  # noqa: FBT001
    jwks: str,
) -> AppTerms:
    """Read the terms; the same columns are read with every token request of an app."""
    return AppTerms(
        name=name,
        grant_types=msgspec.json.decode(grant_types, type=frozenset[GrantType]),
        redirect_uris=msgspec.json.decode(redirect_uris, type=tuple[str, ...]),
        trusted_domains=msgspec.json.decode(trusted_domains, type=tuple[str, ...]),
        scopes=msgspec.json.decode(scopes, type=frozenset[str]),
        is_public=is_public,
        error_profile=ErrorProfile(error_profile),
        rotates_refresh_tokens=rotates_refresh_tokens,
        requires_pushed_requests=requires_pushed_requests,
        requires_dpop=requires_dpop,
        jwks=jwks,
    )


def _secret(id: UUID, app_id: str, digest: bytes, created_at: datetime) -> AppSecret:
    return AppSecret(id=id, app_id=app_id, digest=digest, created_at=created_at)
