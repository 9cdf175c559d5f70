"""Streams that are sent much at once, over real sockets and over plain ASGI."""

import asyncio

import pytest

from hirewire.web.streams.hub import CAUGHT_UP_BYTES
from hirewire.web.streams.slot import Reason
from tests.web.server.running import PATIENCE_S, Client, running

BOTH_WAYS = pytest.mark.parametrize("hands_over", [True, False], ids=["taken", "asgi"])
PAGE = b"data: " + b"x" * 2**20 + b"\n\n"
PAGES = 20


async def hear_pages(client: Client) -> int:
    """Read until all pages are there, however they are framed, and count what is in them."""
    count = 0
    async with asyncio.timeout(PATIENCE_S):
        while count < PAGES * PAGE.count(b"x"):
            count += (await client.reader.read(2**16)).count(b"x")
    return count


class TestDrained:
    @BOTH_WAYS
    @pytest.mark.fidelity("streams.catching-up.waits-for-the-reader")
    async def test_a_long_replay_goes_as_fast_as_its_reader(self, *, hands_over: bool) -> None:
        """Page by page arrives whole, with little more than a page unsent at any time."""
        async with running(hands_over=hands_over) as world:
            client = await world.listen(buffer_bytes=1024)
            await world.streams(1)
            (slot,) = world.hub.listeners("t")

            reading = asyncio.create_task(hear_pages(client))
            most = 0
            for _ in range(PAGES):
                world.hub.send(slot, PAGE)
                most = max(most, world.hub.unsent_bytes)
                assert await world.hub.drained(slot)

            assert await reading == PAGES * PAGE.count(b"x")
            assert most <= CAUGHT_UP_BYTES + len(PAGE)

    @BOTH_WAYS
    async def test_nobody_waits_for_a_reader_that_left(self, *, hands_over: bool) -> None:
        """Whoever sends pages to a client that goes away is told to stop."""
        async with running(hands_over=hands_over) as world:
            client = await world.listen(buffer_bytes=1024)
            await world.streams(1)
            (slot,) = world.hub.listeners("t")

            async def send_for_ever() -> None:
                while await world.hub.drained(slot):
                    world.hub.send(slot, PAGE)

            sending = asyncio.create_task(send_for_ever())
            await client.leave()
            async with asyncio.timeout(PATIENCE_S):
                await sending

            assert world.hub.counts.closed[Reason.CLIENT] == 1
