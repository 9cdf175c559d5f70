"""Tests of totals: exact under any filter, wherever interviews lie, were moved or canceled."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hirewire.interviews.changes import RescheduleInterview
from hirewire.interviews.listing.store import Listing
from hirewire.interviews.model import Interview, MediaType, Status
from hirewire.interviews.search import Filter, Order, Span
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.runtime.db import Database
from tests.interviews.conftest import make_world
from tests.interviews.searching import filters, matches
from tests.interviews.world import EMPLOYER, FOREIGN, World, app_of

NINE: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
LONG_AGO: Final = timedelta(days=365 * 300)
FAR: Final = (
    datetime.min.replace(tzinfo=UTC),
    datetime(1969, 12, 31, 12, tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
)


class Calendar:
    """Interviews over many days, some long, some canceled, some moved."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.interviews: list[Interview] = []

    async def fill(self) -> None:
        """Schedule them, and change every third."""
        lengths = (1, 23 * 60, 24 * 60)
        for number, (hours, minutes) in enumerate(product(range(-96, 97, 9), lengths)):
            kept = await self.world.schedule(
                NINE + HOUR * hours,
                minutes=minutes,
                media_type=list(MediaType)[number % 3],
            )
            if number % 4 == 1:
                await self._move(kept, HOUR * (number % 50 - 20))
            if number % 5 == 4:
                await self.world.cancel(kept)
        await self.world.schedule(datetime(1860, 2, 29, tzinfo=UTC), minutes=60)
        await self.world.schedule(NINE, employer=FOREIGN)
        self.interviews = await self._everything()

    async def _move(self, interview: Interview, by: timedelta) -> None:
        command = RescheduleInterview(
            id=interview.id, starts_at=interview.starts_at + by, ends_at=interview.ends_at + by
        )
        async with self.world.database.unit() as uow:
            await self.world.interviews.reschedule(uow, app_of(EMPLOYER), command)

    async def _everything(self) -> list[Interview]:
        listing = Listing(employer_id=EMPLOYER, now=NINE, where=Filter(), keys=(Order(),))
        async with self.world.database.read() as reader:
            return await listing.page(reader, None, 1_000)

    async def total(self, where: Filter, now: datetime) -> int:
        """Ask for a total."""
        listing = Listing(employer_id=EMPLOYER, now=now, where=where, keys=(Order(),))
        async with self.world.database.read() as reader:
            return await listing.count(reader)

    def expected(self, where: Filter, now: datetime) -> int:
        """Work it out in memory."""
        return sum(matches(each, where, now) for each in self.interviews)


@pytest.fixture
async def on_sqlite(
    sqlite_database: Database, clock: MovableClock, entropy: SeededEntropy
) -> Calendar:
    """A full calendar on SQLite."""
    found = Calendar(make_world(sqlite_database, clock, entropy, LONG_AGO))
    await found.fill()
    return found


@pytest.fixture
async def calendar(database: Database, clock: MovableClock, entropy: SeededEntropy) -> Calendar:
    """A full calendar, on each kind of database in turn."""
    found = Calendar(make_world(database, clock, entropy, LONG_AGO))
    await found.fill()
    return found


moments = (
    st.none()
    | st.integers(-130, 130).map(lambda hours: NINE + HOUR * hours)
    | st.integers(-5, 5).map(lambda days: NINE - HOUR * 9 + DAY * days)
    | st.sampled_from(FAR)
)
nows = st.integers(-100, 100).map(lambda hours: NINE + HOUR * hours)


class TestTotal:
    @pytest.mark.fidelity("interviews.find.total")
    @settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(where=filters(moments), now=nows)
    async def test_is_exact(self, on_sqlite: Calendar, where: Filter, now: datetime) -> None:
        """What is counted by day and what is looked into are together what there is."""
        total = await on_sqlite.total(where, now)

        assert total == on_sqlite.expected(where, now)

    async def test_is_exact_on_both_databases(self, calendar: Calendar) -> None:
        """Each bound alone and each two statuses, over days at both ends of time."""
        moments = (NINE, NINE - HOUR * 9 + DAY, NINE - DAY * 2, *FAR)
        asked = [
            *(Filter(starts=Span(after=each)) for each in moments),
            *(Filter(starts=Span(before=each)) for each in moments),
            *(Filter(ends=Span(after=each)) for each in moments),
            *(Filter(ends=Span(before=each)) for each in moments),
            *(Filter(statuses=pair) for pair in product(Status, Status)),
            Filter(media_types=(MediaType.PHONE,)),
            Filter(),
        ]

        totals = [await calendar.total(each, NINE) for each in asked]

        assert totals == [calendar.expected(each, NINE) for each in asked]

    async def test_holds_when_many_come_at_once(self, calendar: Calendar) -> None:
        """Those who schedule and move at once count each once, and wait for no cycle."""
        world, before = calendar.world, await calendar.total(Filter(), NINE)

        async def come(number: int) -> None:
            made = await world.schedule(NINE + DAY * (number % 3))
            command = RescheduleInterview(
                id=made.id,
                starts_at=NINE + DAY * ((number + 1) % 3),
                ends_at=NINE + DAY * ((number + 1) % 3) + HOUR,
            )
            async with world.database.unit() as uow:
                await world.interviews.reschedule(uow, app_of(EMPLOYER), command)

        await asyncio.gather(*(come(number) for number in range(24)))

        assert await calendar.total(Filter(), NINE) == before + 24

    async def test_forgets_what_is_removed(self, calendar: Calendar) -> None:
        """A row that goes is counted no more."""
        async with calendar.world.database.unit() as uow:
            await uow.run("DELETE FROM interviews")

        assert await calendar.total(Filter(), NINE) == 0
