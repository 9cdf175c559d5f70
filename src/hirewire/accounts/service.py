"""What can be done with accounts: the one door that sign-in, OAuth and the CLI go through."""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from hirewire.accounts import store
from hirewire.accounts.errors import (
    AlreadyMember,
    AppHasSecrets,
    EmailTaken,
    LegacyIdTaken,
    NotForPublicApps,
    NotMasterAccount,
    NotMember,
    SubaccountCurrency,
    TooManySecrets,
    UnknownApp,
    UnknownEmployer,
    UnknownPerson,
    UnknownSecret,
)
from hirewire.accounts.facts import (
    AppChanged,
    AppRegistered,
    AppSecretAdded,
    AppSecretRemoved,
    EmailVerified,
    EmployerModerated,
    EmployerOpened,
    MemberJoined,
    MemberLeft,
    MemberRoleChanged,
    PasswordChanged,
    PersonRegistered,
)
from hirewire.accounts.known_apps import KnownApps
from hirewire.accounts.model import (
    App,
    AppSecret,
    AppTerms,
    Employer,
    Membership,
    ModerationStatus,
    NewSecret,
    OpenEmployer,
    Person,
    RegisterPerson,
    Role,
)
from hirewire.accounts.sign_in import store as sign_in_store
from hirewire.kit.entropy import Entropy
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.unit import UnitOfWork

MOST_SECRETS: Final = 10
LONGEST_LIST: Final = 1000

