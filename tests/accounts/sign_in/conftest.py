"""What the tests of signing in share."""

from collections.abc import AsyncIterator

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.runtime.db.database import Database
from tests.accounts.sign_in.world import SignInWorld, sign_in_world


@pytest.fixture
async def site(
    sqlite_database: Database, clock: MovableClock, entropy: SeededEntropy
) -> AsyncIterator[SignInWorld]:
    """The pages, on SQLite."""
    async with sign_in_world(sqlite_database, clock, entropy) as site:
        yield site


@pytest.fixture
async def site_on_each(
    database: Database, clock: MovableClock, entropy: SeededEntropy
) -> AsyncIterator[SignInWorld]:
    """The pages, on each kind of database in turn."""
    async with sign_in_world(database, clock, entropy) as site:
        yield site
