"""Where accounts lie: the tables of people, employers and memberships."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from hirewire.accounts.addresses import email_key
from hirewire.accounts.model import Employer, Membership, ModerationStatus, Person, Role
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.unit import UnitOfWork

_PERSON: Final = "SELECT id, name, email, password_hash, created_at, email_verified FROM people"
_EMPLOYER: Final = """
    SELECT e.id, e.legacy_id, e.name, e.country, e.currency, e.time_zone,
           e.moderation_status, e.master_id, e.created_at
    FROM employers AS e
"""


async def person(reader: Reader, id: UUID) -> Person | None:
    return await reader.one(_person, f"{_PERSON} WHERE id = :id", id=id)


async def person_by_email(reader: Reader, email: str) -> Person | None:
    return await reader.one(
        _person, f"{_PERSON} WHERE email_key = :email_key", email_key=email_key(email)
    )


async def people(reader: Reader, limit: int) -> list[Person]:
    """Everybody, in the order in which they were registered."""
    return await reader.all(_person, f"{_PERSON} ORDER BY id LIMIT :limit", limit=limit)


async def people_by_id(reader: Reader, ids: Collection[UUID]) -> list[Person]:
    return await reader.all(_person, f"{_PERSON} WHERE id IN :ids", ids=list(ids))


async def add_person(uow: UnitOfWork, person: Person) -> bool:
    """Add *person*; False where the address is taken."""
    added = await uow.run(
        """
        INSERT INTO people (id, name, email, email_key, password_hash, created_at,
                            email_verified)
        VALUES (:id, :name, :email, :email_key, :password_hash, :created_at,
                :email_verified)
        ON CONFLICT (email_key) DO NOTHING
        """,
        id=person.id,
        name=person.name,
        email=person.email,
        email_key=email_key(person.email),
        password_hash=person.password_hash,
        created_at=person.created_at,
        email_verified=person.email_verified,
    )
    return added == 1


async def verify_email(uow: UnitOfWork, person_id: UUID) -> bool:
    """Take the address for verified; False where it is already, or there is no such person."""
    changed = await uow.run(
        "UPDATE people SET email_verified = true WHERE id = :id AND NOT email_verified",
        id=person_id,
    )
    return changed == 1


async def set_password_hash(uow: UnitOfWork, person_id: UUID, password_hash: str) -> bool:
    """Change the hash; False where there is no such person."""
    changed = await uow.run(
        "UPDATE people SET password_hash = :password_hash WHERE id = :id",
        id=person_id,
        password_hash=password_hash,
    )
    return changed == 1


async def employer(reader: Reader, id: UUID) -> Employer | None:
    return await reader.one(_employer, f"{_EMPLOYER} WHERE e.id = :id", id=id)


async def employer_by_legacy_id(reader: Reader, legacy_id: str) -> Employer | None:
    return await reader.one(
        _employer, f"{_EMPLOYER} WHERE e.legacy_id = :legacy_id", legacy_id=legacy_id
    )


async def add_employer(uow: UnitOfWork, employer: Employer) -> bool:
    """Add *employer*; False where the legacy id is taken."""
    added = await uow.run(
        """
        INSERT INTO employers (id, legacy_id, name, country, currency, time_zone,
                               moderation_status, master_id, created_at)
        VALUES (:id, :legacy_id, :name, :country, :currency, :time_zone,
                :moderation_status, :master_id, :created_at)
        ON CONFLICT (legacy_id) DO NOTHING
        """,
        id=employer.id,
        legacy_id=employer.legacy_id,
        name=employer.name,
        country=employer.country,
        currency=employer.currency,
        time_zone=employer.time_zone,
        moderation_status=employer.moderation_status.value,
        master_id=employer.master_id,
        created_at=employer.created_at,
    )
    return added == 1


async def set_moderation(uow: UnitOfWork, employer_id: UUID, status: ModerationStatus) -> bool:
    """Change the status; False where it is that already, or there is no such employer."""
    changed = await uow.run(
        """
        UPDATE employers SET moderation_status = :status
        WHERE id = :id AND moderation_status <> :status
        """,
        id=employer_id,
        status=status.value,
    )
    return changed == 1


async def employers_under(reader: Reader, id: UUID, limit: int) -> list[Employer]:
    """The account itself, then its subaccounts in the order they were opened."""
    itself = await reader.all(_employer, f"{_EMPLOYER} WHERE e.id = :id", id=id)
    subaccounts = await reader.all(
        _employer,
        f"{_EMPLOYER} WHERE e.master_id = :id ORDER BY e.id LIMIT :limit",
        id=id,
        limit=max(0, limit - len(itself)),
    )
    return itself + subaccounts


async def employers_of_person(reader: Reader, person_id: UUID, limit: int) -> list[Employer]:
    return await reader.all(
        _employer,
        f"""
        {_EMPLOYER} JOIN memberships AS m ON m.employer_id = e.id
        WHERE m.person_id = :person_id ORDER BY e.id LIMIT :limit
        """,
        person_id=person_id,
        limit=limit,
    )


async def employers(reader: Reader, limit: int) -> list[Employer]:
    """Every account, in the order in which they were opened."""
    return await reader.all(_employer, f"{_EMPLOYER} ORDER BY e.id LIMIT :limit", limit=limit)


async def employers_by_id(reader: Reader, ids: Collection[UUID]) -> list[Employer]:
    return await reader.all(_employer, f"{_EMPLOYER} WHERE e.id IN :ids", ids=list(ids))


async def administered_by(reader: Reader, person_id: UUID, limit: int) -> list[Employer]:
    return await reader.all(
        _employer,
        f"""
        {_EMPLOYER} JOIN memberships AS m ON m.employer_id = e.id
        WHERE m.person_id = :person_id AND m.role = :admin ORDER BY e.id LIMIT :limit
        """,
        person_id=person_id,
        admin=Role.ADMIN.value,
        limit=limit,
    )


async def memberships_of(reader: Reader, person_id: UUID, limit: int) -> list[Membership]:
    return await reader.all(
        _membership,
        """
        SELECT person_id, employer_id, role FROM memberships
        WHERE person_id = :person_id ORDER BY employer_id LIMIT :limit
        """,
        person_id=person_id,
        limit=limit,
    )


async def membership(reader: Reader, person_id: UUID, employer_id: UUID) -> Membership | None:
    return await reader.one(
        _membership,
        """
        SELECT person_id, employer_id, role FROM memberships
        WHERE person_id = :person_id AND employer_id = :employer_id
        """,
        person_id=person_id,
        employer_id=employer_id,
    )


async def members(reader: Reader, employer_id: UUID, limit: int) -> list[Membership]:
    return await reader.all(
        _membership,
        """
        SELECT person_id, employer_id, role FROM memberships
        WHERE employer_id = :employer_id ORDER BY person_id LIMIT :limit
        """,
        employer_id=employer_id,
        limit=limit,
    )


async def add_membership(uow: UnitOfWork, membership: Membership) -> bool:
    """Add *membership*; False where the person is a member already."""
    added = await uow.run(
        """
        INSERT INTO memberships (person_id, employer_id, role)
        VALUES (:person_id, :employer_id, :role)
        ON CONFLICT (person_id, employer_id) DO NOTHING
        """,
        person_id=membership.person_id,
        employer_id=membership.employer_id,
        role=membership.role.value,
    )
    return added == 1


async def set_role(uow: UnitOfWork, membership: Membership) -> bool:
    """Change the role; False where the person is no member."""
    changed = await uow.run(
        """
        UPDATE memberships SET role = :role
        WHERE person_id = :person_id AND employer_id = :employer_id
        """,
        person_id=membership.person_id,
        employer_id=membership.employer_id,
        role=membership.role.value,
    )
    return changed == 1


async def remove_membership(uow: UnitOfWork, person_id: UUID, employer_id: UUID) -> bool:
    """Remove a membership; False where there is none."""
    removed = await uow.run(
        """
        DELETE FROM memberships WHERE person_id = :person_id AND employer_id = :employer_id
        """,
        person_id=person_id,
        employer_id=employer_id,
    )
    return removed == 1


def _person(  # noqa: PLR0917 - the columns of a row, in their order
    id: UUID,
    name: str,
    email: str,
    password_hash: str | None,
    created_at: datetime,
    email_verified: bool,  # noqa: FBT001
) -> Person:
    return Person(
        id=id,
        name=name,
        email=email,
        password_hash=password_hash,
        created_at=created_at,
        email_verified=email_verified,
    )


def _employer(  # noqa: PLR0917 - the columns of a row, in their order
    id: UUID,
    legacy_id: str,
    name: str,
    country: str,
    currency: str,
    time_zone: str,
    moderation_status: str,
    master_id: UUID | None,
    created_at: datetime,
) -> Employer:
    return Employer(
        id=id,
        legacy_id=legacy_id,
        name=name,
        country=country,
        currency=currency,
        time_zone=time_zone,
        moderation_status=ModerationStatus(moderation_status),
        master_id=master_id,
        created_at=created_at,
    )


def _membership(person_id: UUID, employer_id: UUID, role: str) -> Membership:
    return Membership(person_id=person_id, employer_id=employer_id, role=Role(role))
