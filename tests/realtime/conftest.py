"""Gives the tests of the Real-time API a running server."""

from collections.abc import AsyncIterator

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.runtime.db import Database
from tests.conversations.world import World
from tests.realtime.running import RealTime, running


@pytest.fixture
async def world(sqlite_database: Database) -> World:
    """Two employers, their people and apps, and a thread of each."""
    return await World.built(sqlite_database)


@pytest.fixture
async def real_time(world: World, clock: MovableClock) -> AsyncIterator[RealTime]:
    """The API, running."""
    async with running(world, clock) as real_time:
        yield real_time
