"""Tests of the hub: who hears what, in which order, and how streams end."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from math import inf

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.web.streams.frames import frame
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.slot import Reason, Slot, StreamKind
from tests.web.streams.pipes import MemoryPipe

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
KIND = StreamKind(name="test", longest_life_s=inf, slow_bytes=100)
POLITE = StreamKind(
    name="polite",
    longest_life_s=inf,
    farewell=lambda slot, reason, wait_ms: reason.value.encode(),
)
CHUNKED = StreamKind(name="chunked", longest_life_s=inf, chunked=True)
ONE, TWO, THREE = (frame(data=text) for text in ("one", "two", "three"))


@dataclass(slots=True)
class Ends:
    """How streams ended."""

    told: list[tuple[Slot, Reason]] = field(default_factory=list)

    def __call__(self, slot: Slot, reason: Reason) -> None:
        self.told.append((slot, reason))


def hub_of(fractions: Iterator[float] | None = None) -> tuple[Hub, MovableClock]:
    clock = MovableClock(START, frozen=True)
    draws = cycle([0.5]) if fractions is None else fractions
    return Hub(clock, lambda: next(draws)), clock


@contextmanager
def closing_pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    with near, far:
        near.settimeout(0)
        far.settimeout(0)
        yield near, far


def taken_from(sock: socket.socket) -> bytes:
    """All that waits to be read from *sock*."""
    parts = []
    with suppress(BlockingIOError):
        while part := sock.recv(2**20):
            parts.append(part)
    return b"".join(parts)


async def turn() -> None:
    """Let the hub write, and tell who ended."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)


