"""Following the log while the bus takes all and says nothing, as a hung server does."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar

import pytest

from hirewire.kit.clock import SystemClock
from hirewire.kit.facts import Fact, Recorded
from hirewire.runtime.bus.nats import NatsBus
from hirewire.runtime.db import Database
from hirewire.runtime.log import Log, Relay
from tests.fixtures.background import in_background
from tests.fixtures.servers import NatsServer

CLOCK = SystemClock()


@dataclass(frozen=True, slots=True, kw_only=True)
class PanScrubbed(Fact):
    """A fact that only this module tells."""

    kind: ClassVar[str] = "pan.scrubbed"

    number: int


@pytest.fixture
async def bus(spare_nats_server: NatsServer) -> AsyncIterator[NatsBus]:
    """A bus whose listeners doubt a silent server soon."""
    opened = await NatsBus.connect(spare_nats_server.url, heartbeat_s=0.05)
    yield opened
    await opened.close()


async def tell(database: Database, number: int) -> None:
    async with database.unit() as uow:
        uow.tell(PanScrubbed(employer_id=None, number=number))


async def hear(facts: AsyncIterator[Recorded]) -> int:
    async with asyncio.timeout(10):
        fact = (await anext(facts)).fact
    assert isinstance(fact, PanScrubbed)
    return fact.number


class TestFollowing:
    async def test_reads_the_log_itself(
        self, sqlite_database: Database, bus: NatsBus, spare_nats_server: NatsServer
    ) -> None:
        """
        While the listener asks a server that never answers, the log is looked at as ever.
        """
        log = Log(sqlite_database, bus, CLOCK, poll_s=0.05)
        async with log.follow() as facts:
            with spare_nats_server.hanging():
                heard = []
                for number in range(20):
                    await tell(sqlite_database, number)
                    heard.append(await hear(facts))

        assert heard == list(range(20))

    async def test_hears_the_bus_again(
        self, sqlite_database: Database, bus: NatsBus, spare_nats_server: NatsServer
    ) -> None:
        """
        Once the server answers again, it is the bus that tells, and nothing comes twice.
        """
        log = Log(sqlite_database, bus, CLOCK, poll_s=None)
        relay = Relay(sqlite_database, bus, CLOCK, is_shared=True, poll_s=0.05)
        async with log.follow() as facts, in_background(relay.run()):
            await tell(sqlite_database, 1)
            heard = [await hear(facts)]
            with spare_nats_server.hanging():
                await tell(sqlite_database, 2)
                await asyncio.wait([asyncio.ensure_future(CLOCK.sleep(0.3))])
            heard.append(await hear(facts))
            await tell(sqlite_database, 3)
            heard.append(await hear(facts))

        assert heard == [1, 2, 3]
