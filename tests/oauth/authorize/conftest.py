"""What the tests of the authorization endpoint share."""

from collections.abc import AsyncIterator

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.oauth.sealing import Seal
from hirewire.runtime.db.database import Database
from tests.oauth.authorize.world import Office, open_office


@pytest.fixture
async def office(
    sqlite_database: Database, clock: MovableClock, entropy: SeededEntropy, seal: Seal
) -> AsyncIterator[Office]:
    """An authorization endpoint, an app that asks, and people."""
    async with open_office(sqlite_database, clock, entropy, seal) as office:
        yield office


@pytest.fixture
async def office_on_each(
    database: Database, clock: MovableClock, entropy: SeededEntropy, seal: Seal
) -> AsyncIterator[Office]:
    """The same on each kind of database in turn."""
    async with open_office(database, clock, entropy, seal) as office:
        yield office