_CLIENT_ID_SIZE: Final = 32
_SECRET_SIZE: Final = 32
_NOBODYS_DIGEST: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class Accounts:
    """
    The account slice's one front door; *entropy* mints client ids and secrets.

    Where the facts are heard that change apps, those that were asked for lately are *known*.
    """

    entropy: Entropy
    known: KnownApps | None = None

    async def person(self, reader: Reader, id: UUID) -> Person | None:
        """Find a person."""
        return await store.person(reader, id)

    async def person_by_email(self, reader: Reader, email: str) -> Person | None:
        """Find a person by an address, in any case."""
        return await store.person_by_email(reader, email)

    async def employer(self, reader: Reader, id: UUID) -> Employer | None:
        """Find an employer."""
        return await store.employer(reader, id)

    async def employer_by_legacy_id(self, reader: Reader, legacy_id: str) -> Employer | None:
        """Find an employer by its legacy advertiser id."""
        return await store.employer_by_legacy_id(reader, legacy_id)

    async def app(self, reader: Reader, client_id: str) -> App | None:
        """Find an app by its client id."""
        return await store.app(reader, client_id)

    async def apps(self, reader: Reader, *, limit: int = LONGEST_LIST) -> list[App]:
        """List the apps by client id."""
        return await store.apps(reader, limit)

    async def people(self, reader: Reader, *, limit: int = LONGEST_LIST) -> list[Person]:
        """List the people in the order they were registered."""
        return await store.people(reader, limit)

    async def employers(self, reader: Reader, *, limit: int = LONGEST_LIST) -> list[Employer]:
        """List the employers in the order they were opened."""
        return await store.employers(reader, limit)

    async def apps_by_id(self, reader: Reader, ids: Iterable[str]) -> dict[str, App]:
        """Find those of the apps named by *ids* that there are."""
        return {app.id: app for app in await store.apps_by_id(reader, set(ids))}

    async def people_by_id(self, reader: Reader, ids: Iterable[UUID]) -> dict[UUID, Person]:
        """Find those of the people named by *ids* that there are."""
        return {person.id: person for person in await store.people_by_id(reader, set(ids))}

    async def employers_by_id(
        self, reader: Reader, ids: Iterable[UUID]
    ) -> dict[UUID, Employer]:
        """Find those of the employers named by *ids* that there are."""
        return {found.id: found for found in await store.employers_by_id(reader, set(ids))}

    async def managed_apps(
        self, reader: Reader, person_id: UUID, *, limit: int = LONGEST_LIST
    ) -> list[App]:
        """List the apps of the employers that a person administers, by name."""
        return await store.managed_apps(reader, person_id, limit)

    async def manages(self, reader: Reader, person_id: UUID, app: App) -> bool:
        """Tell whether a person may change *app*: an admin of the employer that owns it."""
        membership = await store.membership(reader, person_id, app.owner_employer_id)
        return membership is not None and membership.role == Role.ADMIN

    async def administered_by(
        self, reader: Reader, person_id: UUID, *, limit: int = LONGEST_LIST
    ) -> list[Employer]:
        """List the employers that a person is an admin of, in the order they were opened."""
        return await store.administered_by(reader, person_id, limit)

    async def memberships_of(
        self, reader: Reader, person_id: UUID, *, limit: int = LONGEST_LIST
    ) -> list[Membership]:
        """List what a person is to which employer."""
        return await store.memberships_of(reader, person_id, limit)

    async def employers_of_person(
        self, reader: Reader, person_id: UUID, *, limit: int = LONGEST_LIST
    ) -> list[Employer]:
        """List the employers that a person acts for, in the order they were opened."""
        return await store.employers_of_person(reader, person_id, limit)

    async def employers_of_app(
        self, reader: Reader, app: App, *, limit: int = LONGEST_LIST
    ) -> list[Employer]:
        """List the employers that an app may represent by itself: its account first."""
        return await store.employers_under(reader, app.owner_employer_id, limit)

    async def may_represent(self, reader: Reader, app: App, employer_id: UUID) -> bool:
        """Tell whether *app* by itself may represent the employer: its own or a subaccount."""
        if employer_id == app.owner_employer_id:
            return True
        employer = await store.employer(reader, employer_id)
        return employer is not None and employer.master_id == app.owner_employer_id

    async def membership(
        self, reader: Reader, person_id: UUID, employer_id: UUID
    ) -> Membership | None:
        """Find out what a person is to an employer."""
        return await store.membership(reader, person_id, employer_id)

    async def members(
        self, reader: Reader, employer_id: UUID, *, limit: int = LONGEST_LIST
    ) -> list[Membership]:
        """List who acts for an employer."""
        return await store.members(reader, employer_id, limit)

    async def is_trusted_origin(self, reader: Reader, origin: str) -> bool:
        """Tell whether any app trusts the web domain *origin*."""
        return await store.is_trusted_origin(reader, origin)

    async def secrets(self, reader: Reader, client_id: str) -> list[AppSecret]:
        """List an app's secrets, oldest first."""
        return await store.secrets(reader, client_id)

    async def authenticated_app(
        self, reader: Reader, client_id: str, secret: str
    ) -> App | None:
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

    async def register_person(self, uow: UnitOfWork, command: RegisterPerson) -> Person:
        """
        Make a person known.

        Raises:
            BadName, BadEmail: the command says nonsense.
            EmailTaken: somebody has the address.
        """
        person = Person.registered(uow.new_id(), command, uow.now)
        if not await store.add_person(uow, person):
            raise EmailTaken(email=person.email)
        uow.tell(PersonRegistered(employer_id=None, person_id=person.id))
        return person

    async def verify_email(self, uow: UnitOfWork, person_id: UUID) -> None:
        """
        Take a person's address for theirs from now on; saying so again changes nothing.

        Raises:
            UnknownPerson: there is none.
        """
        person = await store.person(uow, person_id)
        if person is None:
            raise UnknownPerson(person_id=person_id)
        if person.email_verified:
            return
        await store.verify_email(uow, person_id)
        uow.tell(EmailVerified(employer_id=None, person_id=person_id))

    async def change_password(
        self, uow: UnitOfWork, person_id: UUID, password_hash: str
    ) -> None:
        """
        Let a person sign in with the password of *password_hash* from now on.

        Wherever they are signed in they are no more, as somebody else may be.

        Raises:
            UnknownPerson: there is none.
        """
        if not await store.set_password_hash(uow, person_id, password_hash):
            raise UnknownPerson(person_id=person_id)
        await sign_in_store.remove_sessions_of(uow, person_id)
        await sign_in_store.remove_known_browsers_of(uow, person_id)
        uow.tell(PasswordChanged(employer_id=None, person_id=person_id))

    async def open_employer(self, uow: UnitOfWork, command: OpenEmployer) -> Employer:
        """
        Open an account, or a subaccount of a master.

        Raises:
            BadName, BadLegacyId, UnknownCountry, UnknownCurrency, UnknownTimeZone: the
                command says nonsense.
            UnknownEmployer, NotMasterAccount, SubaccountCurrency: the master cannot have it.
            LegacyIdTaken: another employer has the legacy id.
        """
        employer = Employer.opened(uow.new_id(), command, uow.now)
        if employer.master_id is not None:
            await _check_master(uow, employer.master_id, employer.currency)
        if not await store.add_employer(uow, employer):
            raise LegacyIdTaken(legacy_id=employer.legacy_id)
        uow.tell(EmployerOpened(employer_id=employer.id, master_id=employer.master_id))
        return employer

    async def moderate(
        self, uow: UnitOfWork, employer_id: UUID, status: ModerationStatus
    ) -> Employer:
        """
        Restrict an employer, or lift the restriction; saying so again changes nothing.

        Raises:
            UnknownEmployer: there is none.
        """
        employer = await _known_employer(uow, employer_id)
        if employer.moderation_status == status:
            return employer
        await store.set_moderation(uow, employer_id, status)
        uow.tell(EmployerModerated(employer_id=employer_id, moderation_status=status.value))
        return replace(employer, moderation_status=status)

    async def join(
        self, uow: UnitOfWork, person_id: UUID, employer_id: UUID, role: Role
    ) -> Membership:
        """
        Let a person act for an employer.

        Raises:
            UnknownPerson, UnknownEmployer: there is none.
            AlreadyMember: they do already; `change_role` changes as what.
        """
        person = await store.person(uow, person_id)
        if person is None:
            raise UnknownPerson(person_id=person_id)
        await _known_employer(uow, employer_id)
        membership = Membership(person_id=person_id, employer_id=employer_id, role=role)
        if not await store.add_membership(uow, membership):
            raise AlreadyMember(email=person.email, member_of=employer_id)
        uow.tell(MemberJoined(employer_id=employer_id, person_id=person_id, role=role.value))
        return membership

    async def change_role(
        self, uow: UnitOfWork, person_id: UUID, employer_id: UUID, role: Role
    ) -> Membership:
        """
        Let a member act in another role.

        Raises:
            NotMember: the person does not act for the employer.
        """
        membership = Membership(person_id=person_id, employer_id=employer_id, role=role)
        if not await store.set_role(uow, membership):
            raise NotMember(person_id=person_id, member_of=employer_id)
        uow.tell(
            MemberRoleChanged(employer_id=employer_id, person_id=person_id, role=role.value)
        )
        return membership

    async def leave(self, uow: UnitOfWork, person_id: UUID, employer_id: UUID) -> None:
        """
        Let a person act for an employer no more.

        Raises:
            NotMember: they do not.
        """
        if not await store.remove_membership(uow, person_id, employer_id):
            raise NotMember(person_id=person_id, member_of=employer_id)
        uow.tell(MemberLeft(employer_id=employer_id, person_id=person_id))

    async def register_app(
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
            NotForPublicApps: it is public, and has no secret: see `register_public_app`.
            others: see `AppTerms.parsed`.
        """
        app = self._new_app(uow, owner_employer_id, terms)
        if app.terms.is_public:
            raise NotForPublicApps(what="secret")
        await self._register(uow, app, by)
        return app, await self._new_secret(uow, app, by)

    async def register_public_app(
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

    async def change_app(
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

    def _new_app(self, uow: UnitOfWork, owner_employer_id: UUID, terms: AppTerms) -> App:
        return App(
            id=self.entropy.token(_CLIENT_ID_SIZE).hex(),
            owner_employer_id=owner_employer_id,
            terms=terms.parsed(),
            created_at=uow.now,
        )

    async def _register(self, uow: UnitOfWork, app: App, by: UUID | None) -> None:
        await _known_employer(uow, app.owner_employer_id)
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


async def _known_employer(reader: Reader, employer_id: UUID) -> Employer:
    employer = await store.employer(reader, employer_id)
    if employer is None:
        raise UnknownEmployer(account_id=employer_id)
    return employer


async def _locked_app(uow: UnitOfWork, client_id: str) -> App:
    """Find an app whose terms and secrets nobody else changes until the unit ends."""
    app = await store.lock_app(uow, client_id)
    if app is None:
        raise UnknownApp(app_id=client_id)
    return app


async def _check_master(reader: Reader, master_id: UUID, currency: str) -> None:
    """A master has no master itself, and its currency is that of its subaccounts."""
    master = await _known_employer(reader, master_id)
    if master.master_id is not None:
        raise NotMasterAccount(account_id=master_id)
    if master.currency != currency:
        raise SubaccountCurrency(asked=currency, masters=master.currency)


def _digest(secret: str) -> bytes:
    """A secret has 256 random bits: a fast hash keeps it as well as a slow one."""
    return hashlib.sha256(secret.encode()).digest()
