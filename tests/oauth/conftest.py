"""What the tests of the authorization server share."""

from collections.abc import AsyncIterator

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.oauth.sealing import Seal
from hirewire.runtime.db.database import Database
from tests.oauth.asking import Asking, asking
from tests.oauth.world import AuthorizationServer, running_server


@pytest.fixture
def seal(entropy: SeededEntropy) -> Seal:
    """A seal under a secret of the tests."""
    return Seal("a secret of the tests", entropy)


@pytest.fixture
async def server(
    sqlite_database: Database, clock: MovableClock, entropy: SeededEntropy, seal: Seal
) -> AsyncIterator[AuthorizationServer]:
    """An authorization server with the small world of accounts."""
    async with running_server(sqlite_database, clock, entropy, seal) as server:
        yield server


@pytest.fixture
async def server_on_each(
    database: Database, clock: MovableClock, entropy: SeededEntropy, seal: Seal
) -> AsyncIterator[AuthorizationServer]:
    """The same on each kind of database in turn."""
    async with running_server(database, clock, entropy, seal) as server:
        yield server


@pytest.fixture
async def desk(server: AuthorizationServer) -> AsyncIterator[Asking]:
    """What tells of tokens and takes them back, with an app that a person allowed all."""
    async with asking(server) as desk:
        yield desk


@pytest.fixture
async def desk_on_each(server_on_each: AuthorizationServer) -> AsyncIterator[Asking]:
    """The same on each kind of database in turn."""
    async with asking(server_on_each) as desk:
        yield desk
