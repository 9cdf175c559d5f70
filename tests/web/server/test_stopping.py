"""Tests of how the server starts and how it stops with streams open."""

import asyncio
import logging

import pytest

from hirewire.web.connection import Limits
from hirewire.web.server import bind
from hirewire.web.streams.slot import Reason
from tests.web.server.running import World, running

HALF = b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{"
NO_TIME_LEFT = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 1\r\n"
    b"connection: close\r\n\r\n"
)
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

    @pytest.mark.fidelity("server.stopping.lets-the-idle-go")
    async def test_who_waits_for_a_next_request_is_let_go_first(self) -> None:
        """Who would come back on a kept connection while others drain finds nobody, not 503."""
        async with running() as world:
            client = await world.connect()
            await client.say(b"GET /whole HTTP/1.1\r\nHost: h\r\n\r\n")
            await client.hear_until(b"all of it")
            drain = world.server.on_drain

            async def drain_later() -> None:
                await world.gate.wait()
                await drain()

            world.server.on_drain = drain_later
            world.server.should_exit = True
            rest = await client.hear_all()
            was_over = world.ended.done()
            world.gate.set()

            assert (rest, was_over) == (b"", False)

    @pytest.mark.fidelity("server.stopping.refuses-the-unfinished")
    async def test_a_half_sent_body_is_refused_when_time_is_up(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Who is still sending when the grace time ends hears 503, and nothing is logged."""
        async with running() as world:
            client = await world.connect()
            await world.taken_in(client, HALF)
            await self._stop(world)
            await world.wait(9.9)
            held = len(world.connections)
            await world.wait(0.1)

            assert await client.hear_all() == NO_TIME_LEFT
            assert held == 1
            async with asyncio.timeout(5):
                await world.ended
            assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []

    async def test_a_body_that_ends_in_the_grace_time_is_served(self) -> None:
        """Stopping gives what has begun the time to end."""
        async with running() as world:
            client = await world.connect()
            await world.taken_in(client, HALF)
            await self._stop(world)
            await client.say(b"}")
            heard = await client.hear_all()

            assert heard.startswith(b"HTTP/1.1 200 OK")
            assert b"\r\nconnection: close\r\n" in heard
            assert heard.endswith(b"\r\n\r\n{}")

    async def test_what_is_not_answered_in_time_is_refused(self) -> None:
        """A request whose answer takes longer than the grace time hears 503, not 500."""
        async with running(limits=Limits(graceful_s=0)) as world:
            client = await world.connect()
            await world.taken_in(client, b"POST /wait HTTP/1.1\r\nHost: h\r\n\r\n")
            await world.entered.wait()
            await self._stop(world)
            await world.wait(0)
            heard = await client.hear_all()
            world.gate.set()

            assert heard == NO_TIME_LEFT

    async def _stop(self, world: World) -> None:
        world.server.should_exit = True
        await world.until(lambda: all(each.is_stopping for each in world.connections))


class TestStarting:
    async def test_a_port_in_use_is_found_by_binding(self) -> None:
        """Two servers cannot have one port, and the second learns it before it starts."""
        async with running() as world:
            with pytest.raises(OSError, match="in use"):
                bind("127.0.0.1", world.port)
