"""A log of which only some kinds are published: the rest is kept, and troubles nobody."""

import pytest

from hirewire.runtime.bus import Bus
from hirewire.runtime.bus.nats import NatsBus
from hirewire.runtime.db import Database
from hirewire.runtime.log import Log, Relay
from hirewire.runtime.log.store import IDLE_STRIDE
from tests.contracts.log.pots import REAL, PotFilled, break_cups, take, tell
from tests.fixtures.background import in_background

KINDS = frozenset({PotFilled.kind})
"""Somebody waits for pots that are filled, and nobody for broken cups."""


@pytest.fixture
def log(database: Database, bus: Bus) -> Log:
    return Log(database, bus, REAL, poll_s=None, kinds=KINDS)


@pytest.fixture
def relay(database: Database, bus: Bus) -> Relay:
    shared = isinstance(bus, NatsBus)
    return Relay(database, bus, REAL, is_shared=shared, poll_s=None, kinds=KINDS)


class TestFollow:
    async def test_yields_only_the_kinds_that_travel(
        self, database: Database, log: Log, relay: Relay
    ) -> None:
        """
        What is told between, before and after by others does not come, and nothing is missed.
        """
        async with log.follow() as facts, in_background(relay.run()):
            await break_cups(database, 2)
            await tell(database, 1)
            await break_cups(database, 3)
            await tell(database, 2, 3)

            assert await take(facts, 3) == [1, 2, 3]

    async def test_goes_on_after_very_many_others(
        self, database: Database, log: Log, relay: Relay
    ) -> None:
        """
        A stretch long enough that relay and follower step over it hides nothing behind it.
        """
        async with log.follow() as facts, in_background(relay.run()):
            await tell(database, 1)
            assert await take(facts, 1) == [1]
            await break_cups(database, IDLE_STRIDE + 1)
            await relay.idle()
            await tell(database, 2)

            assert await take(facts, 1) == [2]

    async def test_reads_from_the_past(self, database: Database, log: Log) -> None:
        """
        Whoever begins at a position gets the kinds that travel, and only those.
        """
        begin = await log.end()
        await break_cups(database, 1)
        await tell(database, 7)

        async with log.follow(begin) as facts:
            assert await take(facts, 1) == [7]


class TestRelay:
    async def test_is_not_woken_by_what_nobody_waits_for(
        self, database: Database, relay: Relay
    ) -> None:
        """
        Of five facts of which one concerns somebody, one is handled.
        """
        async with in_background(relay.run()):
            await relay.idle()
            await break_cups(database, 4)
            await tell(database, 1)
            await relay.idle()

            assert relay.handled == 1