class TestPublish:
    async def test_reaches_the_listeners_of_its_topic_only(self) -> None:
        """A frame goes to every listener of its topic and to no other stream."""
        hub, _ = hub_of()
        mine, too, other = MemoryPipe(), MemoryPipe(), MemoryPipe()
        hub.open(mine, KIND, topics=["a"])
        hub.open(too, KIND, topics=["b", "a"])
        hub.open(other, KIND, topics=["b"])

        hub.publish("a", ONE)
        await turn()

        assert (mine.sent, too.sent, other.sent) == ([ONE], [ONE], [])
        assert (hub.counts.delivered, hub.counts.delivered_bytes) == (2, 2 * len(ONE))

    async def test_frames_of_one_turn_leave_in_one_write(self) -> None:
        """Three frames of one turn are one write of three frames in order."""
        hub, _ = hub_of()
        pipe = MemoryPipe()
        hub.open(pipe, KIND, topics=["a"])

        for each in (ONE, TWO, THREE):
            hub.publish("a", each)
        await turn()

        assert pipe.sent == [ONE + TWO + THREE]
        assert hub.counts.delivered == 3

    async def test_frames_of_several_topics_keep_their_order(self) -> None:
        """What is published first arrives first, over all topics of a stream."""
        hub, _ = hub_of()
        both, one = MemoryPipe(), MemoryPipe()
        hub.open(both, KIND, topics=["a", "b"])
        hub.open(one, KIND, topics=["b"])

        hub.publish("a", ONE)
        hub.publish("b", TWO)
        hub.publish("a", THREE)
        await turn()

        assert (both.sent, one.sent) == ([ONE + TWO + THREE], [TWO])

    async def test_only_accepted_events_arrive(self) -> None:
        """A stream that named event types hears those, one that did not hears all."""
        hub, _ = hub_of()
        picky, any_ = MemoryPipe(), MemoryPipe()
        hub.open(picky, KIND, topics=["a"], accepts=frozenset({"new-message"}))
        hub.open(any_, KIND, topics=["a"])

        hub.publish("a", ONE, event="new-message")
        hub.publish("a", TWO, event="thread-closed")
        await turn()

        assert (picky.received, any_.received) == (ONE, ONE + TWO)

    async def test_a_chunked_stream_gets_one_chunk_per_frame(self) -> None:
        """The same frames go out bare to one stream, and each in its chunk to another."""
        hub, _ = hub_of()
        bare, chunked = MemoryPipe(), MemoryPipe()
        hub.open(bare, KIND, topics=["a"])
        slot = hub.open(chunked, CHUNKED, topics=["a"], chunked=True)

        hub.publish("a", ONE)
        hub.publish("a", TWO)
        await turn()
        hub.close(slot)

        assert bare.received == ONE + TWO
        assert chunked.received == b"b\r\n" + ONE + b"\r\nb\r\n" + TWO + b"\r\n0\r\n\r\n"

    async def test_nothing_told_before_a_stream_opens_is_heard(self) -> None:
        """A frame published earlier in the same turn does not reach a newcomer."""
        hub, _ = hub_of()
        old, new = MemoryPipe(), MemoryPipe()
        slot = hub.open(old, KIND, topics=["a"])

        hub.publish("a", ONE)
        hub.open(new, KIND, topics=["a"], first=(TWO,))
        hub.publish("b", THREE)
        hub.subscribe(slot, "b")
        await turn()

        assert (old.sent, new.sent) == ([ONE], [TWO])

    async def test_publishing_from_a_close_callback_is_for_the_next_turn(self) -> None:
        """Whoever publishes while frames are written is heard after them."""
        hub, _ = hub_of()
        stuck, reader = MemoryPipe(is_stuck=True), MemoryPipe()
        hub.open(
            stuck,
            KIND,
            topics=["a"],
            first=(b"x" * 101,),
            on_close=lambda slot, reason: hub.publish("a", TWO),
        )
        hub.open(reader, KIND, topics=["a"])

        hub.publish("a", ONE)
        await turn()
        await turn()

        assert (stuck.is_aborted, reader.sent) == (True, [ONE, TWO])

    async def test_an_unsubscribed_topic_is_not_heard(self) -> None:
        """What was published before still arrives, what comes after does not."""
        hub, _ = hub_of()
        pipe = MemoryPipe()
        slot = hub.open(pipe, KIND, topics=["a", "b"])

        hub.publish("a", ONE)
        hub.unsubscribe(slot, "a")
        hub.publish("a", TWO)
        await turn()

        assert pipe.sent == [ONE]
        assert (hub.listeners("a"), hub.listeners("b")) == ((), (slot,))

    async def test_topics_of_one_turn_share_what_they_can(self) -> None:
        """Streams of one topic get the same object, those of several their own mixture."""
        hub, _ = hub_of()
        first, second, both, picky = (MemoryPipe() for _ in range(4))
        hub.open(first, KIND, topics=["a"])
        hub.open(second, KIND, topics=["a", "c"])
        hub.open(both, KIND, topics=["b", "a"])
        hub.open(picky, KIND, topics=["b", "a"], accepts=frozenset({"x"}))

        hub.publish("a", ONE, event="x")
        hub.publish("b", TWO, event="y")
        hub.publish("a", THREE, event="y")
        await turn()

        assert [pipe.sent for pipe in (first, second, both, picky)] == [
            [ONE + THREE],
            [ONE + THREE],
            [ONE + TWO + THREE],
            [ONE],
        ]
        assert first.sent[0] is second.sent[0]
        assert hub.counts.delivered == 8

    async def test_a_stream_that_ended_unsubscribes_from_nothing(self) -> None:
        """Whoever lets it leave a topic too late does no harm."""
        hub, _ = hub_of()
        slot = hub.open(MemoryPipe(), KIND, topics=["a"])
        hub.close(slot)

        hub.unsubscribe(slot, "a")

        assert hub.listeners("a") == ()

    async def test_a_frame_to_one_stream_comes_after_what_was_published(self) -> None:
        """Sending to one slot does not overtake."""
        hub, _ = hub_of()
        pipe, other = MemoryPipe(), MemoryPipe()
        slot = hub.open(pipe, KIND, topics=["a"])
        hub.open(other, KIND, topics=["a"])

        hub.publish("a", ONE)
        hub.send(slot, TWO)
        await turn()

        assert (pipe.sent, other.sent) == ([ONE, TWO], [ONE])


