"""What can be done with accounts, on both databases."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final
from uuid import UUID

import pytest

from hirewire.accounts.apps.service import MOST_SECRETS
from hirewire.accounts.errors import (
    AlreadyMember,
    BadEmail,
    BadRedirectUri,
    EmailTaken,
    LegacyIdTaken,
    NotMasterAccount,
    NotMember,
    SubaccountCurrency,
    TooManySecrets,
    UnknownApp,
    UnknownCountry,
    UnknownEmployer,
    UnknownPerson,
    UnknownSecret,
)
from hirewire.accounts.model import (
    App,
    GrantType,
    ModerationStatus,
    Person,
    RegisterPerson,
    Role,
)
from hirewire.accounts.service import Accounts
from hirewire.kit.refusals import HirewireError
from hirewire.runtime.db.database import Database
from hirewire.runtime.db.unit import UnitOfWork
from tests.accounts.world import World, an_app, an_employer, facts, kinds

NOBODY: Final = UUID(int=7)


@pytest.fixture
async def ann(database: Database, accounts: Accounts) -> Person:
    """A person."""
    async with database.unit() as uow:
        return await accounts.register_person(
            uow, RegisterPerson(name="Ann", email="Ann@Example.com", password_hash="$hash")
        )


async def refused(
    database: Database,
    kind: type[HirewireError],
    work: Callable[[UnitOfWork], Awaitable[object]],
) -> HirewireError:
    """Expect *work* to be refused, and to have told nobody."""
    before = await facts(database)
    with pytest.raises(kind) as refusal:
        async with database.unit() as uow:
            await work(uow)
    assert await facts(database) == before
    return refusal.value


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


class TestApps:
    async def test_are_found_by_client_id(self, database: Database, world: World) -> None:
        """
        The client id has 64 hexadecimal digits, and the app comes back equal.
        """
        async with database.read() as reader:
            found = await world.accounts.apps.find(reader, world.app.id)
            nobody = await world.accounts.apps.find(reader, "f" * 64)
            every = await world.accounts.apps.list_all(reader)

        assert (found, nobody, every) == (world.app, None, [world.app])
        assert len(bytes.fromhex(world.app.id)) == 32

    async def test_represent_their_account_and_its_subaccounts(
        self, database: Database, world: World
    ) -> None:
        """
        A stranger is not theirs, and neither is the master of their account.
        """
        accounts = world.accounts
        async with database.unit() as uow:
            below, _ = await accounts.apps.register(uow, world.subaccount.id, an_app())

        async with database.read() as reader:
            employers = await accounts.employers_of_app(reader, world.app)
            one = await accounts.employers_of_app(reader, world.app, limit=1)
            answers = [
                await accounts.may_represent(reader, app, employer_id)
                for app in (world.app, below)
                for employer_id in (
                    world.master.id,
                    world.subaccount.id,
                    world.stranger.id,
                    NOBODY,
                )
            ]

        assert employers == [world.master, world.subaccount]
        assert one == [world.master]
        assert answers == [True, True, False, False, False, True, False, False]

    async def test_change_their_terms(self, database: Database, world: World) -> None:
        """
        All terms are replaced, and origins are trusted for as long as an app names them.
        """
        accounts = world.accounts
        terms = an_app(
            "ATS",
            grant_types=frozenset({GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN}),
            redirect_uris=("http://localhost:3000/oauth-callback",),
            trusted_domains=("http://localhost:3000",),
            scopes=frozenset({"interviews.schedule"}),
        )

        async with database.unit() as uow:
            changed = await accounts.apps.change(uow, world.app.id, terms)

        async with database.read() as reader:
            found = await accounts.apps.find(reader, world.app.id)
            trusted = await accounts.apps.is_trusted_origin(reader, "http://localhost:3000")
        assert (found, found and found.terms, trusted) == (changed, terms, True)
        assert kinds(uow.facts) == ["app.changed"]

        async with database.unit() as uow:
            await accounts.apps.change(uow, world.app.id, an_app())

        async with database.read() as reader:
            assert not await accounts.apps.is_trusted_origin(reader, "http://localhost:3000")

    async def test_keep_their_terms_when_new_ones_are_bad(
        self, database: Database, world: World
    ) -> None:
        """
        A bad redirect URI changes nothing.
        """
        terms = an_app(redirect_uris=("http://example.com/cb",))

        await refused(
            database,
            BadRedirectUri,
            lambda uow: world.accounts.apps.change(uow, world.app.id, terms),
        )

        async with database.read() as reader:
            assert await world.accounts.apps.find(reader, world.app.id) == world.app

    async def test_and_owners_have_to_exist(self, database: Database, world: World) -> None:
        """
        Nobody owns no app, and an unknown one has neither terms nor secrets.
        """
        accounts, nobody = world.accounts, "0" * 64

        await refused(
            database,
            UnknownEmployer,
            lambda uow: accounts.apps.register(uow, NOBODY, an_app()),
        )
        await refused(
            database, UnknownApp, lambda uow: accounts.apps.change(uow, nobody, an_app())
        )
        await refused(database, UnknownApp, lambda uow: accounts.apps.add_secret(uow, nobody))
        await refused(
            database, UnknownApp, lambda uow: accounts.apps.remove_secret(uow, nobody, NOBODY)
        )


class TestSecrets:
    async def opens(self, database: Database, world: World, secret: str) -> App | None:
        async with database.read() as reader:
            return await world.accounts.apps.authenticated(reader, world.app.id, secret)

    async def test_are_kept_as_digests(self, database: Database, world: World) -> None:
        """
        The row holds the SHA-256 of 256 random bits, and no repr shows the secret.
        """
        async with database.read() as reader:
            (kept,) = await world.accounts.apps.secrets(reader, world.app.id)

        assert kept.digest == hashlib.sha256(world.secret.text.encode()).digest()
        assert len(bytes.fromhex(world.secret.text)) == 32
        assert world.secret.text not in repr(world.secret)
        assert world.secret.text not in repr(await facts(database))

    @pytest.mark.fidelity("accounts.apps.several-secrets")
    async def test_open_side_by_side_until_removed(
        self, database: Database, world: World
    ) -> None:
        """
        A second secret works beside the first; a removed one works no more.
        """
        accounts = world.accounts
        async with database.unit() as uow:
            second = await accounts.apps.add_secret(uow, world.app.id)
        both = [
            await self.opens(database, world, text)
            for text in (world.secret.text, second.text, "wrong", "")
        ]

        async with database.unit() as uow:
            await accounts.apps.remove_secret(uow, world.app.id, world.secret.id)
        after = [
            await self.opens(database, world, text) for text in (world.secret.text, second.text)
        ]

        assert both == [world.app, world.app, None, None]
        assert after == [None, world.app]
        assert kinds(uow.facts) == ["app.secret_removed"]

    async def test_of_another_app_open_nothing(self, database: Database, world: World) -> None:
        """
        A secret belongs to one app, for opening and for removing.
        """
        async with database.unit() as uow:
            _, theirs = await world.accounts.apps.register(uow, world.stranger.id, an_app())

        assert await self.opens(database, world, theirs.text) is None
        await refused(
            database,
            UnknownSecret,
            lambda uow: world.accounts.apps.remove_secret(uow, world.app.id, theirs.id),
        )

    async def test_are_ten_at_most(self, database: Database, world: World) -> None:
        """
        One more is refused, and none is added.
        """
        async with database.unit() as uow:
            for _ in range(MOST_SECRETS - 1):
                await world.accounts.apps.add_secret(uow, world.app.id)

        await refused(
            database,
            TooManySecrets,
            lambda uow: world.accounts.apps.add_secret(uow, world.app.id),
        )

        async with database.read() as reader:
            assert len(await world.accounts.apps.secrets(reader, world.app.id)) == MOST_SECRETS
