"""Gives the tests of the Real-time API a running server, on the event loop that we serve on."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import uvloop

from hirewire.kit.clock import MovableClock
from hirewire.runtime.db import Database
from tests.conversations.world import World
from tests.realtime.running import RealTime, running


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
async def world(sqlite_database: Database) -> World:
    """Two employers, their people and apps, and a thread of each."""
    return await World.built(sqlite_database)


@pytest.fixture
async def real_time(world: World, clock: MovableClock) -> AsyncIterator[RealTime]:
    """The API, running."""
    async with running(world, clock) as real_time:
        yield real_time
