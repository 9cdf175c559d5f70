"""Tests of streams on the real server: the hand-over, and the way for servers without it."""

import asyncio
import gc
import logging
import socket
from math import inf

import pytest
from starlette.exceptions import HTTPException

from hirewire.web.connection import Connection
from hirewire.web.streams.frames import chunk, frame
from hirewire.web.streams.slot import Reason, Slot, StreamKind
from tests.web.server.running import GET, HELLO, running

ONE, TWO = frame(data="one"), frame(data="two")
MEBIBYTE = 1024 * 1024
BOTH_WAYS = pytest.mark.parametrize("hands_over", [True, False], ids=["taken", "asgi"])


class TestOpening:
    @pytest.mark.fidelity("streams.close-delimited")
    async def test_the_head_is_a_plain_stream_that_ends_with_its_connection(self) -> None:
        """A stream's head is complete, and nothing of uvicorn stays behind."""
        async with running() as world:
            client = await world.connect()
            await client.say(GET)

            head = await client.hear_until(b"\r\n\r\n")
            first = await client.hear(len(HELLO))

            lines = head.split(b"\r\n")
            assert lines[0] == b"HTTP/1.1 200 OK"
            assert lines[1].startswith(b"date: ")
            assert lines[2:] == [
                b"content-type: text/event-stream",
                b"cache-control: no-store",
                b"x-accel-buffering: no",
                b"x-more: yes",
                b"connection: close",
                b"",
                b"",
            ]
            assert first == HELLO
            await world.until(lambda: not world.state.tasks)
            assert (world.state.connections, world.state.total_requests) == (set(), 1)
            await client.leave()

    @BOTH_WAYS
    async def test_frames_arrive(self, *, hands_over: bool) -> None:
        """What is published is heard by all, with or without the hand-over."""
        async with running(hands_over=hands_over) as world:
            clients = [await world.listen() for _ in range(3)]

            world.hub.publish("t", ONE)
            world.hub.publish("t", TWO)
            heard = [await client.hear_until(TWO) for client in clients]

            assert [each[-len(ONE + TWO) :].count(b"data") for each in heard] == [2, 2, 2]
            for client in clients:
                await client.leave()

    @pytest.mark.fidelity("streams.chunked.one-event-per-chunk")
    async def test_chunked_streams_carry_one_event_per_chunk(self) -> None:
        """A kind for readers of chunks frames each event, the first ones too."""
        kind = StreamKind(name="live", chunked=True, longest_life_s=inf)
        async with running(kind=kind) as world:
            client = await world.connect()
            await client.say(GET)
            head = await client.hear_until(b"\r\n\r\n")

            world.hub.publish("t", ONE)
            world.hub.publish("t", TWO)
            await world.streams(1)
            body = await client.hear_until(chunk(TWO))
            world.hub.close(world.hub.listeners("t")[0])
            rest = await client.hear_all()

            assert b"\r\ntransfer-encoding: chunked\r\n" in head
            assert body == chunk(HELLO) + chunk(ONE) + chunk(TWO)
            assert rest == b"0\r\n\r\n"
            await client.leave()

    async def test_http_1_0_gets_no_chunks(self) -> None:
        """An HTTP/1.0 reader of a chunked kind is sent the bare frames."""
        kind = StreamKind(name="live", chunked=True, longest_life_s=inf)
        async with running(kind=kind) as world:
            client = await world.connect()
            await client.say(b"GET /stream HTTP/1.0\r\n\r\n")

            heard = await client.hear_until(HELLO)

            assert b"chunked" not in heard
            assert heard.endswith(b"\r\n\r\n" + HELLO)
            await client.leave()

    async def test_head_is_answered_without_a_stream(self) -> None:
        """HEAD tells the headers and opens nothing."""
        async with running() as world:
            client = await world.connect()
            await client.say(b"HEAD /stream HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")

            heard = await client.hear_all()

            assert heard.startswith(b"HTTP/1.1 200 OK\r\n")
            assert heard.endswith(b"\r\n\r\n")
            assert world.hub.counts.opened == 0
            await client.leave()

    async def test_a_draining_hub_turns_streams_away(self) -> None:
        """While the hub drains a new stream is answered 503, with a time to come back."""
        async with running() as world:
            await world.hub.drain()
            client = await world.connect()
            await client.say(GET)

            heard = await client.hear_until(b"\r\n\r\n")

            assert heard.startswith(b"HTTP/1.1 503 ")
            assert b"\r\nretry-after: 2\r\n" in heard
            assert world.hub.counts.opened == 0
            await client.leave()

    async def test_a_stream_may_follow_other_requests(self) -> None:
        """A kept-alive connection can turn into a stream, and its timers do not end it."""
        async with running() as world:
            client = await world.connect()
            await client.say(b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
            answer = await client.hear_until(b"hi")
            await client.say(GET)
            await client.hear_until(HELLO)

            world.hub.publish("t", ONE)
            heard = await client.hear(len(ONE))

            assert (answer[:15], heard) == (b"HTTP/1.1 200 OK", ONE)
            await client.leave()

    async def test_the_kernel_watches_the_peer(self) -> None:
        """Keep-alive probes and a limit for unacknowledged bytes find dead peers."""
        async with running() as world:
            client = await world.listen()
            sock = world.hub.listeners("t")[0].pipe.get_extra_info("socket")

            options = (
                sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
                sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
                sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
                sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT),
            )

            assert options == (1, 10, 15_000, 131_072)
            await client.leave()

    @BOTH_WAYS
    async def test_open_and_close_are_logged(self, *, hands_over: bool) -> None:
        """The access log tells of a stream when it opens and when it ends."""
        async with running(hands_over=hands_over) as world:
            client = await world.listen()
            await world.streams(1)
            at_open = list(world.log)
            peer = "{}:{}".format(*client.writer.get_extra_info("sockname"))
            await client.leave()
            await world.until(lambda: len(world.log) == 2)

            about: dict[str, object] = {"path": "/stream", "client": peer, "kind": "plain"}
            assert at_open == [("stream opened", about)]
            assert world.log[1] == (
                "stream closed",
                about | {"reason": "client", "seconds": 0.0},
            )

    @BOTH_WAYS
    async def test_nothing_is_left_of_one_that_fails(self, *, hands_over: bool) -> None:
        """A stream that is not opened to the end is closed, whatever is made of the error."""

        def fail(slot: Slot) -> None:
            raise HTTPException(503)

        async with running(hands_over=hands_over) as world:
            world.on_open = fail
            client = await world.connect()

            await client.say(GET)
            await world.until(lambda: world.hub.counts.opened == 1)
            await client.hear_all()

            assert world.hub.open_streams == 0
            assert [event for event, _ in world.log] == ["stream opened", "stream closed"]
            await client.leave()


