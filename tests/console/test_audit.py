"""The audit list: kept from the log once for each fact, and read by those it concerns."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from hirewire.accounts.model import Person, RegisterPerson, Role
from hirewire.accounts.service import Accounts
from hirewire.accounts.sign_in.facts import PersonSignInThrottled
from hirewire.console.audit.model import KINDS, Entry
from hirewire.console.audit.service import Audit, OldEntries, audit_listener
from hirewire.kit.clock import MovableClock
from hirewire.kit.facts import fact_kinds
from hirewire.oauth.facts import GrantGiven, RefreshTokenReused
from hirewire.runtime.bus import MemoryBus
from hirewire.runtime.db import Database
from hirewire.runtime.log import Listeners, prune
from tests.accounts.world import World, an_app, make_world
from tests.fixtures.background import all_done, in_background


@pytest.fixture
async def world(database: Database, accounts: Accounts) -> World:
    """The small world of accounts, on each kind of database in turn."""
    return await make_world(database, accounts)


async def a_person(database: Database, world: World, name: str) -> Person:
    async with database.unit() as uow:
        return await world.accounts.register_person(
            uow, RegisterPerson(name=name, email=f"{name.lower()}@example.com")
        )


async def listen(database: Database, clock: MovableClock) -> Listeners:
    """Let a listener of a new process take in what the log holds."""
    listeners = Listeners(database, MemoryBus(), clock, (audit_listener(),), None)
    async with in_background(listeners.run()):
        await all_done(database, listeners)
    return listeners


async def seen(
    database: Database, world: World, person: Person, **asked: object
) -> tuple[Entry, ...]:
    async with database.read() as reader:
        page = await Audit(world.accounts).page(reader, person.id, **asked)  # type: ignore[arg-type]
    return page.entries


def kinds(entries: Sequence[Entry]) -> list[str]:
    return [entry.kind for entry in entries]


class TestKeeping:
    def test_is_of_facts_that_there_are(self) -> None:
        """
        Each kind is one that some slice tells.
        """
        assert set(KINDS) <= set(fact_kinds())
        assert len(set(KINDS)) == len(KINDS)

    @pytest.mark.fidelity("console.audit.once")
    async def test_happens_once_whoever_listens(
        self, database: Database, world: World, clock: MovableClock
    ) -> None:
        """
        A second process, and a second look, find nothing to add.
        """
        ada = await a_person(database, world, "Ada")
        async with database.unit() as uow:
            await world.accounts.join(uow, ada.id, world.master.id, Role.ADMIN)

        first = await listen(database, clock)
        second = await listen(database, clock)

        entries = await seen(database, world, ada)
        assert kinds(entries) == [
            "employer.member_joined",
            "app.secret_added",
            "app.registered",
        ]
        assert (first.handled, second.handled) == (3, 0)

    @pytest.mark.fidelity("console.audit.kept")
    async def test_survives_the_facts(
        self, database: Database, world: World, clock: MovableClock
    ) -> None:
        """
        Facts are pruned once they were listed, and not before.
        """
        ada = await a_person(database, world, "Ada")
        async with database.unit() as uow:
            await world.accounts.join(uow, ada.id, world.master.id, Role.ADMIN)
        await listen(database, clock)
        listed = await seen(database, world, ada)
        await clock.advance(timedelta(days=60))

        async with database.unit() as uow:
            await world.accounts.apps.add_secret(uow, world.app.id)
        async with database.unit() as uow:
            removed = await prune(uow, uow.now - timedelta(days=30))

        assert removed > 0
        assert await seen(database, world, ada) == listed
        await listen(database, clock)
        assert kinds(await seen(database, world, ada))[:2] == [
            "app.secret_added",
            "employer.member_joined",
        ]

    @pytest.mark.fidelity("console.audit.kept")
    async def test_ends_after_its_time(
        self, database: Database, world: World, clock: MovableClock
    ) -> None:
        """
        Entries that are older than asked for go, a batch at a time; younger ones stay.
        """
        ada = await a_person(database, world, "Ada")
        async with database.unit() as uow:
            await world.accounts.join(uow, ada.id, world.master.id, Role.ADMIN)
        await clock.advance(timedelta(days=401))
        async with database.unit() as uow:
            await world.accounts.apps.add_secret(uow, world.app.id)
        await listen(database, clock)

        sweep = OldEntries(timedelta(days=400))
        async with database.unit() as uow:
            removed = [await sweep(uow, 2), await sweep(uow, 2)]

        assert removed == [2, 1]
        assert kinds(await seen(database, world, ada)) == ["app.secret_added"]

    async def test_takes_what_a_reader_can_use(
        self, database: Database, world: World, clock: MovableClock
    ) -> None:
        """
        Roles, changed terms and scopes are kept; digests are not.
        """
        ada = await a_person(database, world, "Ada")
        async with database.unit() as uow:
            uow.tell(
                PersonSignInThrottled(
                    employer_id=None, person_id=ada.id, limited="account", key_digest="ab" * 32
                )
            )
            uow.tell(
                PersonSignInThrottled(
                    employer_id=None, person_id=None, limited="client", key_digest="cd" * 32
                )
            )
            await world.accounts.join(uow, ada.id, world.master.id, Role.ADMIN)
            await world.accounts.apps.change(uow, world.app.id, an_app("Other"), by=ada.id)

        await listen(database, clock)

        entries = await seen(database, world, ada)
        said = {entry.kind: (entry.details, entry.by_id) for entry in entries}
        assert said["person.sign_in_throttled"] == ({"limited": "account"}, None)
        assert said["employer.member_joined"] == ({"role": "admin"}, None)
        assert said["app.changed"] == ({"changed": ["name"]}, ada.id)
        assert len(entries) == 5


class TestReading:
    @pytest.mark.fidelity("console.audit.whose")
    async def test_is_for_those_whom_it_concerns(
        self, database: Database, world: World, clock: MovableClock
    ) -> None:
        """
        People see their own; admins their employers'; viewers and strangers nothing of those.
        """
        ada, rui, eve = [await a_person(database, world, n) for n in ("Ada", "Rui", "Eve")]
        async with database.unit() as uow:
            await world.accounts.join(uow, ada.id, world.master.id, Role.ADMIN)
            await world.accounts.join(uow, rui.id, world.master.id, Role.VIEWER)
            await world.accounts.join(uow, eve.id, world.stranger.id, Role.ADMIN)
            uow.tell(
                GrantGiven(
                    employer_id=None,
                    grant_id=UUID(int=1),
                    person_id=rui.id,
                    app_id=world.app.id,
                    scope="email",
                )
            )
            uow.tell(
                RefreshTokenReused(
                    employer_id=world.master.id,
                    family_id=UUID(int=2),
                    person_id=rui.id,
                    app_id=world.app.id,
                )
            )

        await listen(database, clock)

        assert kinds(await seen(database, world, ada)) == [
            "oauth.refresh_token_reused",
            "employer.member_joined",
            "employer.member_joined",
            "app.secret_added",
            "app.registered",
        ]
        assert kinds(await seen(database, world, rui)) == [
            "oauth.refresh_token_reused",
            "oauth.grant_given",
            "employer.member_joined",
        ]
        assert kinds(await seen(database, world, eve)) == ["employer.member_joined"]

    @pytest.mark.fidelity("console.audit.whose")
    async def test_ends_with_the_role(
        self, database: Database, world: World, clock: MovableClock
    ) -> None:
        """
        Whoever is no admin any more sees what concerns themselves only, as one entry each.
        """
        ada = await a_person(database, world, "Ada")
        async with database.unit() as uow:
            await world.accounts.join(uow, ada.id, world.master.id, Role.ADMIN)
            await world.accounts.change_role(uow, ada.id, world.master.id, Role.VIEWER)

        await listen(database, clock)

        assert kinds(await seen(database, world, ada)) == [
            "employer.member_role_changed",
            "employer.member_joined",
        ]

    async def test_is_by_time_whatever_the_ids_say(
        self, database: Database, world: World, clock: MovableClock
    ) -> None:
        """
        After a clock was set back, a later id is of an earlier time, and stands behind.
        """
        ada = await a_person(database, world, "Ada")
        morning = clock.now()
        await clock.advance(timedelta(days=60))
        async with database.unit() as uow:
            await world.accounts.join(uow, ada.id, world.master.id, Role.ADMIN)
        await clock.start_over(morning)
        async with database.unit() as uow:
            await world.accounts.change_role(uow, ada.id, world.master.id, Role.RECRUITER)
        await listen(database, clock)
        audit = Audit(world.accounts)

        async with database.read() as reader:
            first = await audit.page(reader, ada.id, limit=1)
            rest = await audit.page(reader, ada.id, limit=9, before=first.entries[-1].id)

        assert kinds(first.entries) == ["employer.member_joined"]
        assert kinds(rest.entries) == ["employer.member_role_changed"]

    async def test_ends_where_its_entries_were_removed(
        self, database: Database, world: World, clock: MovableClock
    ) -> None:
        """
        A page behind an entry that went with age has nothing on it.
        """
        ada = await a_person(database, world, "Ada")
        async with database.unit() as uow:
            await world.accounts.join(uow, ada.id, world.master.id, Role.ADMIN)
        await listen(database, clock)

        async with database.read() as reader:
            page = await Audit(world.accounts).page(reader, ada.id, before=UUID(int=1))

        assert (page.entries, page.has_older) == ((), False)

    async def test_goes_on_from_an_entry(
        self, database: Database, world: World, clock: MovableClock
    ) -> None:
        """
        Pages follow each other without a gap and without a double, filtered or not.
        """
        ada = await a_person(database, world, "Ada")
        async with database.unit() as uow:
            await world.accounts.join(uow, ada.id, world.master.id, Role.ADMIN)
            for _ in range(5):
                await world.accounts.apps.add_secret(uow, world.app.id)
        await listen(database, clock)
        every = await seen(database, world, ada)
        audit = Audit(world.accounts)

        async with database.read() as reader:
            first = await audit.page(reader, ada.id, limit=5)
            rest = await audit.page(reader, ada.id, limit=5, before=first.entries[-1].id)
            added = await audit.page(reader, ada.id, kinds=["app.secret_added"], limit=6)

        assert first.entries + rest.entries == every
        assert (first.has_older, rest.has_older, added.has_older) == (True, False, False)
        assert kinds(added.entries) == ["app.secret_added"] * 6
