"""Gives the tests of conversations people who talk, on a database of either kind."""

import pytest

from hirewire.runtime.db import Database
from tests.conversations.world import World


@pytest.fixture
async def world(database: Database) -> World:
    """Two employers, their people and apps, and a thread of each, on both databases."""
    return await World.built(database)


@pytest.fixture
async def fast_world(sqlite_database: Database) -> World:
    """The same on SQLite alone."""
    return await World.built(sqlite_database)
