"""What the log's relay publishes, on both databases and both buses."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from hirewire.kit.clock import MovableClock
from hirewire.kit.facts import START
from hirewire.runtime.bus import Bus, MemoryBus
from hirewire.runtime.db import Database
from hirewire.runtime.log import Log, Relay
from hirewire.runtime.log.carried import TOPIC
from tests.contracts.log.pots import REAL, take, tell
from tests.fixtures.background import in_background
from tests.fixtures.database import OpenDatabase


class TestRelay:
    async def test_publishes_what_a_crash_left_unpublished(
        self, database: Database, log: Log, bus: Bus
    ) -> None:
        """
        A shared bus gets what was committed while no relay ran, once one runs again.
        """
        relay = Relay(database, bus, REAL, is_shared=True, poll_s=None)
        async with in_background(relay.run()):
            await relay.idle()
            await tell(database, 1)
            await relay.idle()
        await tell(database, 2, 3)

        async with bus.listen(TOPIC), log.follow() as facts, in_background(relay.run()):
            await relay.idle()
            await tell(database, 4)

            assert await take(facts, 1) == [4]
            await relay.idle()
        assert relay.handled == 4

    async def test_shares_its_work(
        self, database: Database, open_database: OpenDatabase, log: Log, bus: Bus
    ) -> None:
        """
        Two processes relay at once; a follower hears each fact once, in order.
        """
        other = await open_database()
        relays = [
            Relay(one, bus, REAL, is_shared=True, poll_s=None) for one in (database, other)
        ]
        running = [relay.run() for relay in relays]

        async with in_background(*running), log.follow(START) as facts:
            await asyncio.gather(
                in_turn(tell, (database, other), range(30)),
                *(relay.idle() for relay in relays),
            )

            assert await take(facts, 30) == list(range(30))

    async def test_looks_at_times(
        self, database: Database, open_database: OpenDatabase, clock: MovableClock
    ) -> None:
        """
        What another process committed is published within five seconds.
        """
        other, bus = await open_database(), MemoryBus()
        relay, log = Relay(database, bus, clock), Log(database, bus, clock, poll_s=None)

        async with in_background(relay.run()), log.follow() as facts:
            await relay.idle()
            await tell(other, 1)
            before = relay.handled
            await clock.advance(timedelta(seconds=5.1))

            assert await take(facts, 1) == [1]
        assert before == 0


async def in_turn(
    tell: Callable[[Database, int], Awaitable[None]],
    databases: tuple[Database, ...],
    numbers: range,
) -> None:
    for number in numbers:
        await tell(databases[number % len(databases)], number)
