"""Tests of how the server starts and how it stops with streams open."""

import asyncio

import pytest

from hirewire.web.server import bind
from hirewire.web.streams.slot import Reason
from tests.web.server.running import running

BOTH_WAYS = pytest.mark.parametrize("hands_over", [True, False], ids=["taken", "asgi"])


class TestStopping:
    @BOTH_WAYS
    async def test_open_streams_are_drained(self, *, hands_over: bool) -> None:
        """The server does not wait for streams: each is told when to return, and closed."""
        async with running(hands_over=hands_over) as world:
            clients = [await world.listen() for _ in range(3)]
            await world.streams(3)

            world.server.should_exit = True
            async with asyncio.timeout(5):
                await world.ended
            heard = [await client.hear_all() for client in clients]

            for place, each in enumerate(heard):
                assert f"retry: {1000 + 3000 * place}\n\n".encode() in each
            assert world.hub.counts.closed[Reason.DRAINED] == 3

    async def test_a_reader_that_takes_nothing_does_not_hold_the_server(self) -> None:
        """What a stuck reader has not taken after the grace time is dropped."""
        async with running() as world:
            await world.listen(buffer_bytes=1024)
            await world.streams(1)
            world.hub.publish("t", b"data: " + b"x" * 20_000_000 + b"\n\n")

            world.server.should_exit = True
            async with asyncio.timeout(5):
                await world.ended

            assert world.hub.open_streams == 0


class TestStarting:
    async def test_a_port_in_use_is_found_by_binding(self) -> None:
        """Two servers cannot have one port, and the second learns it before it starts."""
        async with running() as world:
            with pytest.raises(OSError, match="in use"):
                bind("127.0.0.1", world.port)
