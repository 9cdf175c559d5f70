"""Tests of what a stream is sent as time passes: beats, warnings, and its end."""

from datetime import timedelta
from itertools import cycle
from math import inf
from uuid import UUID

import pytest

from hirewire.web.streams.frames import frame
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.slot import Reason, Slot, StreamKind
from tests.web.streams.pipes import MemoryPipe
from tests.web.streams.test_hub import ONE, TWO, Ends, hub_of

A, B = UUID(int=1), UUID(int=2)


class TestTime:
    @pytest.mark.fidelity("streams.heartbeat.interval")
    async def test_heartbeats_come_every_twenty_seconds_give_or_take(self) -> None:
        """The lowest draw beats after 16 seconds, the highest after just under 24."""
        hub, clock = hub_of(iter([0.0, 0.0, 0.0, 0.999, 0.0, 0.0, 0.0, 0.0]))
        kind = StreamKind(name="test", beat=frame(event="heartbeat", data="0"))
        low, high = MemoryPipe(), MemoryPipe()
        hub.open(low, kind, topics=[])
        hub.open(high, kind, topics=[])

        await clock.advance(timedelta(seconds=15.9))
        before = (list(low.sent), list(high.sent))
        await clock.advance(timedelta(seconds=0.1))
        at_sixteen = (list(low.sent), list(high.sent))
        await clock.advance(timedelta(seconds=8))

        assert before == ([], [])
        assert at_sixteen == ([b"event: heartbeat\ndata: 0\n\n"], [])
        assert (len(low.sent), len(high.sent)) == (1, 1)

    @pytest.mark.fidelity("streams.lifetime.ends-with-the-token")
    async def test_a_stream_ends_with_its_token(self) -> None:
        """At the end of its lifetime a stream gets the farewell and is closed."""
        hub, clock = hub_of()
        kind = StreamKind(name="test", farewell=lambda *_: ONE, longest_life_s=inf)
        ends, pipe = Ends(), MemoryPipe()
        slot = hub.open(pipe, kind, topics=["a"], lifetime_s=60.0, on_close=ends)

        await clock.advance(timedelta(seconds=59.9))
        before = (pipe.received, pipe.is_closed)
        await clock.advance(timedelta(seconds=0.1))

        assert before == (b"", False)
        assert (pipe.received, pipe.is_closed) == (ONE, True)
        assert ends.told == [(slot, Reason.EXPIRED)]

    async def test_no_stream_outlives_the_longest_life(self) -> None:
        """The longest life is shortened by its share of chance, however long the token."""
        hub, clock = hub_of(cycle([0.5]))
        kind = StreamKind(name="test", longest_life_s=100.0, life_jitter=0.1)
        pipe = MemoryPipe()
        hub.open(pipe, kind, topics=[], lifetime_s=1e9)

        await clock.advance(timedelta(seconds=94.9))
        was_closed = pipe.is_closed
        await clock.advance(timedelta(seconds=0.1))

        assert (was_closed, pipe.is_closed) == (False, True)

    async def test_heartbeats_stop_with_the_stream(self) -> None:
        """A stream that ended is on no timer any more."""
        hub, clock = hub_of()
        kind = StreamKind(name="test", beat=ONE)
        pipe = MemoryPipe()
        slot = hub.open(pipe, kind, topics=[])
        hub.close(slot)

        await clock.advance(timedelta(hours=2))

        assert pipe.sent == []

    async def test_an_hour_of_heartbeats(self) -> None:
        """Moving the clock lives through every beat and the end, in order."""
        hub, clock = hub_of(cycle([0.0]))
        kind = StreamKind(name="test", beat=ONE, heartbeat_jitter=0.0, farewell=lambda *_: TWO)
        pipe = MemoryPipe()
        hub.open(pipe, kind, topics=[])

        await clock.advance(timedelta(minutes=61))

        assert pipe.sent == [ONE] * 179 + [TWO]


class TestBeats:
    @pytest.mark.fidelity("streams.heartbeat.shared")
    async def test_a_beat_is_asked_for_when_it_is_due(self) -> None:
        """A kind may say something else at each beat, and to streams that are not live yet."""
        hub, clock = hub_of()
        head = [1]

        def beat(slot: Slot) -> bytes:
            return frame(id=str(head[0]) if slot.is_live else None, data="0")

        kind = StreamKind(name="test", beat=beat, heartbeat_jitter=0.0)
        live, catching_up = MemoryPipe(), MemoryPipe()
        hub.open(live, kind, topics=["a"])
        slot = hub.open(catching_up, kind, topics=[], is_live=False)

        await clock.advance(timedelta(seconds=20))
        hub.go_live(slot, ["a"])
        head[0] = 2
        await clock.advance(timedelta(seconds=20))

        assert live.sent == [b"id: 1\ndata: 0\n\n", b"id: 2\ndata: 0\n\n"]
        assert catching_up.sent == [b"data: 0\n\n", b"id: 2\ndata: 0\n\n"]
        assert hub.listeners("a")[1] is slot

    async def test_a_kind_that_does_not_beat_says_nothing(self) -> None:
        """Without beats a stream hears of its end only."""
        hub, clock = hub_of()
        pipe = MemoryPipe()
        hub.open(pipe, StreamKind(name="test", longest_life_s=60.0), topics=[])

        await clock.advance(timedelta(minutes=2))

        assert (pipe.sent, pipe.is_closed) == ([], True)


