"""What two do to the same account at once: on PostgreSQL both get as far as the row."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from hirewire.accounts.errors import UnknownEmployer
from hirewire.accounts.model import ModerationStatus, RegisterPerson
from hirewire.accounts.service import Accounts
from hirewire.kit.facts import Fact
from hirewire.runtime.db.database import Database
from hirewire.runtime.db.unit import UnitOfWork
from tests.accounts.world import NOBODY, World, kinds, refused
from tests.fixtures.database import somebody_waits

pytestmark = pytest.mark.parametrize("dialect", ["postgres"])


async def told_by_two(
    database: Database, work: Callable[[UnitOfWork], Awaitable[object]]
) -> tuple[list[Fact], list[Fact]]:
    """Do *work* in a unit, and in another one that begins before the first has ended."""

    async def once_more() -> list[Fact]:
        async with database.unit() as second:
            await work(second)
        return second.facts

    async with database.unit() as first:
        await work(first)
        doing = asyncio.create_task(once_more())
        await somebody_waits(database)
    return first.facts, await doing


class TestAtOnce:
    async def test_an_address_is_verified_once(
        self, database: Database, accounts: Accounts
    ) -> None:
        """
        Two who follow the same link: one fact.
        """
        command = RegisterPerson(name="Bo", email="bo@example.com", email_verified=False)
        async with database.unit() as uow:
            bo = await accounts.register_person(uow, command)

        first, second = await told_by_two(
            database, lambda uow: accounts.verify_email(uow, bo.id)
        )

        async with database.read() as reader:
            found = await accounts.person(reader, bo.id)
        assert found is not None
        assert found.email_verified
        assert (kinds(first), kinds(second)) == (["person.email_verified"], [])

    async def test_an_employer_is_restricted_once(
        self, database: Database, world: World
    ) -> None:
        """
        Two operators who agree: one fact.
        """
        status = ModerationStatus.RESTRICTED

        first, second = await told_by_two(
            database, lambda uow: world.accounts.moderate(uow, world.master.id, status)
        )

        async with database.read() as reader:
            found = await world.accounts.employer(reader, world.master.id)
        assert found is not None
        assert found.moderation_status is status
        assert (kinds(first), kinds(second)) == (["employer.moderated"], [])


class TestModeration:
    async def test_of_nobody_is_refused(self, database: Database, accounts: Accounts) -> None:
        """
        An unknown employer is not restricted, and nobody is told.
        """
        await refused(
            database,
            UnknownEmployer,
            lambda uow: accounts.moderate(uow, NOBODY, ModerationStatus.RESTRICTED),
        )
