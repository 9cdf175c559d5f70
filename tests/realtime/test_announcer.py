"""What streams are fed by: a head that never goes back, and when streams may open."""

import asyncio
from datetime import timedelta

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.kit.facts import Position
from hirewire.realtime.announcer import Announcer
from hirewire.realtime.cursors import Cursors
from hirewire.realtime.errors import StreamsNotReady
from hirewire.realtime.updates import Updates
from hirewire.runtime.bus import MemoryBus
from hirewire.runtime.db import Database
from hirewire.runtime.log import Log
from hirewire.web.streams.frames import frame
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.slot import StreamKind
from tests.realtime.listening import ACME, GLOBEX, Hall
from tests.realtime.running import NODE_IDS, SECRET
from tests.web.streams.pipes import MemoryPipe

KIND = StreamKind(name="test")


def announcer_of(clock: MovableClock) -> Announcer:
    """One that follows nothing yet."""
    return Announcer(
        Hub(clock, lambda: 0.5), Updates(NODE_IDS), Cursors(SECRET, 7, clock), clock
    )


class TestReady:
    @pytest.mark.fidelity("realtime.opening.waits-for-the-log")
    async def test_waits_until_the_log_is_followed(
        self, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Nobody gets a stream that would hear nothing; soon they are told to come back.
        """
        monkeypatch.setattr("hirewire.realtime.announcer.PATIENCE_S", 0.01)
        announcer = announcer_of(clock)

        with pytest.raises(StreamsNotReady) as refusal:
            await announcer.ready()

        assert refusal.value.retry_after_s == 2

    async def test_lets_who_waits_in(
        self, sqlite_database: Database, clock: MovableClock
    ) -> None:
        """
        With the head from which they go on.
        """
        announcer = announcer_of(clock)
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(announcer.ready())
            await asyncio.sleep(0)
            end = await announcer.begin(Log(sqlite_database, MemoryBus(), clock))
            announcer.follow()

        assert waiting.result() == end


class TestBegin:
    async def test_has_the_frames_of_before(
        self, sqlite_database: Database, clock: MovableClock
    ) -> None:
        """
        A process that starts anew need not ask the log for each reader that comes back.
        """
        async with asyncio.TaskGroup() as tasks:
            hall = await Hall.built(sqlite_database, clock, tasks)
            start = hall.head
            await hall.say(GLOBEX)
            for _ in range(3):
                await hall.say(ACME)
            await hall.hear(10)
        before = hall.streams.announcer
        anew = announcer_of(clock)

        await anew.begin(Log(sqlite_database, MemoryBus(), clock))

        place = hall.said[0][0]
        assert anew.head == before.head
        assert not anew.ring.reaches(start) or start == Position(0, 0)
        assert anew.ring.since(place) == before.ring.since(place)


class TestAnnounce:
    async def test_never_goes_back(
        self, sqlite_database: Database, clock: MovableClock
    ) -> None:
        """
        A fact that is heard once more, or late, is told to nobody.
        """
        async with asyncio.TaskGroup() as tasks:
            hall = await Hall.built(sqlite_database, clock, tasks)
        announcer = hall.streams.announcer
        for _ in range(3):
            await hall.say(ACME)
        await hall.hear(10)
        head, kept = announcer.head, len(announcer.ring)
        pipe = MemoryPipe()
        topic = f"employer:{ACME.hex}"
        hall.streams.hub.open(pipe, KIND, topics=(topic,))

        async with sqlite_database.read() as reader:
            places = await reader.all(Position, "SELECT tx, seq FROM facts ORDER BY seq")
        for recorded in await Log(sqlite_database, MemoryBus(), clock).read(Position(0, 0), 9):
            announcer.announce(recorded)
        hall.streams.hub.flush()

        assert (announcer.head, len(announcer.ring)) == (head, kept)
        assert (announcer.head, pipe.received) == (places[-1], b"")

    async def test_tells_how_long_it_took(
        self, sqlite_database: Database, clock: MovableClock
    ) -> None:
        """
        Once for each frame that somebody was sent, from its commit to the sockets.
        """
        async with asyncio.TaskGroup() as tasks:
            hall = await Hall.built(sqlite_database, clock, tasks)
        lags: list[float] = []
        hall.streams.announcer.on_sent.append(lags.append)
        hall.streams.hub.open(MemoryPipe(), KIND, topics=(f"employer:{ACME.hex}",))
        await hall.say(ACME)
        await hall.say(GLOBEX)
        await clock.advance(timedelta(milliseconds=40))

        await hall.hear(10)
        hall.streams.hub.flush()

        assert lags == [0.04]


class TestReach:
    async def test_waits_for_what_others_have_heard(
        self, sqlite_database: Database, clock: MovableClock
    ) -> None:
        """
        A reader who comes from a process that is ahead is let in when this one is level.
        """
        async with asyncio.TaskGroup() as tasks:
            hall = await Hall.built(sqlite_database, clock, tasks)
            await hall.say(ACME)
            last = hall.said[-1][0]
            place = Position(last.tx, last.seq + 3)
            waiting = tasks.create_task(hall.streams.announcer.reach(place, last))
            await hall.turn()
            before = waiting.done()

            await hall.hear(1)

        assert (before, hall.head) == (False, place)

    async def test_gives_up(
        self,
        sqlite_database: Database,
        clock: MovableClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """
        Where it does not come that far the caller is to try again; the head stays.
        """
        monkeypatch.setattr("hirewire.realtime.announcer.PATIENCE_S", 0.01)
        async with asyncio.TaskGroup() as tasks:
            hall = await Hall.built(sqlite_database, clock, tasks)
        await hall.say(ACME)
        head = hall.head

        with pytest.raises(StreamsNotReady):
            await hall.streams.announcer.reach(hall.said[-1][0], hall.said[-1][0])

        assert hall.head == head


class TestBeat:
    async def test_is_shared_by_all_that_are_live(
        self, sqlite_database: Database, clock: MovableClock
    ) -> None:
        """
        The same object within a second and without news; without a cursor for who is not live.
        """
        async with asyncio.TaskGroup() as tasks:
            hall = await Hall.built(sqlite_database, clock, tasks)
        announcer, hub = hall.streams.announcer, hall.streams.hub
        live = hub.open(MemoryPipe(), KIND, topics=())
        behind = hub.open(MemoryPipe(), KIND, topics=(), is_live=False)

        first = announcer.beat(live)
        await clock.advance(timedelta(milliseconds=900))
        second = announcer.beat(live)
        await clock.advance(timedelta(milliseconds=100))
        third = announcer.beat(live)
        await hall.say(ACME)
        await hall.hear(1)
        fourth = announcer.beat(live)

        assert first is second
        assert len({first, third, fourth}) == 3
        assert announcer.beat(behind) == frame(event="heartbeat", data="0")


class TestStartOver:
    async def test_forgets_the_world_that_is_no_more(
        self, sqlite_database: Database, clock: MovableClock
    ) -> None:
        """
        Its frames are gone and its cursors are unknown; the head goes on.
        """
        async with asyncio.TaskGroup() as tasks:
            hall = await Hall.built(sqlite_database, clock, tasks)
        await hall.say(ACME)
        await hall.hear(1)
        head, announcer = hall.head, hall.streams.announcer

        hall.streams.start_over(8)

        assert (announcer.head, len(announcer.ring), announcer.ring.floor) == (head, 0, head)
