"""Tests of streams whose readers take less than they are sent."""

import asyncio
from datetime import timedelta
from math import inf

import pytest

from hirewire.web.streams.frames import frame
from hirewire.web.streams.hub import CAUGHT_UP_BYTES
from hirewire.web.streams.slot import Reason, StreamKind
from tests.web.streams.pipes import MemoryPipe
from tests.web.streams.test_hub import ONE, TWO, Ends, hub_of, turn

KIND = StreamKind(name="test", longest_life_s=inf, slow_bytes=1000)
PATIENT = StreamKind(name="test", longest_life_s=inf, slow_bytes=2**24)
POLITE = StreamKind(name="test", longest_life_s=inf, farewell=lambda *_: ONE)
MUCH = b"x" * (CAUGHT_UP_BYTES + 1)


class TestSlowReaders:
    @pytest.mark.fidelity("streams.slow-reader.bounded")
    async def test_what_waits_for_one_has_a_bound(self) -> None:
        """A frame that would take the unsent bytes beyond the limit ends the stream instead."""
        hub, _ = hub_of()
        ends, pipe = Ends(), MemoryPipe(is_stuck=True)
        slot = hub.open(pipe, KIND, topics=["a"], on_close=ends)
        part = frame(data="x" * 392)  # 400 bytes

        waiting = []
        for _ in range(3):
            hub.publish("a", part)
            await turn()
            waiting.append(hub.unsent_bytes)

        assert waiting == [400, 800, 0]
        assert ends.told == [(slot, Reason.SLOW)]
        assert pipe.is_aborted

    async def test_one_is_not_told_why_it_ends(self) -> None:
        """Whoever does not read what was sent does not read a farewell either."""
        hub, _ = hub_of()
        pipe = MemoryPipe(is_stuck=True)
        kind = StreamKind(name="test", slow_bytes=4, farewell=lambda *_: TWO)
        hub.open(pipe, kind, topics=["a"], first=(b"12345",))

        hub.publish("a", ONE)
        await turn()
        pipe.let_through()

        assert (pipe.is_aborted, pipe.sent) == (True, [])


class TestFarewells:
    @pytest.mark.fidelity("streams.slow-reader.farewell-has-a-grace")
    async def test_one_that_is_not_taken_is_dropped(self) -> None:
        """Five seconds after its end a stream holds nothing any more."""
        hub, clock = hub_of()
        pipe = MemoryPipe(is_stuck=True)
        slot = hub.open(pipe, POLITE, topics=[])

        hub.close(slot, reason=Reason.REVOKED)
        await clock.advance(timedelta(seconds=4.5))
        before = (hub.unsent_bytes, pipe.is_closed, pipe.is_aborted)
        await clock.advance(timedelta(seconds=1))

        assert before == (len(ONE), True, False)
        assert (hub.unsent_bytes, pipe.is_aborted) == (0, True)
        assert hub.counts.closed[Reason.REVOKED] == 1

    async def test_one_that_is_taken_late_arrives(self) -> None:
        """A reader that takes its last bytes within the grace is not cut off."""
        hub, clock = hub_of()
        pipe = MemoryPipe(is_stuck=True)
        slot = hub.open(pipe, POLITE, topics=[])

        hub.close(slot)
        await clock.advance(timedelta(seconds=4))
        pipe.let_through()
        await clock.advance(timedelta(minutes=1))

        assert (pipe.received, pipe.is_aborted) == (ONE, False)


class TestDrained:
    @pytest.mark.fidelity("streams.catching-up.waits-for-the-reader")
    async def test_waits_until_the_reader_has_caught_up(self) -> None:
        """Whoever sends much is held until the reader took it."""
        hub, _ = hub_of()
        pipe = MemoryPipe(is_stuck=True)
        slot = hub.open(pipe, PATIENT, topics=[], first=(MUCH,))

        waiting = asyncio.ensure_future(hub.drained(slot))
        await turn()
        was_done = waiting.done()
        pipe.let_through()

        assert (was_done, await waiting) == (False, True)

    async def test_does_not_wait_for_little(self) -> None:
        """A stream with few unsent bytes may be sent more at once."""
        hub, _ = hub_of()
        slot = hub.open(MemoryPipe(is_stuck=True), PATIENT, topics=[], first=(MUCH[1:],))

        may_go_on = await hub.drained(slot)

        assert may_go_on

    async def test_says_when_the_stream_has_ended(self) -> None:
        """Waiting ends with the stream, and so does asking later."""
        hub, _ = hub_of()
        pipe = MemoryPipe(is_stuck=True)
        slot = hub.open(pipe, PATIENT, topics=[], first=(MUCH,))

        waiting = asyncio.ensure_future(hub.drained(slot))
        await turn()
        pipe.lose()

        assert (await waiting, await hub.drained(slot)) == (False, False)


class TestFlushed:
    async def test_tells_once_for_the_frames_of_a_turn(self) -> None:
        """Whoever measures how long frames took is told when they are written."""
        hub, _ = hub_of()
        pipe = MemoryPipe()
        hub.open(pipe, KIND, topics=["a"])
        told: list[int] = []
        hub.on_flushed.append(lambda: told.append(len(pipe.sent)))

        heard = [hub.publish("a", ONE), hub.publish("a", TWO), hub.publish("b", ONE)]
        await turn()

        assert (heard, told) == ([True, True, False], [1])

    async def test_tells_nothing_where_nobody_listens(self) -> None:
        """A frame without listeners is not flushed."""
        hub, _ = hub_of()
        told: list[bool] = []
        hub.on_flushed.append(lambda: told.append(True))

        hub.publish("a", ONE)
        await turn()

        assert told == []
