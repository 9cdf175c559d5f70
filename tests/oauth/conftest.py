"""What the tests of the authorization server share."""

from collections.abc import AsyncIterator

import pytest

from hirewire.accounts.service import Accounts
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.oauth.keyring import KeyRing
from hirewire.oauth.sealing import Seal
from hirewire.oauth.service import Keys
from hirewire.oauth.token.endpoint import TokenEndpoint
from hirewire.oauth.token.exchange import TokenPolicy
from hirewire.runtime.db.database import Database
from tests.accounts.world import make_world
from tests.oauth.world import ISSUER, AuthorizationServer, client


@pytest.fixture
def seal(entropy: SeededEntropy) -> Seal:
    """A seal under a secret of the tests."""
    return Seal("a secret of the tests", entropy)


@pytest.fixture
async def server(
    sqlite_database: Database, clock: MovableClock, entropy: SeededEntropy, seal: Seal
) -> AsyncIterator[AuthorizationServer]:
    """An authorization server with the small world of accounts."""
    world = await make_world(sqlite_database, Accounts(entropy))
    keys = Keys(seal=seal, entropy=entropy)
    ring = KeyRing(clock, seal)
    async with sqlite_database.unit() as uow:
        await keys.prepare(uow)
    endpoint = TokenEndpoint(
        database=sqlite_database,
        accounts=world.accounts,
        keys=ring,
        policy=TokenPolicy(issuer=ISSUER),
    )
    async with client(endpoint, ring) as http:
        server = AuthorizationServer(world, sqlite_database, keys, ring, endpoint, http)
        await server.load_keys()
        yield server
