"""What the tests of accounts share."""

import pytest

from hirewire.accounts.apps.service import Apps
from hirewire.accounts.service import Accounts
from hirewire.kit.entropy import SeededEntropy
from hirewire.runtime.db.database import Database
from tests.accounts.world import World, make_world


@pytest.fixture
def accounts(entropy: SeededEntropy) -> Accounts:
    """The service, with client ids and secrets that are the same in every run."""
    return Accounts(Apps(entropy))


@pytest.fixture
async def world(database: Database, accounts: Accounts) -> World:
    """The small world, on each kind of database in turn."""
    return await make_world(database, accounts)
