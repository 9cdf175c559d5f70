"""Tests of what a connection may cost before its request is known."""

import logging
from datetime import timedelta

import pytest

from hirewire.web.server import Connection
from tests.web.server.running import Client, World, running

ASK = b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n"
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


def head_of(size: int) -> bytes:
    """A request whose URL and headers count as *size* bytes."""
    start, end = b"POST /echo HTTP/1.1\r\nX-Fill: ", b"\r\nContent-Length: 2\r\n\r\nhi"
    counted = len("/echo") + len("X-Fill") + 4 + len("Content-Length2") + 4
    return start + b"x" * (size - counted) + end


async def wait(world: World, seconds: float) -> None:
    await world.clock.advance(timedelta(seconds=seconds))


def connections_of(world: World) -> list[Connection]:
    held = world.state.connections
    return [connection for connection in held if isinstance(connection, Connection)]


async def served(client: Client) -> bool:
    """Whether the connection still answers."""
    await client.say(ASK + b"body")
    return (await client.hear_until(b"body")).startswith(b"HTTP/1.1 200 OK")


async def taken_in(world: World, client: Client, data: bytes) -> None:
    """Say *data*, and let the server read it before anything else happens."""
    await world.until(lambda: len(connections_of(world)) == 1)
    (connection,) = connections_of(world)
    connection.chunk_bytes = 0
    await client.say(data)
    await world.until(lambda: connection.chunk_bytes == len(data))


class TestSlowHeads:
    @pytest.mark.fidelity("server.slow-head.refused")
    async def test_a_head_has_ten_seconds(self) -> None:
        """A head that is not complete after ten seconds is answered 408 and closed."""
        async with running() as world:
            client = await world.connect()
            await taken_in(world, client, ASK[:30])
            await wait(world, 9.9)
            await taken_in(world, client, ASK[30:40])
            await wait(world, 0.1)

            assert await client.hear_all() == TOO_SLOW

    async def test_a_head_just_in_time_is_served(self) -> None:
        """Slowness alone is no reason while the head comes within its time."""
        async with running() as world:
            client = await world.connect()
            await taken_in(world, client, ASK[:30])
            await wait(world, 9.9)
            await client.say(ASK[30:] + b"body")
            heard = await client.hear_until(b"body")
            await wait(world, 60)

            assert heard.startswith(b"HTTP/1.1 200 OK")
            assert await served(client)

    async def test_silence_is_closed_without_a_word(self) -> None:
        """A connection on which nothing was asked is closed, and nothing is answered."""
        async with running() as world:
            client = await world.connect()
            await world.until(lambda: len(connections_of(world)) == 1)
            await wait(world, 10)

            assert await client.hear_all() == b""

    async def test_the_next_head_of_a_kept_connection_has_the_same_time(self) -> None:
        """A connection that was good once is not trusted with a slow second head."""
        async with running() as world:
            client = await world.connect()
            assert await served(client)
            await taken_in(world, client, ASK[:30])
            await wait(world, 10)

            assert await client.hear_all() == TOO_SLOW

    async def test_line_breaks_do_not_hold_a_connection(self) -> None:
        """Bytes that begin no request set the same deadline."""
        async with running() as world:
            client = await world.connect()
            assert await served(client)
            await taken_in(world, client, b"\r\n")
            await wait(world, 10)

            assert await client.hear_all() == b""

    async def test_others_are_served_meanwhile(self) -> None:
        """Two hundred dawdlers keep nobody else waiting, and all are closed in time."""
        async with running() as world:
            dawdlers = [await world.connect() for _ in range(200)]
            for dawdler in dawdlers:
                await dawdler.say(ASK[:30])
            assert await served(await world.connect())
            await world.until(lambda: all(c.in_head or c.asked for c in connections_of(world)))
            await wait(world, 10)

            assert {await dawdler.hear_all() for dawdler in dawdlers} == {TOO_SLOW}


class TestSlowBodies:
    async def test_a_body_has_thirty_seconds(self) -> None:
        """A body that is not complete after thirty seconds is answered 408 and closed."""
        async with running() as world:
            client = await world.connect()
            await taken_in(world, client, ASK + b"bo")
            await wait(world, 29.9)
            await taken_in(world, client, b"d")
            await wait(world, 0.1)

            assert await client.hear_all() == TOO_SLOW

    async def test_a_body_that_nobody_waits_for_is_not_answered_twice(self) -> None:
        """When the answer was given before the body came, the connection is just closed."""
        async with running() as world:
            client = await world.connect()
            await client.say(ASK.replace(b"/echo", b"/ignore"))
            heard = await client.hear_until(b"\r\n\r\n")
            await taken_in(world, client, b"b")
            await wait(world, 30)

            assert heard.startswith(b"HTTP/1.1 200 OK")
            assert await client.hear_all() == b""


class TestLargeHeads:
    @pytest.mark.fidelity("server.large-head.refused")
    @pytest.mark.parametrize("size", [32 * 1024 + 1, 40 * 1024])
    async def test_a_head_over_the_limit_is_refused(
        self, size: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        """More than 32 KiB of head are answered 431, and no request is made of them."""
        async with running() as world:
            client = await world.connect()
            with caplog.at_level(logging.CRITICAL, "uvicorn.error"):
                await client.say(head_of(size))
                heard = await client.hear_all()

            assert heard == TOO_LARGE
            assert world.state.total_requests == 0

    async def test_a_head_of_the_limit_is_served(self) -> None:
        """Exactly 32 KiB of URL and headers are fine."""
        async with running() as world:
            client = await world.connect()
            await client.say(head_of(32 * 1024))

            assert (await client.hear_until(b"hi")).startswith(b"HTTP/1.1 200 OK")

    async def test_a_head_without_end_is_refused_before_it_ends(self) -> None:
        """A header that never stops is cut off at the limit."""
        async with running() as world:
            client = await world.connect()
            await taken_in(world, client, head_of(100_000)[:20_000])
            await client.say(b"x" * 20_000)

            assert await client.hear_all() == TOO_LARGE

    async def test_a_large_body_is_not_a_large_head(self) -> None:
        """Bodies have limits of their own."""
        async with running() as world:
            client = await world.connect()
            body = b"x" * 100_000
            await client.say(ASK.replace(b"4", b"100000") + body)

            assert (await client.hear_until(body)).startswith(b"HTTP/1.1 200 OK")

    async def test_a_large_head_behind_a_small_request_is_refused(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Pipelining does not get around the limit."""
        async with running() as world:
            client = await world.connect()
            with caplog.at_level(logging.CRITICAL, "uvicorn.error"):
                await client.say(ASK + b"body" + head_of(100_000))
                heard = await client.hear_all()

            assert heard.count(b"HTTP/1.1 ") <= 1
            assert b"hi" not in heard
