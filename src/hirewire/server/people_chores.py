"""The chores of `hirewire people` and `hirewire members`: who can sign in, and for whom."""

from dataclasses import dataclass, field

from rich.table import Table

from hirewire.accounts.model import Person, RegisterPerson, Role
from hirewire.accounts.passwords import Passwords
from hirewire.oauth.grants.service import Grants
from hirewire.runtime.db import Reader, UnitOfWork
from hirewire.server.chores import employer_id, say, show
from hirewire.server.errors import BadArgument
from hirewire.server.parts import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonWish:
    """Somebody who shall be able to sign in."""

    name: str
    email: str
    password: str = field(repr=False)

    async def register(self, store: Store) -> None:
        """Make them known, and print their id."""
        await store.db.ready()
        password_hash = await _hash(store, self.password)
        command = RegisterPerson(name=self.name, email=self.email, password_hash=password_hash)
        async with store.db.unit() as uow:
            person = await store.accounts.register_person(uow, command)
        say(f"person id: {person.id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordWish:
    """Another password for the person with *email*."""

    email: str
    password: str = field(repr=False)
    revokes_grants: bool = False

    async def change(self, store: Store) -> None:
        """Change it, which signs them out of every browser; apps keep what they were given."""
        await store.db.ready()
        password_hash = await _hash(store, self.password)
        async with store.db.unit() as uow:
            person = await _known(store, uow, self.email)
            await store.accounts.change_password(uow, person.id, password_hash)
            revoked = await _revoke_grants(store, uow, person) if self.revokes_grants else 0
        say(f"changed the password of {person.email}")
        if self.revokes_grants:
            say(f"grants taken back: {revoked}")


async def _revoke_grants(store: Store, uow: UnitOfWork, person: Person) -> int:
    """Take back all that apps were given by somebody who may not have been the person."""
    grants = Grants(store.entropy)
    given = await grants.grants_of_person(uow, person.id)
    for grant in given:
        await grants.revoke_grant(uow, person.id, grant.id)
    return len(given)


async def verify_email(store: Store, email: str) -> None:
    """Take *email* for the address of who is registered with it, and say who that is."""
    await store.db.ready()
    async with store.db.unit() as uow:
        person = await _known(store, uow, email)
        await store.accounts.verify_email(uow, person.id)
    say(f"{person.email} is taken for the address of {person.name}, {person.id}")


async def list_people(store: Store) -> None:
    """Print everybody."""
    await store.db.ready()
    table = Table("name", "e-mail address", "verified", "person id", "acts for")
    async with store.db.read() as reader:
        for person in await store.accounts.people(reader):
            roles = await store.accounts.memberships_of(reader, person.id)
            shown = [f"{role.employer_id.hex} ({role.role})" for role in roles]
            verified = "yes" if person.email_verified else "no"
            table.add_row(person.name, person.email, verified, str(person.id), "\n".join(shown))
    show(table)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberWish:
    """The person with *email* in the employer, as *role*."""

    email: str
    employer: str
    role: str = ""

    async def add(self, store: Store) -> None:
        """Let them act for it."""
        await store.db.ready()
        role, employer = _role(self.role), employer_id("EMPLOYER", self.employer)
        async with store.db.unit() as uow:
            person = await _known(store, uow, self.email)
            if not person.email_verified:
                # Anybody may have signed up with the address of whoever is meant.
                wanted = "a verified address (see `hirewire people verify`)"
                raise BadArgument(option="EMAIL", wanted=wanted)
            await store.accounts.join(uow, person.id, employer, role)
        say(f"{person.email} is {role} of {employer.hex}")

    async def change(self, store: Store) -> None:
        """Let them act for it in another role."""
        await store.db.ready()
        role, employer = _role(self.role), employer_id("EMPLOYER", self.employer)
        async with store.db.unit() as uow:
            person = await _known(store, uow, self.email)
            await store.accounts.change_role(uow, person.id, employer, role)
        say(f"{person.email} is {role} of {employer.hex}")

    async def remove(self, store: Store) -> None:
        """Let them act for it no more."""
        await store.db.ready()
        employer = employer_id("EMPLOYER", self.employer)
        async with store.db.unit() as uow:
            person = await _known(store, uow, self.email)
            await store.accounts.leave(uow, person.id, employer)
        say(f"{person.email} acts for {employer.hex} no more")


async def _known(store: Store, reader: Reader, email: str) -> Person:
    person = await store.accounts.person_by_email(reader, email)
    if person is None:
        raise BadArgument(option="EMAIL", wanted="the address of somebody registered")
    return person


async def _hash(store: Store, password: str) -> str:
    passwords = Passwords(store.entropy)
    try:
        return await passwords.hash(password)
    finally:
        passwords.close()


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise BadArgument(option="--role", wanted=f"one of {', '.join(Role)}") from None