class TestWarning:
    KIND = StreamKind(
        name="test",
        beat=ONE,
        heartbeat_jitter=0.0,
        warning=lambda slot: TWO,
        farewell=lambda slot, reason, wait_ms: frame(data=f"{reason} {wait_ms}"),
        longest_life_s=3600.0,
        life_jitter=0.0,
    )

    @pytest.mark.fidelity("streams.warning.before-the-token-ends")
    async def test_comes_once_and_leaves_the_beats_alone(self) -> None:
        """A minute before its token ends a stream is told so, between two beats."""
        hub, clock = hub_of()
        pipe = MemoryPipe()
        hub.open(pipe, self.KIND, topics=[], lifetime_s=90.0)

        heard = []
        for _ in range(90):
            await clock.advance(timedelta(seconds=1))
            heard.append(len(pipe.sent))

        assert [at + 1 for at in range(90) if heard[at] > (heard[at - 1] if at else 0)] == [
            20,
            30,
            40,
            60,
            80,
            90,
        ]
        assert pipe.sent == [ONE, TWO, ONE, ONE, ONE, b"data: expired 1750\n\n"]

    async def test_comes_with_the_beat_of_its_moment(self) -> None:
        """A warning that is due with a beat goes before it, and both go."""
        hub, clock = hub_of()
        pipe = MemoryPipe()
        hub.open(pipe, self.KIND, topics=[], lifetime_s=80.0)

        await clock.advance(timedelta(seconds=20))

        assert pipe.sent == [TWO, ONE]

    async def test_comes_at_once_where_less_time_is_left(self) -> None:
        """A stream that opens with a token of ten seconds is warned with the next tick."""
        hub, clock = hub_of()
        pipe = MemoryPipe()
        hub.open(pipe, self.KIND, topics=[], lifetime_s=10.0)

        await clock.advance(timedelta(seconds=1))

        assert pipe.sent == [TWO]

    async def test_does_not_come_before_old_age(self) -> None:
        """Nothing can be done against the longest life, so nobody is warned of it."""
        hub, clock = hub_of()
        ends, pipe = Ends(), MemoryPipe()
        slot = hub.open(pipe, self.KIND, topics=[], lifetime_s=7200.0, on_close=ends)

        await clock.advance(timedelta(hours=1))

        assert TWO not in pipe.sent
        assert pipe.sent[-1] == b"data: lifetime 1750\n\n"
        assert ends.told == [(slot, Reason.LIFETIME)]


class TestRenew:
    @pytest.mark.fidelity("streams.renewal.extends-the-lifetime")
    async def test_moves_the_end_and_warns_again(self) -> None:
        """A renewed stream lives on to its new end, and its beats keep their time."""
        hub, clock = hub_of()
        pipe = MemoryPipe()
        slot = hub.open(pipe, TestWarning.KIND, topics=[], lifetime_s=90.0)

        await clock.advance(timedelta(seconds=70))
        hub.renew(slot, lifetime_s=90.0, holders=())
        await clock.advance(timedelta(seconds=89))
        before = (list(pipe.sent), pipe.is_closed)
        await clock.advance(timedelta(seconds=1))

        assert before == ([ONE, TWO, ONE, ONE, ONE, TWO, ONE, ONE, ONE], False)
        assert (pipe.sent[-1], pipe.is_closed) == (b"data: expired 1750\n\n", True)

    async def test_gives_a_stream_to_other_holders(self) -> None:
        """The old token's revocation does not end it any more, the new one's does."""
        hub, _ = hub_of()
        pipe = MemoryPipe()
        slot = hub.open(pipe, TestWarning.KIND, topics=[], holders=(A,))

        hub.renew(slot, lifetime_s=90.0, holders=(B,))
        hub.close_held([A])
        held = (hub.held_by(A), hub.held_by(B), slot.reason)
        hub.close_held([B])

        assert held == ((), (slot,), None)
        assert (slot.reason, pipe.sent) == (Reason.REVOKED, [b"data: revoked 1750\n\n"])

    async def test_by_what_is_revoked_ends_the_stream(self) -> None:
        """A token may be revoked between its check and the renewal."""
        hub = Hub(hub_of()[1], lambda: 0.5, {B})
        slot = hub.open(MemoryPipe(), TestWarning.KIND, topics=[], holders=(A,))

        hub.renew(slot, lifetime_s=90.0, holders=(B,))

        assert slot.reason is Reason.REVOKED

    async def test_does_not_reach_beyond_the_longest_life(self) -> None:
        """However often it is renewed, a stream ends at its greatest age."""
        hub, clock = hub_of(cycle([0.5]))
        pipe = MemoryPipe()
        slot = hub.open(pipe, TestWarning.KIND, topics=[], lifetime_s=90.0)

        for _ in range(59):
            hub.renew(slot, lifetime_s=90.0, holders=())
            await clock.advance(timedelta(minutes=1))
        hub.renew(slot, lifetime_s=inf, holders=())
        was_closed = pipe.is_closed
        await clock.advance(timedelta(minutes=1))

        assert (was_closed, slot.reason) == (False, Reason.LIFETIME)

    async def test_of_a_stream_that_ended_changes_nothing(self) -> None:
        """What is over is not begun again."""
        hub, clock = hub_of()
        pipe = MemoryPipe()
        slot = hub.open(pipe, TestWarning.KIND, topics=[], lifetime_s=90.0, holders=(A,))
        hub.close(slot)

        hub.renew(slot, lifetime_s=90.0, holders=(B,))
        await clock.advance(timedelta(minutes=5))

        assert (len(pipe.sent), hub.held_by(B)) == (1, ())
