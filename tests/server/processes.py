"""Several processes of one server, on one database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hirewire.kit.clock import Clock
from hirewire.kit.entropy import SystemEntropy
from hirewire.server.parts import Parts, Store, open_parts, open_store
from hirewire.server.settings import Settings


@asynccontextmanager
async def process(settings: Settings, clock: Clock) -> AsyncIterator[tuple[Store, Parts]]:
    """Open what one process of a server consists of."""
    async with (
        open_store(settings, clock=clock, entropy=SystemEntropy()) as store,
        open_parts(store) as parts,
    ):
        yield store, parts
