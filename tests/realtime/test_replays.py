"""Replays that cannot go on: they are seen, they end in time, and nothing is lost by it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Final

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from structlog.testing import capture_logs

from hirewire.kit.clock import MovableClock
from hirewire.realtime.replay import PAGE
from hirewire.realtime.replays import Patience, Wait
from hirewire.runtime.db import Database
from hirewire.server.stream_meters import StreamMeters
from hirewire.web.streams.hub import CAUGHT_UP_BYTES
from hirewire.web.streams.slot import Reason
from tests.realtime.listening import ACME, PATIENCE, Ear, Hall

MISSED: Final = 600
SOON: Final = Patience(database_s=0.05, reader_s=0.05)

Halls = Callable[..., AbstractAsyncContextManager[Hall]]


@pytest.fixture
def hall_of(sqlite_database: Database, clock: MovableClock) -> Halls:
    """Build a hall whose log has what the ring has not."""

    @asynccontextmanager
    async def built(patience: Patience = PATIENCE) -> AsyncIterator[Hall]:
        async with asyncio.TaskGroup() as tasks:
            yield await Hall.built(sqlite_database, clock, tasks, page=PAGE, patience=patience)

    return built


async def behind(hall: Hall) -> Ear:
    """Make a reader who missed much."""
    ear = Ear(ACME, begins=hall.head)
    ear.cursor = hall.streams.cursors.mint(hall.head)
    await hall.say_at_once(ACME, MISSED)
    return ear


async def held_by_the_database(hall: Hall) -> Ear:
    """Open a stream whose first page of the log does not come."""
    ear = await behind(hall)
    hall.gate.is_shut = True
    await hall.open(ear)
    hall.gate.let_through()  # What was missed is counted.
    await hall.until(lambda: hall.streams.recoveries.replays.waiting()[Wait.DATABASE] == 1)
    return ear


async def comes_back(hall: Hall, ear: Ear) -> None:
    """Let a reader whose stream has ended come back, and go on where they were."""
    ear.leave()
    hall.gate.is_shut = False
    await hall.open(ear)
    await hall.until(lambda: bool(hall.streams.hub.listeners(f"employer:{ACME.hex}")))
    ear.leave()


def meters_of(hall: Hall) -> set[str]:
    """Read the meters."""
    registry = CollectorRegistry()
    StreamMeters(registry, hall.streams)
    return set(generate_latest(registry).decode().splitlines())


def given_up(hall: Hall) -> dict[str, int]:
    """Why replays were given up, and how often."""
    causes = hall.streams.recoveries.replays.given_up
    return {cause.value: count for cause, count in causes.items() if count}


class TestSeen:
    @pytest.mark.fidelity("metrics.streams.replays")
    async def test_one_that_waits_for_its_reader(
        self, hall_of: Halls, clock: MovableClock
    ) -> None:
        """
        And since when it has come no further; heartbeats are no headway.
        """
        async with hall_of() as hall:
            ear = await behind(hall)
            await hall.open(ear, is_stuck=True)
            await clock.advance(timedelta(seconds=45))

            said = meters_of(hall)
            ear.leave()

        assert {
            'hirewire_stream_replays{waits_for="reader"} 1.0',
            'hirewire_stream_replays{waits_for="database"} 0.0',
            'hirewire_stream_replay_stalled_seconds{waits_for="reader"} 45.0',
            'hirewire_stream_replay_stalled_seconds{waits_for="database"} 0.0',
        } <= said

    @pytest.mark.fidelity("metrics.streams.replays")
    async def test_one_that_waits_for_the_database(
        self, hall_of: Halls, clock: MovableClock
    ) -> None:
        """
        Until its page comes; then none is under way.
        """
        async with hall_of() as hall:
            ear = await held_by_the_database(hall)
            await clock.advance(timedelta(seconds=7))
            before = meters_of(hall)

            hall.gate.is_shut = False
            hall.gate.let_through()
            await hall.until(lambda: hall.streams.recoveries.replays.waiting() == _NONE)
            after = meters_of(hall)
            ear.leave()

        assert {
            'hirewire_stream_replays{waits_for="reader"} 0.0',
            'hirewire_stream_replays{waits_for="database"} 1.0',
            'hirewire_stream_replay_stalled_seconds{waits_for="database"} 7.0',
        } <= before
        assert {
            'hirewire_stream_replays{waits_for="database"} 0.0',
            'hirewire_stream_replay_stalled_seconds{waits_for="database"} 0.0',
            'hirewire_stream_replays_given_up_total{cause="database_slow"} 0.0',
        } <= after
        assert ear.heard == hall.due(ear)

    @pytest.mark.fidelity("realtime.replay.waits-are-logged")
    async def test_in_the_logs_after_a_while(self, hall_of: Halls) -> None:
        """
        What for, and how far it is.
        """
        with capture_logs() as logs:
            async with hall_of(Patience(notice_s=0.01)) as hall:
                start = hall.head
                ear = await behind(hall)
                await hall.open(ear, is_stuck=True)
                await hall.until(lambda: bool(logs))
                head = hall.head
                ear.leave()

        assert logs == [
            {
                "event": "realtime.replay_waits",
                "log_level": "info",
                "kind": "message-update",
                "waits_for": "reader",
                "seconds": 0.0,
                "sent": PAGE,
                "missed": MISSED,
                "after": f"{start.tx}.{start.seq + PAGE}",
                "head": str(head),
            }
        ]


class TestGivenUp:
    @pytest.mark.fidelity("realtime.replay.reader-stalled")
    async def test_when_its_reader_takes_nothing(
        self, hall_of: Halls, clock: MovableClock
    ) -> None:
        """
        A little and a page waits for them meanwhile, and seconds later nothing does.
        """
        async with hall_of(SOON) as hall:
            hub = hall.streams.hub
            ear = await behind(hall)
            await hall.open(ear, is_stuck=True)
            pipe = ear.pipe
            assert pipe is not None
            most = hub.unsent_bytes

            await hall.until(lambda: hub.open_streams == 0)
            await clock.advance(timedelta(seconds=6))

            assert CAUGHT_UP_BYTES < most < CAUGHT_UP_BYTES + PAGE * 512
            assert (hub.unsent_bytes, pipe.is_aborted) == (0, True)
            assert hub.counts.closed[Reason.SLOW] == 1
            assert given_up(hall) == {"reader_stalled": 1}
            await comes_back(hall, ear)
            assert ear.heard == hall.due(ear)

    @pytest.mark.fidelity("realtime.replay.database-slow")
    async def test_when_the_log_does_not_answer(self, hall_of: Halls) -> None:
        """
        The stream is closed as one that cannot go on, and its reader loses nothing.
        """
        async with hall_of(SOON) as hall:
            hub = hall.streams.hub
            with capture_logs() as logs:
                ear = await held_by_the_database(hall)
                await hall.until(lambda: hub.open_streams == 0)

            assert [(each["event"], each["cause"]) for each in logs] == [
                ("realtime.replay_given_up", "database_slow")
            ]
            assert hub.counts.closed[Reason.CLOSED] == 1
            assert given_up(hall) == {"database_slow": 1}
            await comes_back(hall, ear)
            assert ear.heard == hall.due(ear)

    @pytest.mark.fidelity("metrics.streams.replays")
    async def test_not_when_its_reader_has_left(self, hall_of: Halls) -> None:
        """
        Nobody is to come back for the rest then.
        """
        async with hall_of() as hall:
            ear = await behind(hall)
            await hall.open(ear, is_stuck=True)

            ear.leave()
            await hall.turn()

            assert hall.streams.hub.counts.closed[Reason.CLIENT] == 1
            assert given_up(hall) == {}
            assert hall.streams.recoveries.replays.waiting() == _NONE

    @pytest.mark.fidelity("metrics.streams.replays")
    async def test_when_its_task_ends(self, hall_of: Halls) -> None:
        """
        No stream is left that nobody replays to.
        """
        async with hall_of() as outer:
            ear = await behind(outer)
            replaying = asyncio.create_task(_only(outer, ear))
            await outer.until(lambda: outer.streams.hub.open_streams == 1)
            await outer.turn()

            replaying.cancel()
            await asyncio.wait({replaying})

            assert outer.streams.hub.counts.closed[Reason.CLOSED] == 1
            assert given_up(outer) == {"interrupted": 1}

    @pytest.mark.fidelity("metrics.streams.replays")
    async def test_when_too_much_is_said_while_it_opens(self, hall_of: Halls) -> None:
        """
        What the ring has lost by then comes when the reader is back.
        """
        async with hall_of() as hall:
            ear = Ear(ACME, begins=hall.head)
            ear.cursor = hall.streams.cursors.mint(hall.head)
            app = await hall.answer(ear)
            await hall.say_at_once(ACME, MISSED)

            await hall.begin(app, ear, ear.connect(is_stuck=False))

            assert given_up(hall) == {"outpaced": 1}
            assert hall.streams.hub.counts.closed[Reason.CLOSED] == 1
            await comes_back(hall, ear)
            assert ear.heard == hall.due(ear)

    @pytest.mark.fidelity("realtime.replay.facts-removed")
    async def test_when_the_log_was_cut_off(self, hall_of: Halls, clock: MovableClock) -> None:
        """
        The reader is told when they come back, instead of being left with a gap.
        """
        async with hall_of() as hall:
            ear = await behind(hall)
            await clock.advance(timedelta(hours=23, minutes=50))
            await hall.open(ear, is_stuck=True)
            await clock.advance(timedelta(minutes=20))
            async with hall.database.unit() as uow:
                await uow.run("DELETE FROM facts WHERE seq < :seq", seq=hall.head.seq)

            assert ear.pipe is not None
            ear.pipe.let_through()
            await hall.until(lambda: hall.streams.hub.open_streams == 0)

            assert given_up(hall) == {"facts_removed": 1}
            await comes_back(hall, ear)
            assert ear.verdicts[-1]["reason"] == "expired"

    @pytest.mark.fidelity("realtime.replay.facts-removed")
    async def test_when_the_log_is_cut_off_before_a_page_is_read(
        self, hall_of: Halls, clock: MovableClock
    ) -> None:
        """
        A page that lacks what was removed is not sent: nobody would know of the gap.
        """
        async with hall_of() as hall:
            ear = await behind(hall)
            first = hall.head.seq - MISSED + 1
            await clock.advance(timedelta(hours=23, minutes=59))
            hall.gate.is_shut = True
            await hall.open(ear)
            hall.gate.let_through()  # What was missed is counted.
            await hall.until(lambda: hall.streams.recoveries.replays.waiting() == _ONE_PAGE)
            await clock.advance(timedelta(minutes=2))
            async with hall.database.unit() as uow:
                await uow.run("DELETE FROM facts WHERE seq < :seq", seq=first + MISSED // 2)

            hall.gate.is_shut = False
            hall.gate.let_through()
            await hall.until(lambda: hall.streams.hub.open_streams == 0)

            assert given_up(hall) == {"facts_removed": 1}
            await comes_back(hall, ear)
            assert ear.heard == []
            assert [verdict["reason"] for verdict in ear.verdicts] == [None, "expired"]


class TestHead:
    @pytest.mark.fidelity("metrics.streams.head-age")
    async def test_tells_how_long_nobody_looked(
        self, hall_of: Halls, clock: MovableClock
    ) -> None:
        """
        Nothing before somebody says that they look.
        """
        async with hall_of() as hall:
            before = meters_of(hall)
            hall.streams.announcer.looked()
            await clock.advance(timedelta(seconds=9))

            after = meters_of(hall)

        assert not [line for line in before if "head_age" in line]
        assert "hirewire_stream_head_age_seconds 9.0" in after


async def _only(hall: Hall, ear: Ear) -> None:
    """Answer one request of a reader who takes nothing."""
    await hall.begin(await hall.answer(ear), ear, ear.connect(is_stuck=True))


_NONE: Final = dict.fromkeys(Wait, 0)
_ONE_PAGE: Final = _NONE | {Wait.DATABASE: 1}