class TestLeaving:
    @BOTH_WAYS
    async def test_a_client_that_goes_frees_its_slot(self, *, hands_over: bool) -> None:
        """Closing the connection ends the stream without waiting for a write."""
        async with running(hands_over=hands_over) as world:
            client = await world.listen()
            await world.streams(1)

            await client.leave()
            await world.streams(0)

            assert world.hub.counts.closed[Reason.CLIENT] == 1

    @BOTH_WAYS
    async def test_a_half_closed_client_counts_as_gone(self, *, hands_over: bool) -> None:
        """A client that ends its side has said its last word, and is closed."""
        async with running(hands_over=hands_over) as world:
            client = await world.listen()
            await world.streams(1)

            client.writer.write_eof()
            await world.streams(0)
            rest = await client.hear_all()

            assert rest.strip() == b""
            assert world.hub.counts.closed[Reason.CLIENT] == 1
            await client.leave()

    @BOTH_WAYS
    async def test_gone_before_the_stream_opens(
        self, caplog: pytest.LogCaptureFixture, *, hands_over: bool
    ) -> None:
        """A client that left while it was being authorized takes no slot for long."""
        async with running(hands_over=hands_over) as world:
            client = await world.connect()
            await client.say(b"GET /gated HTTP/1.1\r\nHost: h\r\n\r\n")
            await world.entered.wait()
            await client.leave()
            await world.until(lambda: not world.state.connections)

            with caplog.at_level(logging.WARNING):
                world.gate.set()
                await world.until(lambda: not world.state.tasks)

            assert (world.hub.open_streams, caplog.records) == (0, [])
            assert world.hub.counts.opened == (0 if hands_over else 1)

    async def test_reset_at_the_moment_of_opening(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A reset that the server has not read yet ends the stream like any other."""
        async with running() as world:
            client = await world.connect()
            await client.say(b"GET /gated HTTP/1.1\r\nHost: h\r\n\r\n")
            await world.entered.wait()
            sock = client.writer.get_extra_info("socket")
            linger = (1).to_bytes(4, "little") + bytes(4)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

            world.gate.set()
            client.writer.transport.abort()
            await world.until(lambda: not world.state.tasks)
            await world.streams(0)

            await world.until(lambda: not world.state.connections)
            assert caplog.records == []

    async def test_bytes_after_the_request_are_ignored(self) -> None:
        """Pipelined and later bytes neither answer nor end the stream."""
        async with running() as world:
            client = await world.connect()
            await client.say(GET + b"GET /other HTTP/1.1\r\nHost: h\r\n\r\n")
            await client.hear_until(HELLO)
            await client.say(b"x" * 300_000)

            world.hub.publish("t", ONE)
            heard = await client.hear(len(ONE))
            still_open = world.hub.open_streams
            await client.leave()
            await world.streams(0)

            assert (heard, still_open) == (ONE, 1)

    async def test_a_stream_behind_a_pipelined_request(self) -> None:
        """A stream that was asked for behind another request follows its answer."""
        async with running() as world:
            client = await world.connect()
            ask = b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"
            await client.say(ask + GET)

            heard = await client.hear_until(HELLO)

            assert heard.count(b"HTTP/1.1 200 OK") == 2
            assert b"\r\n\r\nhiHTTP/1.1 200 OK\r\n" in heard
            await client.leave()


class TestSlowReaders:
    @BOTH_WAYS
    async def test_a_large_payload_arrives_whole(self, *, hands_over: bool) -> None:
        """A mebibyte and what follows reach a reader that pauses, in order."""
        kind = StreamKind(name="t", longest_life_s=inf, slow_bytes=64 * MEBIBYTE)
        async with running(kind=kind, hands_over=hands_over) as world:
            client = await world.listen()
            frames = [frame(data=f"{n}:" + "x" * MEBIBYTE) for n in range(12)]

            for each in frames:
                world.hub.publish("t", each)
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            world.hub.publish("t", ONE)
            heard = await client.hear_until(b"data: one\n\n")

            assert _body(heard, hands_over=hands_over) == b"".join(frames) + ONE
            await client.leave()

    @BOTH_WAYS
    async def test_a_reader_that_stays_behind_is_closed(self, *, hands_over: bool) -> None:
        """A stream that reads nothing ends as slow; its memory is not kept."""
        kind = StreamKind(name="t", longest_life_s=inf, slow_bytes=256 * 1024)
        async with running(kind=kind, hands_over=hands_over) as world:
            client = await world.listen(buffer_bytes=1024)
            await world.streams(1)

            for _ in range(40):
                world.hub.publish("t", frame(data="x" * MEBIBYTE))
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            await world.streams(0)

            assert world.hub.counts.closed[Reason.SLOW] == 1
            client.writer.transport.abort()


class TestManyClients:
    async def test_who_stays_misses_nothing_while_others_come_and_go(self) -> None:
        """Every client hears each frame once and in order, from its opening to its end."""
        async with running() as world:
            stayers = [await world.listen() for _ in range(5)]
            for number in range(60):
                visitors = [await world.listen() for _ in range(3)]
                world.hub.publish("t", frame(data=f"{number}"))
                visitors[0].writer.transport.abort()
                await asyncio.sleep(0)
                if number % 3 == 0:
                    world.hub.close(world.hub.listeners("t")[-1])
                for visitor in visitors[1:]:
                    await visitor.leave()
            await world.streams(5)

            last = frame(data="59")
            heard = [await client.hear_until(last) for client in stayers]

            everything = b"".join(frame(data=f"{number}") for number in range(60))
            assert heard == [everything] * 5
            for client in stayers:
                await client.leave()


class TestMemory:
    @BOTH_WAYS
    async def test_nothing_of_an_ended_stream_stays(self, *, hands_over: bool) -> None:
        """An ended stream is freed at once: no cycle waits for the garbage collector."""
        async with running(hands_over=hands_over) as world:
            gc.collect()
            gc.disable()
            try:
                client = await world.listen()
                await world.streams(1)
                while_open = _kept()
                await client.leave()
                await world.until(lambda: not world.state.tasks and len(world.log) == 2)
                await world.until(lambda: not world.state.connections)

                assert (while_open[0], _kept()) == (1, (0, 0))
            finally:
                gc.enable()


def _kept() -> tuple[int, int]:
    """How many slots and HTTP connections are in memory."""
    kinds = [type(each) for each in gc.get_objects()]
    return kinds.count(Slot), kinds.count(Connection)


def _body(heard: bytes, *, hands_over: bool) -> bytes:
    """What uvicorn's chunks carry, or the bytes as they are."""
    if hands_over:
        return heard
    body, rest = b"", heard.removeprefix(b"\r\n")
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        body += rest[: int(size, 16)]
        rest = rest[int(size, 16) + 2 :]
    return body
