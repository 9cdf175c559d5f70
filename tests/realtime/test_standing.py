"""Apps that changed: they lose the streams that they may have no more, and no others."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from hirewire.accounts.model import AppTerms
from hirewire.kit.clock import MovableClock
from hirewire.realtime.departures import Departures
from hirewire.realtime.limits import Limits, Seats, Visitor
from hirewire.realtime.standing import Standing
from hirewire.runtime.db import Database
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.slot import Reason, Slot, StreamKind
from tests.conversations.world import OTHERS, TRUSTED, World
from tests.fixtures.background import in_background
from tests.web.streams.pipes import MemoryPipe

LIMITS = Limits(total=100, per_app=100, per_person=100, per_address=100)


@dataclass(frozen=True, slots=True)
class Door:
    """Seats and a hub, watched as the server does it."""

    world: World
    hub: Hub
    seats: Seats
    standing: Standing

    def open(self, app_id: str, origin: str | None = None) -> Slot:
        """Open a stream, from a page of *origin* if from any."""
        seat = self.seats.take(Visitor(app_id=app_id, address="1.1.1.1", origin=origin))
        slot = self.hub.open(MemoryPipe(), StreamKind(name="test"), topics=(), on_close=seat)
        seat.opened(slot)
        return slot

    async def change(self, **terms: object) -> None:
        """Give the app other terms, and let what follows happen."""
        world = self.world
        new: AppTerms = replace(world.acme_app.terms, **terms)  # type: ignore[arg-type] # by tests
        async with world.database.unit() as uow:
            await world.accounts.apps.change(uow, world.acme_app.id, new)
        await self.standing.idle()


@pytest.fixture
async def door(world: World, clock: MovableClock) -> AsyncIterator[Door]:
    """The door of one process."""
    hub = Hub(clock, lambda: 0.5)
    seats = Seats(LIMITS, lambda: 0.5)
    standing = Standing(world.database, world.accounts, clock, seats=seats, hub=hub)
    world.database.committed.append(Departures(hub, standing.doubt).committed)
    async with in_background(standing.run()):
        yield Door(world, hub, seats, standing)


class TestStanding:
    @pytest.mark.fidelity("realtime.stream.ends-with-trust")
    async def test_ends_the_pages_of_a_domain_that_is_trusted_no_more(
        self, door: Door, world: World
    ) -> None:
        """
        Pages of other domains, the app's server, and other apps go on.
        """
        await door.change(trusted_domains=(TRUSTED, "https://new.example"))
        app_id = world.acme_app.id
        page, other_page = door.open(app_id, TRUSTED), door.open(app_id, "https://new.example")
        server, other_app = door.open(app_id), door.open(world.globex_app.id, OTHERS)

        await door.change(trusted_domains=("https://new.example",))

        assert page.reason is Reason.REVOKED
        assert [slot.reason for slot in (other_page, server, other_app)] == [None, None, None]

    @pytest.mark.fidelity("realtime.stream.ends-with-app")
    async def test_ends_all_of_an_app_that_is_switched_off(
        self, door: Door, world: World
    ) -> None:
        """
        An app that may use no grant type any more has no streams either.
        """
        page, server = door.open(world.acme_app.id, TRUSTED), door.open(world.acme_app.id)
        other = door.open(world.globex_app.id)

        await door.change(grant_types=frozenset())

        assert [slot.reason for slot in (page, server)] == [Reason.REVOKED, Reason.REVOKED]
        assert other.reason is None

    @pytest.mark.fidelity("realtime.stream.ends-with-app")
    async def test_ends_all_of_an_app_that_can_prove_itself_no_more(
        self, door: Door, world: World
    ) -> None:
        """
        With its last secret an app loses its streams; with the last but one it does not.
        """
        apps, app_id = world.accounts.apps, world.acme_app.id
        async with world.database.unit() as uow:
            second = await apps.add_secret(uow, app_id)
            first = next(
                each for each in await apps.secrets(uow, app_id) if each.id != second.id
            )
        stream = door.open(app_id)

        async with world.database.unit() as uow:
            await apps.remove_secret(uow, app_id, first.id)
        await door.standing.idle()
        after_one = stream.reason
        async with world.database.unit() as uow:
            await apps.remove_secret(uow, app_id, second.id)
        await door.standing.idle()

        assert (after_one, stream.reason) == (None, Reason.REVOKED)

    async def test_leaves_an_app_alone_that_changed_in_other_ways(
        self, door: Door, world: World
    ) -> None:
        """
        Another name costs no stream.
        """
        page = door.open(world.acme_app.id, TRUSTED)

        await door.change(name="Acme 2")

        assert (page.reason, door.standing.handled) == (None, 1)

    @pytest.mark.fidelity("realtime.stream.ends-with-app")
    async def test_ends_all_when_nobody_can_say(
        self, door: Door, world: World, sqlite_database: Database
    ) -> None:
        """
        Where the app cannot be read its streams end, rather than carry what they may not.
        """
        page = door.open(world.acme_app.id, TRUSTED)
        async with sqlite_database.unit() as uow:
            await uow.run("ALTER TABLE apps RENAME TO gone")

        door.standing.doubt(world.acme_app.id)
        await door.standing.idle()

        assert page.reason is Reason.REVOKED
