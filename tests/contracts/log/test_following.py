"""What followers of the log are promised, on both databases and both buses."""

import asyncio
from datetime import timedelta
from functools import partial

from hirewire.kit.clock import MovableClock
from hirewire.kit.facts import START
from hirewire.runtime.bus import Bus, MemoryBus
from hirewire.runtime.db import Database
from hirewire.runtime.log import Log, Relay
from hirewire.runtime.log.carried import TOPIC, Carried
from hirewire.runtime.log.store import read
from tests.contracts.log.pots import REAL, PotFilled, take, tell, tell_unknown
from tests.fixtures.background import in_background, until
from tests.fixtures.database import OpenDatabase


class TestFollow:
    async def test_from_now_hears_what_is_told_from_now(
        self, database: Database, log: Log, relay: Relay
    ) -> None:
        """
        Without a position a follower hears only what is committed after it came, in order.
        """
        await tell(database, 1, 2)

        async with in_background(relay.run()), log.follow() as facts:
            await tell(database, 3, 4, 5)

            assert await take(facts, 3) == [3, 4, 5]

    async def test_from_a_position_replays_first(
        self, database: Database, log: Log, relay: Relay
    ) -> None:
        """
        What was told before and what is told after come as one row, each once.
        """
        await tell(database, *range(5))
        first = await log.read(START, 2)

        async with in_background(relay.run()), log.follow(first[-1].position) as facts:
            await tell(database, 5, 6)
            early = await take(facts, 4)
            await tell(database, 7)

            assert early + await take(facts, 2) == [2, 3, 4, 5, 6, 7]

    async def test_meets_a_burst_without_gap_or_double(
        self, database: Database, log: Log, relay: Relay
    ) -> None:
        """
        A follower that comes amid a burst of 200 facts hears each once, in order.
        """

        async def burst() -> None:
            await tell(database, *range(200))

        async with in_background(relay.run(), burst()), log.follow(START) as facts:
            assert await take(facts, 200) == list(range(200))

    async def test_passes_over_unknown_kinds(
        self, database: Database, log: Log, relay: Relay
    ) -> None:
        """
        Facts of a newer program are skipped, told before or after.
        """
        await tell_unknown(database)

        async with in_background(relay.run()), log.follow(START) as facts:
            await tell(database, 1)
            await tell_unknown(database)
            await tell(database, 2)

            assert await take(facts, 2) == [1, 2]

    async def test_hears_what_is_too_long_for_the_bus(
        self, database: Database, log: Log, relay: Relay
    ) -> None:
        """
        A fact of two megabytes comes in its place, from the table.
        """
        async with in_background(relay.run()), log.follow() as facts:
            await tell(database, 1)
            async with database.unit() as uow:
                uow.tell(PotFilled(employer_id=None, number=2, label="x" * 2_000_000))
            await tell(database, 3)

            assert await take(facts, 3) == [1, 2, 3]

    async def test_hears_other_processes(
        self, database: Database, open_database: OpenDatabase, log: Log, bus: Bus
    ) -> None:
        """
        What another process commits is heard when its relay, or ours, has looked.
        """
        other = await open_database()
        relay = Relay(other, bus, REAL, is_shared=True, poll_s=None)

        async with in_background(relay.run()), log.follow() as facts:
            await tell(other, 1, 2)

            assert await take(facts, 2) == [1, 2]

    async def test_ends_with_the_bus(self, log: Log, bus: Bus) -> None:
        """
        When the bus is closed the iteration ends.
        """
        async with log.follow() as facts:
            ending = asyncio.create_task(anext(facts, None))
            await asyncio.sleep(0)
            await bus.close()

            async with asyncio.timeout(10):
                assert await ending is None

    async def test_notices_a_gap(self, database: Database, log: Log, bus: Bus) -> None:
        """
        When the bus skips a fact, the follower reads it from the table, in its place.
        """
        async with log.follow() as facts:
            await tell(database, 1, 2)
            async with database.read() as reader:
                first, second = await read(reader, START, 2)
            message = Carried.of(second, after=first.position).message()
            await bus.publish(TOPIC, message.body, message_id=message.id)

            assert await take(facts, 2) == [1, 2]

    async def test_drops_doubles(self, database: Database, log: Log, bus: Bus) -> None:
        """
        A fact that the bus tells three times is heard once.
        """
        async with log.follow() as facts:
            await tell(database, 1, 2)
            async with database.read() as reader:
                first, second = await read(reader, START, 2)
            one, two = (
                Carried.of(first, after=START).message(),
                Carried.of(second, after=first.position).message(),
            )
            for attempt, message in enumerate((one, one, two, one, two)):
                await bus.publish(TOPIC, message.body, message_id=f"{attempt}")
            await tell(database, 3)
            async with database.read() as reader:
                third = (await read(reader, second.position, 1))[0]
            message = Carried.of(third, after=second.position).message()
            await bus.publish(TOPIC, message.body, message_id=message.id)

            assert await take(facts, 3) == [1, 2, 3]


class TestFollowAlone:
    async def test_looks_at_times(
        self, database: Database, still: Log, clock: MovableClock
    ) -> None:
        """
        Where the bus says nothing a follower reads the log every five seconds.
        """
        async with still.follow() as facts:
            hearing = asyncio.create_task(take(facts, 2))
            await until(lambda: clock._alarms)
            await tell(database, 1, 2)
            await clock.advance(timedelta(seconds=4.9))
            was_done = hearing.done()
            await clock.advance(timedelta(seconds=0.2))

            assert (await hearing, was_done) == ([1, 2], False)

    async def test_says_each_time_that_it_looked(self, still: Log, clock: MovableClock) -> None:
        """
        Whoever wants to know how fresh it is hears of every look, also of one in vain.
        """
        looks: list[float] = []
        begun_s = clock.monotonic()

        def have_looked(count: int) -> bool:
            return len(looks) == count and bool(clock._alarms)

        async with still.follow(on_look=lambda: looks.append(clock.monotonic())) as facts:
            hearing = asyncio.ensure_future(anext(facts))
            for count in (1, 2, 3):
                await until(partial(have_looked, count))
                await clock.advance(timedelta(seconds=5))
            hearing.cancel()
            await asyncio.wait([hearing])

        assert [round(look_s - begun_s) for look_s in looks[:3]] == [0, 5, 10]

    async def test_catches_up_after_lagging(
        self, database: Database, clock: MovableClock
    ) -> None:
        """
        A follower that the bus gave up on hears everything all the same, in order.
        """
        bus = MemoryBus(backlog=10)
        log, relay = Log(database, bus, clock), Relay(database, bus, REAL)

        async with in_background(relay.run()), log.follow() as facts:
            await tell(database, *range(50))
            await relay.idle()
            early = await take(facts, 50)
            await tell(database, 50)

            assert early + await take(facts, 1) == list(range(51))
