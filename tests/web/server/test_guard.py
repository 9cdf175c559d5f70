"""Tests of what a connection may cost before its request is known."""

import pytest

from hirewire.web.connection import Limits
from tests.web.server.running import Client, running

ASK = b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n"
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
CHUNKED = b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
TOO_MUCH = (
    b"HTTP/1.1 413 Request Entity Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)
BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


def head_of(size: int) -> bytes:
    """A request whose URL and headers count as *size* bytes."""
    start, end = (
        b"POST /echo HTTP/1.1\r\nHost: h\r\nX-Fill: ",
        b"\r\nContent-Length: 2\r\n\r\nhi",
    )
    counted = len("/echo") + len("Hosth") + 4 + len("X-Fill") + 4 + len("Content-Length2") + 4
    return start + b"x" * (size - counted) + end


async def served(client: Client) -> bool:
    """Whether the connection still answers."""
    await client.say(ASK + b"body")
    return (await client.hear_until(b"body")).startswith(b"HTTP/1.1 200 OK")


class TestSlowHeads:
    @pytest.mark.fidelity("server.slow-head.refused")
    async def test_a_head_has_ten_seconds(self) -> None:
        """A head that is not complete after ten seconds is answered 408 and closed."""
        async with running() as world:
            client = await world.connect()
            await world.taken_in(client, ASK[:30])
            await world.wait(9.9)
            await world.taken_in(client, ASK[30:40])
            await world.wait(0.1)

            assert await client.hear_all() == TOO_SLOW

    async def test_a_head_just_in_time_is_served(self) -> None:
        """Slowness alone is no reason while the head comes within its time."""
        async with running() as world:
            client = await world.connect()
            await world.taken_in(client, ASK[:30])
            await world.wait(9.9)
            await client.say(ASK[30:] + b"body")
            heard = await client.hear_until(b"body")
            await world.wait(60)

            assert heard.startswith(b"HTTP/1.1 200 OK")
            assert await served(client)

    async def test_silence_is_closed_without_a_word(self) -> None:
        """A connection on which nothing was asked is closed, and nothing is answered."""
        async with running() as world:
            client = await world.connect()
            await world.until(lambda: len(world.connections) == 1)
            await world.wait(10)

            assert await client.hear_all() == b""

    async def test_the_next_head_of_a_kept_connection_has_the_same_time(self) -> None:
        """A connection that was good once is not trusted with a slow second head."""
        async with running() as world:
            client = await world.connect()
            assert await served(client)
            await world.taken_in(client, ASK[:30])
            await world.wait(10)

            assert await client.hear_all() == TOO_SLOW

    async def test_line_breaks_do_not_hold_a_connection(self) -> None:
        """Bytes that begin no request set the same deadline."""
        async with running() as world:
            client = await world.connect()
            assert await served(client)
            await world.taken_in(client, b"\r\n")
            await world.wait(10)

            assert await client.hear_all() == b""

    async def test_others_are_served_meanwhile(self) -> None:
        """Two hundred dawdlers keep nobody else waiting, and all are closed in time."""
        async with running() as world:
            dawdlers = [await world.connect() for _ in range(200)]
            for dawdler in dawdlers:
                await dawdler.say(ASK[:30])
            assert await served(await world.connect())
            await world.until(lambda: all(c.in_head or c.asked for c in world.connections))
            await world.wait(10)

            assert {await dawdler.hear_all() for dawdler in dawdlers} == {TOO_SLOW}


class TestSlowBodies:
    async def test_a_body_has_thirty_seconds(self) -> None:
        """A body that is not complete after thirty seconds is answered 408 and closed."""
        async with running() as world:
            client = await world.connect()
            await world.taken_in(client, ASK + b"bo")
            await world.wait(29.9)
            await world.taken_in(client, b"d")
            await world.wait(0.1)

            assert await client.hear_all() == TOO_SLOW

    async def test_a_body_that_nobody_waits_for_is_not_answered_twice(self) -> None:
        """When the answer was given before the body came, the connection is just closed."""
        async with running() as world:
            client = await world.connect()
            await client.say(ASK.replace(b"/echo", b"/ignore"))
            heard = await client.hear_until(b"\r\n\r\n")
            await world.taken_in(client, b"b")
            await world.wait(30)

            assert heard.startswith(b"HTTP/1.1 200 OK")
            assert await client.hear_all() == b""


class TestLargeHeads:
    @pytest.mark.fidelity("server.large-head.refused")
    @pytest.mark.parametrize("size", [32 * 1024 + 1, 40 * 1024])
    async def test_a_head_over_the_limit_is_refused(self, size: int) -> None:
        """More than 32 KiB of head are answered 431, and no request is made of them."""
        async with running() as world:
            client = await world.connect()
            await client.say(head_of(size))

            assert await client.hear_all() == TOO_LARGE
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
            await world.taken_in(client, head_of(100_000)[:20_000])
            await client.say(b"x" * 20_000)

            assert await client.hear_all() == TOO_LARGE

    async def test_a_large_body_is_not_a_large_head(self) -> None:
        """Bodies have limits of their own."""
        async with running() as world:
            client = await world.connect()
            body = b"x" * 100_000
            await client.say(ASK.replace(b"4", b"100000") + body)

            assert (await client.hear_until(body)).startswith(b"HTTP/1.1 200 OK")

    async def test_trailers_are_bounded_like_heads(self) -> None:
        """What follows the last chunk may not grow without end, nor a chunk's extension."""
        async with running() as world:
            for tail in (b"0\r\nX: ", b"4;x="):
                client = await world.connect()
                await client.say(CHUNKED + tail + b"x" * 60_000)

                assert await client.hear_all() == TOO_LARGE
            assert world.state.total_requests == 0

    async def test_trailers_are_no_headers(self) -> None:
        """A trailer does not become part of the head that the application sees."""
        async with running() as world:
            client = await world.connect()
            ask = CHUNKED.replace(b"/echo", b"/headers")
            await client.say(ask + b"2\r\nhi\r\n0\r\nAuthorization: x\r\n\r\n")
            heard = await client.hear_until(b"chunked\n")

            assert heard.endswith(b"\r\n\r\nhost: h\ntransfer-encoding: chunked\n")

    async def test_the_refusal_arrives_while_the_client_is_still_sending(self) -> None:
        """A head far over the limit is heard out for a moment, so that nothing is reset."""
        async with running() as world:
            client = await world.connect()
            await client.say(head_of(4_000_000))
            heard = await client.hear_all()
            await client.leave()
            await world.until(lambda: not world.connections)

            assert heard == TOO_LARGE

    async def test_a_client_that_never_stops_is_not_heard_out(self) -> None:
        """Two seconds after the refusal the connection is closed."""
        async with running() as world:
            client = await world.connect()
            await client.say(head_of(100_000))
            await client.hear_all()
            await world.wait(1.9)
            held = len(world.connections)
            await world.wait(0.1)
            await world.until(lambda: not world.connections)

            assert held == 1


class TestHosts:
    @pytest.mark.fidelity("server.host.one")
    @pytest.mark.parametrize("version", [b"1.0", b"1.1"])
    @pytest.mark.parametrize("upgrade", [b"", b"Connection: upgrade\r\nUpgrade: x\r\n"])
    async def test_two_are_refused(self, version: bytes, upgrade: bytes) -> None:
        """Nobody has to guess which of two hosts is meant, be they the same."""
        async with running() as world:
            client = await world.connect()
            head = b"POST /headers HTTP/" + version + b"\r\nHost: h\r\n" + upgrade
            await client.say(head + b"hOST: h\r\n\r\n")

            assert await client.hear_all() == BAD_REQUEST
            assert world.state.total_requests == 0

    @pytest.mark.fidelity("server.host.one")
    @pytest.mark.parametrize("upgrade", [b"", b"Connection: upgrade\r\nUpgrade: x\r\n"])
    async def test_none_is_refused(self, upgrade: bytes) -> None:
        """A request in HTTP/1.1 names its host."""
        async with running() as world:
            client = await world.connect()
            await client.say(b"POST /headers HTTP/1.1\r\n" + upgrade + b"X-Host: h\r\n\r\n")

            assert await client.hear_all() == BAD_REQUEST
            assert world.state.total_requests == 0

    async def test_http_1_0_needs_none(self) -> None:
        """The header is younger than HTTP/1.0."""
        async with running() as world:
            client = await world.connect()
            await client.say(b"POST /headers HTTP/1.0\r\n\r\n")

            assert (await client.hear_all()).startswith(b"HTTP/1.1 200 OK")

    async def test_an_empty_one_is_one(self) -> None:
        """Whose URL has no authority says so with an empty value."""
        async with running() as world:
            client = await world.connect()
            await client.say(b"POST /headers HTTP/1.1\r\nHost:\r\n\r\n")

            assert (await client.hear_until(b"host: \n")).startswith(b"HTTP/1.1 200 OK")


class TestLargeBodies:
    @pytest.mark.fidelity("server.large-body.refused")
    async def test_a_declared_length_over_the_limit_is_refused_at_once(self) -> None:
        """No byte of the body has to come, and no application sees the request."""
        async with running(limits=Limits(body_bytes=3)) as world:
            client = await world.connect()
            await client.say(ASK)

            assert await client.hear_all() == TOO_MUCH
            assert world.state.total_requests == 0

    async def test_who_asks_before_sending_is_told(self) -> None:
        """A client that expects 100 is not encouraged to send what is not wanted."""
        async with running(limits=Limits(body_bytes=3)) as world:
            client = await world.connect()
            await client.say(ASK.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))

            assert await client.hear_all() == TOO_MUCH

    async def test_a_declared_length_of_the_limit_is_served(self) -> None:
        """The limit itself is fine."""
        async with running(limits=Limits(body_bytes=4)) as world:
            assert await served(await world.connect())

    async def test_chunks_are_for_the_application(self) -> None:
        """A body without a length is read, whatever its size comes to."""
        async with running(limits=Limits(body_bytes=3)) as world:
            client = await world.connect()
            await client.say(CHUNKED + b"4\r\nbody\r\n0\r\n\r\n")

            assert (await client.hear_until(b"body")).startswith(b"HTTP/1.1 200 OK")


class TestKeptConnections:
    async def test_a_connection_is_kept_for_a_while(self) -> None:
        """A connection without requests is closed after 75 seconds, counted from its last."""
        async with running() as world:
            client = await world.connect()
            assert await served(client)
            await world.wait(74.9)
            assert await served(client)
            await world.wait(74.9)
            held = len(world.connections)
            await world.wait(0.1)

            assert await client.hear_all() == b""
            assert held == 1
