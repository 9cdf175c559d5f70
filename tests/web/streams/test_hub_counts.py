"""Tests of what is counted: each frame that a connection was handed, once, and its bytes."""

from datetime import timedelta
from math import inf

import pytest

from hirewire.web.streams.frames import chunk, frame
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.slot import Reason, StreamKind
from tests.web.streams.pipes import MemoryPipe
from tests.web.streams.test_hub import (
    CHUNKED,
    KIND,
    ONE,
    POLITE,
    THREE,
    TWO,
    closing_pair,
    hub_of,
    taken_from,
    turn,
)

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


def counted(hub: Hub) -> tuple[int, int]:
    """How many frames, and how many bytes."""
    return hub.counts.delivered, hub.counts.delivered_bytes


@pytest.mark.fidelity("metrics.streams.frames")
class TestCounts:
    async def test_an_opening_counts_without_its_head(self) -> None:
        """The frames that a stream opens with are counted, the head of the answer is not."""
        hub, _ = hub_of()
        pipe = MemoryPipe()

        hub.open(pipe, KIND, topics=["a"], head=HEAD, first=(ONE, TWO))

        assert pipe.sent == [HEAD + ONE + TWO]
        assert counted(hub) == (2, len(ONE + TWO))

    async def test_a_head_alone_is_no_frame(self) -> None:
        """A stream that opens with nothing to say counts nothing."""
        hub, _ = hub_of()
        pipe = MemoryPipe()

        hub.open(pipe, KIND, topics=["a"], head=HEAD)

        assert (pipe.sent, counted(hub)) == ([HEAD], (0, 0))

    async def test_frames_that_are_sent_together_count_each(self) -> None:
        """One write of several frames, as replays make, is several frames."""
        hub, _ = hub_of()
        pipe = MemoryPipe()
        slot = hub.open(pipe, KIND, topics=["a"])

        hub.send(slot, ONE, TWO, THREE)
        hub.send(slot)

        assert pipe.sent == [ONE + TWO + THREE]
        assert counted(hub) == (3, len(ONE + TWO + THREE))

    async def test_chunks_count_and_the_last_one_does_not(self) -> None:
        """A chunked stream has a chunk for each frame, and its end is no frame."""
        hub, _ = hub_of()
        pipe = MemoryPipe()
        slot = hub.open(pipe, CHUNKED, topics=["a"], head=HEAD, first=(ONE,), chunked=True)

        hub.send(slot, TWO, THREE)
        hub.publish("a", ONE)
        hub.close(slot)

        frames = chunk(ONE) + chunk(TWO) + chunk(THREE) + chunk(ONE)
        assert pipe.received == HEAD + frames + b"0\r\n\r\n"
        assert counted(hub) == (4, len(frames))

    async def test_farewells_count(self) -> None:
        """Of a kind that has its own, and of one that only says when to return."""
        hub, _ = hub_of()
        polite = hub.open(MemoryPipe(), POLITE, topics=["a"])
        quiet = MemoryPipe()
        hub.open(quiet, KIND, topics=["a"])
        hub.close(polite)
        after_one = counted(hub)

        await hub.drain(0.01, retry_from_ms=1000, retry_to_ms=1000)

        assert after_one == (1, len(b"closed"))
        assert quiet.sent == [frame(retry_ms=1000)]
        assert counted(hub) == (2, len(b"closed") + len(frame(retry_ms=1000)))

    async def test_an_end_without_a_word_counts_nothing(self) -> None:
        """Nothing was sent, so nothing is counted."""
        hub, _ = hub_of()
        slot = hub.open(MemoryPipe(), KIND, topics=["a"])

        hub.close(slot)

        assert counted(hub) == (0, 0)

    async def test_beats_and_warnings_count(self) -> None:
        """Each for each stream that it was sent to."""
        hub, clock = hub_of()
        kind = StreamKind(
            name="beating", beat=ONE, warning=lambda _: TWO, heartbeat_jitter=0.0, life_jitter=0
        )
        hub.open(MemoryPipe(), kind, topics=["a"], lifetime_s=75.0)
        hub.open(MemoryPipe(), kind, topics=["b"])

        await clock.advance(timedelta(seconds=21))

        assert counted(hub) == (3, len(ONE + ONE + TWO))

    async def test_what_a_slow_reader_was_not_given_does_not_count(self) -> None:
        """The frame that ends a stream is lost for it, and counted for the others only."""
        hub, _ = hub_of()
        large = frame(data="x" * 100)
        hub.open(MemoryPipe(is_stuck=True), KIND, topics=["a"])
        hub.open(MemoryPipe(), KIND, topics=["a"])
        hub.publish("a", large)
        await turn()
        both = counted(hub)

        hub.publish("a", ONE)
        hub.publish("a", TWO)
        await turn()

        assert both == (2, 2 * len(large))
        assert hub.counts.closed[Reason.SLOW] == 1
        assert counted(hub) == (4, 2 * len(large) + len(ONE + TWO))

    async def test_what_a_broken_socket_was_not_given_does_not_count(self) -> None:
        """Nor what is sent to one stream whose reader has gone, or after its end."""
        hub, _ = hub_of()
        with closing_pair() as (dead, peer), closing_pair() as (near, far):
            broken = hub.open(MemoryPipe(extra={"socket": dead}), KIND, topics=["a"])
            hub.open(MemoryPipe(extra={"socket": near}), KIND, topics=["a"])
            peer.close()

            hub.publish("a", ONE)
            await turn()
            hub.send(broken, TWO)

            assert taken_from(far) == ONE
            assert hub.counts.closed[Reason.CLIENT] == 1
            assert counted(hub) == (1, len(ONE))

    async def test_what_waits_for_a_reader_counts(self) -> None:
        """A connection that has a frame was handed it, whether or not it is taken yet."""
        hub, _ = hub_of()
        with closing_pair() as (near, far):
            pipe = MemoryPipe(is_stuck=True, extra={"socket": near})
            patient = StreamKind(name="patient", longest_life_s=inf, slow_bytes=2**24)
            hub.open(pipe, patient, topics=["a"])
            large = frame(data="x" * 2**21)

            hub.publish("a", large)
            await turn()

            assert 0 < len(taken_from(far)) < len(large)
            assert counted(hub) == (1, len(large))
