"""Logs and relays on both databases and, where facts travel, on both buses."""

from collections.abc import AsyncIterator
from itertools import count

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.runtime.bus import Bus, MemoryBus
from hirewire.runtime.bus.nats import NatsBus
from hirewire.runtime.db import Database
from hirewire.runtime.log import Log, Relay
from tests.contracts.log.effects import Effects
from tests.contracts.log.pots import REAL
from tests.fixtures.servers import NatsServer

_numbers = count()


@pytest.fixture(params=["memory", "nats"])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    """Each kind of bus in turn."""
    if request.param == "memory":
        opened: Bus = MemoryBus()
    else:
        server: NatsServer = request.getfixturevalue("nats_server")
        opened = await NatsBus.connect(server.url, installation=f"log-{next(_numbers)}")
    yield opened
    await opened.close()


@pytest.fixture
def log(database: Database, bus: Bus) -> Log:
    return Log(database, bus, REAL, poll_s=None)


@pytest.fixture
def relay(database: Database, bus: Bus) -> Relay:
    return Relay(database, bus, REAL, is_shared=isinstance(bus, NatsBus), poll_s=None)


@pytest.fixture
def still(database: Database, clock: MovableClock) -> Log:
    """A log whose bus says nothing."""
    return Log(database, MemoryBus(), clock)


@pytest.fixture
async def effects(database: Database) -> Effects:
    async with database.unit() as uow:
        await uow.run(
            "CREATE TABLE effects (number bigint NOT NULL, place @identity)"
            if database.dialect == "postgres"
            else "CREATE TABLE effects (place @identity, number bigint NOT NULL)"
        )
    return Effects()
