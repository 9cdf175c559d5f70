"""What can be done with accounts: the one door that sign-in, OAuth and the CLI go through."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from hirewire.accounts import store
from hirewire.accounts.apps.service import Apps
from hirewire.accounts.errors import (
    AlreadyMember,
    EmailTaken,
    LegacyIdTaken,
    NotMasterAccount,
    NotMember,
    SubaccountCurrency,
    UnknownEmployer,
    UnknownPerson,
)
from hirewire.accounts.facts import (
    EmailVerified,
    EmployerModerated,
    EmployerOpened,
    MemberJoined,
    MemberLeft,
    MemberRoleChanged,
    PasswordChanged,
    PersonRegistered,
)
from hirewire.accounts.model import (
    LONGEST_LIST,
    App,
    Employer,
    Membership,
    ModerationStatus,
    OpenEmployer,
    Person,
    RegisterPerson,
    Role,
)
from hirewire.accounts.sessions import end_sessions_of
from hirewire.accounts.sign_in import store as sign_in_store
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.unit import UnitOfWork


@dataclass(frozen=True, slots=True)
class Accounts:
    """The account slice's one front door; what is about apps stands in *apps*."""

    apps: Apps

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

    async def people(self, reader: Reader, *, limit: int = LONGEST_LIST) -> list[Person]:
        """List the people in the order they were registered."""
        return await store.people(reader, limit)

    async def employers(self, reader: Reader, *, limit: int = LONGEST_LIST) -> list[Employer]:
        """List the employers in the order they were opened."""
        return await store.employers(reader, limit)

    async def people_by_id(self, reader: Reader, ids: Iterable[UUID]) -> dict[UUID, Person]:
        """Find those of the people named by *ids* that there are."""
        return {person.id: person for person in await store.people_by_id(reader, set(ids))}

    async def employers_by_id(
        self, reader: Reader, ids: Iterable[UUID]
    ) -> dict[UUID, Employer]:
        """Find those of the employers named by *ids* that there are."""
        return {found.id: found for found in await store.employers_by_id(reader, set(ids))}

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
        if await store.verify_email(uow, person_id):
            uow.tell(EmailVerified(employer_id=None, person_id=person_id))
        elif await store.person(uow, person_id) is None:
            raise UnknownPerson(person_id=person_id)

    async def change_password(
        self, uow: UnitOfWork, person_id: UUID, password_hash: str
    ) -> None:
        """
        Let a person sign in with the password of *password_hash* from now on.

        Wherever they are signed in they are no more, as somebody else may be: open pages of
        theirs hear nothing from then on.

        Raises:
            UnknownPerson: there is none.
        """
        if not await store.set_password_hash(uow, person_id, password_hash):
            raise UnknownPerson(person_id=person_id)
        await end_sessions_of(uow, person_id)
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
        if await store.set_moderation(uow, employer_id, status):
            uow.tell(EmployerModerated(employer_id=employer_id, moderation_status=status.value))
        return await _known_employer(uow, employer_id)

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


async def _known_employer(reader: Reader, employer_id: UUID) -> Employer:
    employer = await store.employer(reader, employer_id)
    if employer is None:
        raise UnknownEmployer(account_id=employer_id)
    return employer


async def _check_master(reader: Reader, master_id: UUID, currency: str) -> None:
    """A master has no master itself, and its currency is that of its subaccounts."""
    master = await _known_employer(reader, master_id)
    if master.master_id is not None:
        raise NotMasterAccount(account_id=master_id)
    if master.currency != currency:
        raise SubaccountCurrency(asked=currency, masters=master.currency)