class TestSockets:
    async def test_one_socket_gets_what_it_takes_and_the_pipe_the_rest(self) -> None:
        """A full socket leaves the rest to the pipe, and what follows queues behind it."""
        hub, _ = hub_of()
        with closing_pair() as (near, far):
            pipe = MemoryPipe(is_stuck=True, extra={"socket": near})
            slot = hub.open(pipe, StreamKind(name="test", slow_bytes=2**24), topics=["a"])
            large = frame(data="x" * 2**21)

            hub.publish("a", large)
            await turn()
            left = pipe.get_write_buffer_size()
            hub.publish("a", ONE)
            await turn()
            taken = taken_from(far)
            in_line = b"".join(pipe.unsent)
            pipe.unsent.clear()
            hub.publish("a", TWO)
            await turn()

            assert 0 < left < len(large)
            assert taken + in_line == large + ONE
            assert (taken_from(far), pipe.unsent, slot.reason) == (TWO, [], None)

    async def test_a_broken_socket_ends_its_stream_only(self) -> None:
        """The listeners after one that is gone are written to as before."""
        hub, _ = hub_of()
        ends = Ends()
        with closing_pair() as (dead, peer), closing_pair() as (near, far):
            broken = MemoryPipe(extra={"socket": dead})
            gone = hub.open(broken, KIND, topics=["a"], on_close=ends)
            hub.open(MemoryPipe(extra={"socket": near}), KIND, topics=["a"])
            peer.close()

            hub.publish("a", ONE)
            await turn()
            await turn()

            assert ends.told == [(gone, Reason.CLIENT)]
            assert (broken.is_aborted, taken_from(far)) == (True, ONE)

    async def test_a_number_given_to_another_socket_is_not_written_to(self) -> None:
        """After its end a stream writes nothing to whoever has its number now."""
        hub, _ = hub_of()
        with closing_pair() as (near, far):
            slot = hub.open(MemoryPipe(extra={"socket": near}), KIND, topics=["a"])
            hub.publish("a", ONE)
            hub.close(slot)

            hub.publish("a", TWO)
            hub.send(slot, THREE)
            await turn()

            assert taken_from(far) == ONE

    async def test_an_encrypted_connection_is_written_through_its_pipe(self) -> None:
        """Nothing goes beside a transport that encrypts."""
        hub, _ = hub_of()
        with closing_pair() as (near, far):
            pipe = MemoryPipe(extra={"socket": near, "sslcontext": object()})
            hub.open(pipe, KIND, topics=["a"], first=(TWO,))

            hub.publish("a", ONE)
            await turn()

            assert (pipe.sent, taken_from(far)) == ([TWO, ONE], b"")


class TestSlowReaders:
    @pytest.mark.fidelity("streams.slow-reader.closed")
    async def test_a_reader_that_falls_behind_is_closed(self) -> None:
        """Past its limit of unsent bytes a stream ends as slow, and others do not notice."""
        hub, _ = hub_of()
        ends, slow, quick = Ends(), MemoryPipe(is_stuck=True), MemoryPipe()
        slot = hub.open(slow, KIND, topics=["a"], on_close=ends)
        hub.open(quick, KIND, topics=["a"])

        hub.publish("a", frame(data="x" * 100))
        await turn()
        hub.publish("a", ONE)
        await turn()

        assert ends.told == [(slot, Reason.SLOW)]
        assert (slow.is_aborted, quick.sent[-1], hub.open_streams) == (True, ONE, 1)
        assert hub.counts.closed[Reason.SLOW] == 1

    async def test_one_frame_larger_than_the_limit_may_wait(self) -> None:
        """The limit asks what waits when the next frame is due, not how large a frame is."""
        hub, _ = hub_of()
        pipe = MemoryPipe(is_stuck=True)
        hub.open(pipe, KIND, topics=["a"])
        large = frame(data="x" * 1000)

        hub.publish("a", large)
        await turn()
        pipe.let_through()
        hub.publish("a", ONE)
        await turn()

        assert pipe.sent == [large, ONE]


class TestClose:
    async def test_says_the_last_word_after_what_is_due(self) -> None:
        """What was published before the close still arrives, then the last frame."""
        hub, _ = hub_of()
        ends, pipe = Ends(), MemoryPipe()
        slot = hub.open(pipe, POLITE, topics=["a"], on_close=ends)

        hub.publish("a", ONE)
        hub.close(slot)
        hub.publish("a", THREE)
        hub.close(slot)
        await turn()

        assert (pipe.received, pipe.is_closed) == (ONE + b"closed", True)
        assert ends.told == [(slot, Reason.CLOSED)]
        assert (hub.open_streams, hub.listeners("a")) == (0, ())

    async def test_a_lost_connection_ends_its_stream_once(self) -> None:
        """A client that goes away frees its slot; losing it twice changes nothing."""
        hub, _ = hub_of()
        ends, pipe = Ends(), MemoryPipe()
        slot = hub.open(pipe, KIND, topics=["a", "b"], on_close=ends)

        pipe.lose()
        pipe.lose()
        hub.publish("a", ONE)
        hub.send(slot, TWO)
        hub.subscribe(slot, "c")
        await turn()

        assert ends.told == [(slot, Reason.CLIENT)]
        assert (pipe.sent, hub.open_streams, hub.counts.closed[Reason.CLIENT]) == ([], 0, 1)
        assert [hub.listeners(topic) for topic in "abc"] == [(), (), ()]
