"""What the tests of threads' pages share."""

from collections.abc import AsyncIterator

import pytest

from hirewire.kit.clock import MovableClock
from tests.conversations.pages.site import Site, running_site


@pytest.fixture
async def site(database_url: str, clock: MovableClock) -> AsyncIterator[Site]:
    """A server on each kind of database in turn."""
    async with running_site(database_url, clock) as site:
        yield site
