"""A log of which only some kinds are published: the rest is kept, and troubles nobody."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from typing import ClassVar

import pytest

from hirewire.kit.clock import SystemClock
from hirewire.kit.facts import Fact, Recorded
from hirewire.runtime.bus import Bus, MemoryBus
from hirewire.runtime.bus.nats import NatsBus
from hirewire.runtime.db import Database
from hirewire.runtime.log import Log, Relay
from hirewire.runtime.log.store import IDLE_STRIDE
from tests.fixtures.background import in_background
from tests.fixtures.servers import NatsServer

REAL = SystemClock()

_numbers = count()


@dataclass(frozen=True, slots=True, kw_only=True)
class MugFilled(Fact):
    """A fact that somebody waits for."""

    kind: ClassVar[str] = "mug.filled"

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MugWashed(Fact):
    """A fact that nobody waits for."""

    kind: ClassVar[str] = "mug.washed"


KINDS = frozenset({MugFilled.kind})


@pytest.fixture(params=["memory", "nats"])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    """Each kind of bus in turn."""
    if request.param == "memory":
        opened: Bus = MemoryBus()
    else:
        server: NatsServer = request.getfixturevalue("nats_server")
        opened = await NatsBus.connect(server.url, installation=f"kinds-{next(_numbers)}")
    yield opened
    await opened.close()


@pytest.fixture
def log(database: Database, bus: Bus) -> Log:
    return Log(database, bus, REAL, poll_s=None, kinds=KINDS)


@pytest.fixture
def relay(database: Database, bus: Bus) -> Relay:
    shared = isinstance(bus, NatsBus)
    return Relay(database, bus, REAL, is_shared=shared, poll_s=None, kinds=KINDS)


async def fill(database: Database, *numbers: int) -> None:
    async with database.unit() as uow:
        for number in numbers:
            uow.tell(MugFilled(employer_id=None, number=number))


async def wash(database: Database, how_many: int) -> None:
    async with database.unit() as uow:
        for _ in range(how_many):
            uow.tell(MugWashed(employer_id=None))


async def take(facts: AsyncIterator[Recorded], how_many: int) -> list[object]:
    async with asyncio.timeout(10):
        return [(await anext(facts)).fact for _ in range(how_many)]


def filled(*numbers: int) -> list[object]:
    return [MugFilled(employer_id=None, number=number) for number in numbers]


class TestFollow:
    async def test_yields_only_the_kinds_that_travel(
        self, database: Database, log: Log, relay: Relay
    ) -> None:
        """
        What is told between, before and after by others does not come, and nothing is missed.
        """
        async with log.follow() as facts, in_background(relay.run()):
            await wash(database, 2)
            await fill(database, 1)
            await wash(database, 3)
            await fill(database, 2, 3)

            assert await take(facts, 3) == filled(1, 2, 3)

    async def test_goes_on_after_very_many_others(
        self, database: Database, log: Log, relay: Relay
    ) -> None:
        """
        A stretch long enough that relay and follower step over it hides nothing behind it.
        """
        async with log.follow() as facts, in_background(relay.run()):
            await fill(database, 1)
            assert await take(facts, 1) == filled(1)
            await wash(database, IDLE_STRIDE + 1)
            await relay.idle()
            await fill(database, 2)

            assert await take(facts, 1) == filled(2)

    async def test_reads_from_the_past(self, database: Database, log: Log) -> None:
        """
        Whoever begins at a position gets the kinds that travel, and only those.
        """
        begin = await log.end()
        await wash(database, 1)
        await fill(database, 7)

        async with log.follow(begin) as facts:
            assert await take(facts, 1) == filled(7)


class TestRelay:
    async def test_is_not_woken_by_what_nobody_waits_for(
        self, database: Database, relay: Relay
    ) -> None:
        """
        Of five facts of which one concerns somebody, one is handled.
        """
        async with in_background(relay.run()):
            await relay.idle()
            await wash(database, 4)
            await fill(database, 1)
            await relay.idle()

            assert relay.handled == 1
