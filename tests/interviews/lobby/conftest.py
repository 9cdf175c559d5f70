"""What the tests of lobbies share."""

from collections.abc import AsyncIterator

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.runtime.db import Database
from tests.interviews.lobby.world import LobbyWorld, running_lobby


@pytest.fixture
async def lobby(
    sqlite_database: Database, clock: MovableClock, entropy: SeededEntropy
) -> AsyncIterator[LobbyWorld]:
    """A lobby whose interview begins in ten minutes, and lasts an hour."""
    async with running_lobby(sqlite_database, clock, entropy) as world:
        yield world


@pytest.fixture
async def lobby_on_each(
    database: Database, clock: MovableClock, entropy: SeededEntropy
) -> AsyncIterator[LobbyWorld]:
    """The same on each kind of database in turn."""
    async with running_lobby(database, clock, entropy) as world:
        yield world
