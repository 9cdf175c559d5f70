"""What can be done with apps: to register and change them, and to let one prove itself."""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from hirewire.accounts import store as accounts_store
from hirewire.accounts.apps import store
from hirewire.accounts.apps.known import KnownApps
from hirewire.accounts.errors import (
    AppHasSecrets,
    NotForPublicApps,
    TooManySecrets,
    UnknownApp,
    UnknownEmployer,
    UnknownSecret,
)
from hirewire.accounts.facts import AppChanged, AppRegistered, AppSecretAdded, AppSecretRemoved
from hirewire.accounts.model import LONGEST_LIST, App, AppSecret, AppTerms, NewSecret
from hirewire.kit.entropy import Entropy
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.unit import UnitOfWork

MOST_SECRETS: Final = 10

_CLIENT_ID_SIZE: Final = 32
_SECRET_SIZE: Final = 32
_NOBODYS_DIGEST: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class Apps:
    """
    The part of `Accounts` for apps; *entropy* mints client ids and secrets.

    Where the facts are heard that change apps, those that were asked for lately are *known*.
    """

    entropy: Entropy
    known: KnownApps | None = None

    async def find(self, reader: Reader, client_id: str) -> App | None:
        """Find an app by its client id."""
        return await store.app(reader, client_id)

    async def at_work(self, reader: Reader, client_id: str) -> App | None:
        """Find an app that is not switched off, and has something to prove itself with."""
        app, digests = await self._with_digests(reader, client_id)
        if app is None or not app.grant_types:
            return None
        return app if digests or app.terms.is_public or app.terms.jwks else None

    async def list_all(self, reader: Reader, *, limit: int = LONGEST_LIST) -> list[App]:
        """List the apps by client id."""
        return await store.apps(reader, limit)

    async def by_id(self, reader: Reader, ids: Iterable[str]) -> dict[str, App]:
        """Find those of the apps named by *ids* that there are."""
        return {app.id: app for app in await store.apps_by_id(reader, set(ids))}

    async def managed_by(
        self, reader: Reader, person_id: UUID, *, limit: int = LONGEST_LIST
    ) -> list[App]:
        """List the apps of the employers that a person administers, by name."""
        return await store.managed_apps(reader, person_id, limit)

    async def trusts(self, reader: Reader, client_id: str | None, origin: str) -> bool:
        """
        Tell whether the app *client_id* trusts the web domain *origin*.

        Where the app is not known, in a preflight or with a bad token, any app's trust is
        enough.
        """
        if client_id is None:
            return await store.is_trusted_origin(reader, origin)
        app = await store.app(reader, client_id)
        return app is not None and origin in app.trusted_domains

    async def secrets(self, reader: Reader, client_id: str) -> list[AppSecret]:
        """List an app's secrets, oldest first."""
        return await store.secrets(reader, client_id)

    async def authenticated(self, reader: Reader, client_id: str, secret: str) -> App | None:
        """
        Find the app that proves itself with *secret*, or None.

        Every digest is compared in full, and one is for an unknown app, so that the time
        taken tells nothing about them.
        """
        app, digests = await self._with_digests(reader, client_id)
        given = _digest(secret)
        matches = [
            hmac.compare_digest(given, digest) for digest in digests or [_NOBODYS_DIGEST]
        ]
        return app if any(matches) else None

    async def register(
        self,
        uow: UnitOfWork,
        owner_employer_id: UUID,
        terms: AppTerms,
        *,
        by: UUID | None = None,
    ) -> tuple[App, NewSecret]:
        """
        Register an app with its first secret, which is shown now and never again.

        Raises:
            UnknownEmployer: the owner does not exist.
            NotForPublicApps: it is public, and has no secret: see `register_public`.
            others: see `AppTerms.parsed`.
        """
        app = self._new_app(uow, owner_employer_id, terms)
        if app.terms.is_public:
            raise NotForPublicApps(what="secret")
        await self._register(uow, app, by)
        return app, await self._new_secret(uow, app, by)

    async def register_public(
        self,
        uow: UnitOfWork,
        owner_employer_id: UUID,
        terms: AppTerms,
        *,
        by: UUID | None = None,
    ) -> App:
        """
        Register an app that keeps no secret, whatever *terms* say of that.

        Raises:
            UnknownEmployer: the owner does not exist.
            others: see `AppTerms.parsed`.
        """
        app = self._new_app(uow, owner_employer_id, replace(terms, is_public=True))
        await self._register(uow, app, by)
        return app

    async def change(
        self, uow: UnitOfWork, client_id: str, terms: AppTerms, *, by: UUID | None = None
    ) -> App:
        """
        Give an app other terms; saying the same again changes nothing.

        Raises:
            UnknownApp: there is none.
            AppHasSecrets: it would be public, and has secrets.
            others: see `AppTerms.parsed`.
        """
        old = await _locked_app(uow, client_id)
        app = replace(old, terms=terms.parsed())
        changed = app.terms.changed_from(old.terms)
        if not changed:
            return old
        if app.terms.is_public and (secrets := await store.secrets(uow, client_id)):
            raise AppHasSecrets(secrets=len(secrets))
        await store.set_terms(uow, app)
        uow.tell(
            AppChanged(employer_id=app.owner_employer_id, app_id=app.id, changed=changed, by=by)
        )
        return app

    async def add_secret(
        self, uow: UnitOfWork, client_id: str, *, by: UUID | None = None
    ) -> NewSecret:
        """
        Give an app one secret more, which is shown now and never again.

        Raises:
            UnknownApp: there is none.
            NotForPublicApps: it keeps none.
            TooManySecrets: it has as many as it may have.
        """
        app = await _locked_app(uow, client_id)
        if app.terms.is_public:
            raise NotForPublicApps(what="secret")
        if len(await store.secrets(uow, client_id)) >= MOST_SECRETS:
            raise TooManySecrets(limit=MOST_SECRETS)
        return await self._new_secret(uow, app, by)

    async def remove_secret(
        self, uow: UnitOfWork, client_id: str, secret_id: UUID, *, by: UUID | None = None
    ) -> None:
        """
        Let one of an app's secrets open nothing any more.

        Raises:
            UnknownApp, UnknownSecret: there is none.
        """
        app = await _locked_app(uow, client_id)
        if not await store.remove_secret(uow, client_id, secret_id):
            raise UnknownSecret(secret_id=secret_id)
        uow.tell(
            AppSecretRemoved(
                employer_id=app.owner_employer_id,
                app_id=client_id,
                secret_id=secret_id,
                by=by,
            )
        )

    async def _with_digests(
        self, reader: Reader, client_id: str
    ) -> tuple[App | None, Sequence[bytes]]:
        known = self.known
        if known is None:
            return await store.app_with_digests(reader, client_id)
        found = known.find(client_id)
        if found is not None:
            return found.app, found.digests
        read_at = known.changes
        app, digests = await store.app_with_digests(reader, client_id)
        if app is not None:
            known.keep(app, tuple(digests), read_at=read_at)
        return app, digests

    def _new_app(self, uow: UnitOfWork, owner_employer_id: UUID, terms: AppTerms) -> App:
        return App(
            id=self.entropy.token(_CLIENT_ID_SIZE).hex(),
            owner_employer_id=owner_employer_id,
            terms=terms.parsed(),
            created_at=uow.now,
        )

    async def _register(self, uow: UnitOfWork, app: App, by: UUID | None) -> None:
        await _check_owner(uow, app.owner_employer_id)
        await store.add_app(uow, app)
        uow.tell(AppRegistered(employer_id=app.owner_employer_id, app_id=app.id, by=by))

    async def _new_secret(self, uow: UnitOfWork, app: App, by: UUID | None) -> NewSecret:
        new = NewSecret(id=uow.new_id(), text=self.entropy.token(_SECRET_SIZE).hex())
        await store.add_secret(
            uow,
            AppSecret(id=new.id, app_id=app.id, digest=_digest(new.text), created_at=uow.now),
        )
        uow.tell(
            AppSecretAdded(
                employer_id=app.owner_employer_id, app_id=app.id, secret_id=new.id, by=by
            )
        )
        return new


async def _check_owner(reader: Reader, employer_id: UUID) -> None:
    if await accounts_store.employer(reader, employer_id) is None:
        raise UnknownEmployer(account_id=employer_id)


async def _locked_app(uow: UnitOfWork, client_id: str) -> App:
    """Find an app whose terms and secrets nobody else changes until the unit ends."""
    app = await store.lock_app(uow, client_id)
    if app is None:
        raise UnknownApp(app_id=client_id)
    return app


def _digest(secret: str) -> bytes:
    """A secret has 256 random bits: a fast hash keeps it as well as a slow one."""
    return hashlib.sha256(secret.encode()).digest()
