"""How a stream of updates begins: where its reader stands, and how it goes live."""

import asyncio
from datetime import timedelta

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.runtime.db import Database
from hirewire.web.streams.slot import Reason
from tests.realtime.listening import ACME, GLOBEX, Ear, Hall

MANY = 12
"""More messages than the ring holds, or than are sent at once."""


async def come_back_for_good(hall: Hall, ear: Ear) -> None:
    """Have *ear* come back, and hear all there is."""
    hall.gate.is_shut = False
    hall.gate.let_through()
    ear.leave()
    await hall.open(ear)
    while not hall.streams.hub.listeners(f"employer:{ACME.hex}"):
        await hall.turn()
    ear.leave()


class TestPlace:
    @pytest.mark.fidelity("realtime.resume.once-and-in-order")
    async def test_is_that_of_before_until_something_came(
        self, sqlite_database: Database, clock: MovableClock
    ) -> None:
        """
        Who leaves while the log is read for them comes back to where they were.
        """
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            hall = await Hall.built(sqlite_database, clock, tasks)
            place = hall.streams.cursors.mint(hall.head)
            ear = Ear(ACME, begins=hall.head, cursor=place)
            for _ in range(MANY):
                await hall.say(ACME)
            await hall.hear(MANY)
            hall.gate.is_shut = True
            await hall.open(ear)
            hall.gate.let_through()
            await hall.turn()
            ear.leave()
            stood_at, heard = ear.cursor, list(ear.heard)
            await come_back_for_good(hall, ear)

        assert (stood_at, heard) == (place, [])
        assert [verdict["replayed"] for verdict in ear.verdicts] == [MANY, MANY]
        assert ear.heard == hall.due(ear)

    @pytest.mark.fidelity("realtime.verdict.expired")
    async def test_is_lost_when_what_follows_is_removed_before_it_is_counted(
        self, sqlite_database: Database, clock: MovableClock
    ) -> None:
        """
        None are counted then, which must not be told as nothing missed.
        """
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            hall = await Hall.built(sqlite_database, clock, tasks)
            ear = Ear(ACME, begins=hall.head, cursor=hall.streams.cursors.mint(hall.head))
            for _ in range(MANY):
                await hall.say(ACME)
            await hall.hear(MANY)
            await clock.advance(timedelta(hours=23, minutes=59))
            hall.gate.is_shut = True
            await hall.open(ear)
            await clock.advance(timedelta(minutes=2))
            async with sqlite_database.unit() as uow:
                await uow.run("DELETE FROM facts")

            hall.gate.is_shut = False
            hall.gate.let_through()
            await hall.until(lambda: hall.streams.hub.open_streams == 1)
            ear.leave()

        assert ear.heard == []
        assert [verdict["reason"] for verdict in ear.verdicts] == ["expired"]


class TestJoining:
    @pytest.mark.fidelity("realtime.resume.once-and-in-order")
    async def test_ends_where_too_much_was_said_while_it_opened(
        self, sqlite_database: Database, clock: MovableClock
    ) -> None:
        """
        A stream is live or ends: its reader comes back, and is sent what came meanwhile.
        """
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            hall = await Hall.built(sqlite_database, clock, tasks)
            ear = Ear(ACME, begins=hall.head, cursor=hall.streams.cursors.mint(hall.head))
            for _ in range(MANY):
                await hall.say(GLOBEX)
            await hall.hear(MANY)
            hall.gate.is_shut = True
            await hall.open(ear)
            for _ in range(MANY):
                await hall.say(ACME)
            await hall.hear(MANY)
            hall.gate.let_through()
            await hall.turn()
            closed = hall.streams.hub.counts.closed[Reason.CLOSED]
            open_streams = hall.streams.hub.open_streams
            await come_back_for_good(hall, ear)

        assert (closed, open_streams) == (1, 0)
        assert [verdict["replayed"] for verdict in ear.verdicts] == [0, MANY]
        assert ear.heard == hall.due(ear)


class TestVerdict:
    async def test_counts_when_it_is_told(
        self, sqlite_database: Database, clock: MovableClock
    ) -> None:
        """
        Whose stream does not open was told nothing.
        """
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            hall = await Hall.built(sqlite_database, clock, tasks)
            ear = Ear(ACME, begins=hall.head, cursor=hall.streams.cursors.mint(hall.head))
            recoveries = hall.streams.recoveries
            for _ in range(MANY):
                await hall.say(ACME)
            await hall.hear(MANY)
            gone = ear.connect(is_stuck=False)
            ear.leave()

            await hall.begin(await hall.answer(ear), ear, gone)
            before = (dict(recoveries.verdicts), recoveries.replayed)
            await hall.open(ear)
            await hall.until(lambda: hall.streams.hub.open_streams == 1)
            ear.leave()

        assert before == ({}, 0)
        assert (dict(recoveries.verdicts), recoveries.replayed) == ({"recovered": 1}, MANY)
