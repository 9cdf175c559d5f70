"""What tests of invitations share: a post office on one database, or on each kind in turn."""

from collections.abc import AsyncIterator

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.runtime.db import Database
from tests.interviews.invitations.post import Post, Sink, post_office


@pytest.fixture
async def post(
    sqlite_database: Database, clock: MovableClock, entropy: SeededEntropy
) -> AsyncIterator[Post]:
    """A post office on SQLite."""
    async with post_office(sqlite_database, clock, entropy, Sink()) as post:
        yield post


@pytest.fixture
async def any_post(
    database: Database, clock: MovableClock, entropy: SeededEntropy
) -> AsyncIterator[Post]:
    """A post office on each kind of database in turn."""
    async with post_office(database, clock, entropy, Sink()) as post:
        yield post
