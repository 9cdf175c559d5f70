"""What can be done with people, employers and memberships, on both databases."""

from dataclasses import replace

import pytest

from hirewire.accounts.errors import (
    AlreadyMember,
    BadEmail,
    EmailTaken,
    LegacyIdTaken,
    NotMasterAccount,
    NotMember,
    SubaccountCurrency,
    UnknownCountry,
    UnknownEmployer,
    UnknownPerson,
)
from hirewire.accounts.model import ModerationStatus, Person, RegisterPerson, Role
from hirewire.accounts.service import Accounts
from hirewire.runtime.db.database import Database
from tests.accounts.world import NOBODY, World, an_employer, kinds, refused


@pytest.fixture
async def ann(database: Database, accounts: Accounts) -> Person:
    """A person."""
    async with database.unit() as uow:
        return await accounts.register_person(
            uow, RegisterPerson(name="Ann", email="Ann@Example.com", password_hash="$hash")
        )


class TestPeople:
    async def test_are_found_by_id_and_by_address_in_any_case(
        self, database: Database, accounts: Accounts, ann: Person
    ) -> None:
        """
        What was registered comes back equal.
        """
        async with database.read() as reader:
            by_id = await accounts.person(reader, ann.id)
            by_email = await accounts.person_by_email(reader, "aNN@eXample.com")
            nobody = await accounts.person_by_email(reader, "bob@example.com")

        assert (by_id, by_email, nobody) == (ann, ann, None)

    async def test_have_an_address_of_their_own(
        self, database: Database, accounts: Accounts, ann: Person
    ) -> None:
        """
        The same address in another case is taken.
        """
        again = RegisterPerson(name="Anna", email="ann@EXAMPLE.com")

        error = await refused(
            database, EmailTaken, lambda uow: accounts.register_person(uow, again)
        )

        assert str(error) == "Somebody is registered as ann@example.com already."

    async def test_need_an_address(self, database: Database, accounts: Accounts) -> None:
        """
        A bad address is refused.
        """
        command = RegisterPerson(name="Ann", email="ann at example")

        await refused(database, BadEmail, lambda uow: accounts.register_person(uow, command))

    async def test_change_their_password(
        self, database: Database, accounts: Accounts, ann: Person
    ) -> None:
        """
        The new hash replaces the old one, and a fact says that it happened.
        """
        async with database.unit() as uow:
            await accounts.change_password(uow, ann.id, "$other")

        async with database.read() as reader:
            found = await accounts.person(reader, ann.id)
        assert found == replace(ann, password_hash="$other")
        assert kinds(uow.facts) == ["person.password_changed"]
        assert "$other" not in repr(found)

    @pytest.mark.fidelity("accounts.people.verified-address")
    async def test_have_an_address_that_is_verified_once(
        self, database: Database, accounts: Accounts, ann: Person
    ) -> None:
        """
        An operator answers for whom they register; who signed up waits for somebody to verify.
        """
        command = RegisterPerson(name="Bo", email="bo@example.com", email_verified=False)
        async with database.unit() as uow:
            bo = await accounts.register_person(uow, command)

        async with database.unit() as uow:
            await accounts.verify_email(uow, bo.id)
        async with database.unit() as again:
            await accounts.verify_email(again, bo.id)
            await accounts.verify_email(again, ann.id)

        async with database.read() as reader:
            found = await accounts.person(reader, bo.id)
        assert (ann.verified_email, bo.verified_email) == ("Ann@example.com", None)
        assert found == replace(bo, email_verified=True)
        assert (kinds(uow.facts), kinds(again.facts)) == (["person.email_verified"], [])

    async def test_who_do_not_exist_change_nothing(
        self, database: Database, accounts: Accounts
    ) -> None:
        """
        An unknown person has no password, and no address.
        """
        await refused(
            database, UnknownPerson, lambda uow: accounts.change_password(uow, NOBODY, "$")
        )
        await refused(database, UnknownPerson, lambda uow: accounts.verify_email(uow, NOBODY))


