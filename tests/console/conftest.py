"""What the tests of the console share."""

from collections.abc import AsyncIterator

import pytest

from hirewire.accounts.apps.service import Apps
from hirewire.accounts.service import Accounts
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.runtime.db import Database
from tests.console.world import ConsoleWorld, running_console


@pytest.fixture
def accounts(entropy: SeededEntropy) -> Accounts:
    """The service, with client ids and secrets that are the same in every run."""
    return Accounts(Apps(entropy))


@pytest.fixture
async def console(
    sqlite_database: Database, clock: MovableClock, entropy: SeededEntropy
) -> AsyncIterator[ConsoleWorld]:
    """The console, over the small world of accounts."""
    async with running_console(sqlite_database, clock, entropy) as world:
        yield world
