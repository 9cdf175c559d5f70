"""What tests of interviews share: one world, on SQLite."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from hirewire.accounts.apps.service import Apps
from hirewire.accounts.service import Accounts
from hirewire.interviews.graphql import part
from hirewire.interviews.lobby_urls import LobbyUrls
from hirewire.interviews.model import EARLIEST_START
from hirewire.interviews.service import Interviews
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.kit.facts import Fact, decode_fact
from hirewire.runtime.db.database import Database
from tests.interviews.world import World
from tests.web.graphql.api import BASE, serve


@pytest.fixture
async def world(
    sqlite_database: Database, clock: MovableClock, entropy: SeededEntropy
) -> AsyncIterator[World]:
    """The interview API over HTTP."""
    found = make_world(sqlite_database, clock, entropy)
    yield found
    await found.api.client.aclose()


@pytest.fixture
async def world_on_each(
    database: Database, clock: MovableClock, entropy: SeededEntropy
) -> AsyncIterator[World]:
    """The same on each kind of database in turn."""
    found = make_world(database, clock, entropy)
    yield found
    await found.api.client.aclose()


def make_world(
    database: Database,
    clock: MovableClock,
    entropy: SeededEntropy,
    past: timedelta = EARLIEST_START,
) -> World:
    """Put up the interview API on *database*; events may start as long ago as *past*."""
    accounts = Accounts(Apps(entropy))
    interviews = Interviews(accounts, entropy, past)
    services = {Interviews: interviews, LobbyUrls: LobbyUrls(BASE)}
    api = serve([part()], database, clock, services)
    return World(api, database, clock, accounts, interviews)


@pytest.fixture
def decoded_facts(world: World) -> Callable[[], Awaitable[list[Fact]]]:
    """Read what was told of interviews, as whoever listens would."""

    async def read() -> list[Fact]:
        async with world.database.read() as reader:
            return await reader.all(
                decode_fact,
                "SELECT kind, body FROM facts WHERE kind LIKE 'interview.%' ORDER BY seq",
            )

    return read