class TestEmployers:
    async def test_are_found_by_both_ids(self, database: Database, world: World) -> None:
        """
        What was opened comes back equal.
        """
        async with database.read() as reader:
            by_id = await world.accounts.employer(reader, world.subaccount.id)
            by_legacy_id = await world.accounts.employer_by_legacy_id(reader, "101")
            nobody = await world.accounts.employer(reader, NOBODY)

        assert (by_id, by_legacy_id, nobody) == (world.subaccount, world.subaccount, None)

    async def test_have_a_legacy_id_of_their_own(
        self, database: Database, world: World
    ) -> None:
        """
        A legacy id is given once.
        """
        await refused(
            database,
            LegacyIdTaken,
            lambda uow: world.accounts.open_employer(uow, an_employer("100")),
        )

    async def test_lie_in_a_country(self, database: Database, accounts: Accounts) -> None:
        """
        An unknown country is refused.
        """
        command = replace(an_employer("300"), country="XX")

        await refused(
            database, UnknownCountry, lambda uow: accounts.open_employer(uow, command)
        )

    @pytest.mark.fidelity("accounts.subaccounts.currency")
    async def test_under_a_master_have_its_currency(
        self, database: Database, world: World
    ) -> None:
        """
        Another currency is refused.
        """
        command = an_employer("102", master_id=world.master.id, currency="USD")

        error = await refused(
            database,
            SubaccountCurrency,
            lambda uow: world.accounts.open_employer(uow, command),
        )

        assert str(error) == "A subaccount has its master's currency, EUR, not USD."

    async def test_under_a_subaccount_are_refused(
        self, database: Database, world: World
    ) -> None:
        """
        A subaccount is nobody's master.
        """
        command = an_employer("103", master_id=world.subaccount.id)

        await refused(
            database,
            NotMasterAccount,
            lambda uow: world.accounts.open_employer(uow, command),
        )

    async def test_under_nobody_are_refused(self, database: Database, world: World) -> None:
        """
        The master has to exist.
        """
        command = an_employer("104", master_id=NOBODY)

        await refused(
            database, UnknownEmployer, lambda uow: world.accounts.open_employer(uow, command)
        )

    async def test_are_moderated(self, database: Database, world: World) -> None:
        """
        A restriction is stored and told once.
        """
        async with database.unit() as uow:
            first = await world.accounts.moderate(
                uow, world.master.id, ModerationStatus.RESTRICTED
            )
            again = await world.accounts.moderate(
                uow, world.master.id, ModerationStatus.RESTRICTED
            )

        async with database.read() as reader:
            found = await world.accounts.employer(reader, world.master.id)
        assert first == again == found
        assert found is not None
        assert found.moderation_status is ModerationStatus.RESTRICTED
        assert kinds(uow.facts) == ["employer.moderated"]


class TestMembers:
    async def test_act_for_employers(
        self, database: Database, world: World, ann: Person
    ) -> None:
        """
        Joining, another role, and leaving are each stored and told.
        """
        accounts = world.accounts
        async with database.unit() as uow:
            await accounts.join(uow, ann.id, world.master.id, Role.VIEWER)
            await accounts.join(uow, ann.id, world.stranger.id, Role.ADMIN)
            await accounts.change_role(uow, ann.id, world.master.id, Role.RECRUITER)
            await accounts.leave(uow, ann.id, world.stranger.id)

        async with database.read() as reader:
            employers = await accounts.employers_of_person(reader, ann.id)
            membership = await accounts.membership(reader, ann.id, world.master.id)
            members = await accounts.members(reader, world.master.id)
        assert employers == [world.master]
        assert membership is not None
        assert (membership.role, members) == (Role.RECRUITER, [membership])
        assert kinds(uow.facts) == [
            "employer.member_joined",
            "employer.member_joined",
            "employer.member_role_changed",
            "employer.member_left",
        ]

    async def test_join_once(self, database: Database, world: World, ann: Person) -> None:
        """
        A second membership of the same employer is refused, and the role stays.
        """
        accounts = world.accounts
        async with database.unit() as uow:
            await accounts.join(uow, ann.id, world.master.id, Role.VIEWER)

        await refused(
            database,
            AlreadyMember,
            lambda uow: accounts.join(uow, ann.id, world.master.id, Role.ADMIN),
        )

        async with database.read() as reader:
            membership = await accounts.membership(reader, ann.id, world.master.id)
        assert membership is not None
        assert membership.role is Role.VIEWER

    async def test_and_employers_have_to_exist(
        self, database: Database, world: World, ann: Person
    ) -> None:
        """
        Nobody joins, and nobody leaves whom they never joined.
        """
        accounts, master = world.accounts, world.master.id

        await refused(
            database, UnknownPerson, lambda uow: accounts.join(uow, NOBODY, master, Role.ADMIN)
        )
        await refused(
            database,
            UnknownEmployer,
            lambda uow: accounts.join(uow, ann.id, NOBODY, Role.ADMIN),
        )
        await refused(database, NotMember, lambda uow: accounts.leave(uow, ann.id, master))
        await refused(
            database,
            NotMember,
            lambda uow: accounts.change_role(uow, ann.id, master, Role.ADMIN),
        )
