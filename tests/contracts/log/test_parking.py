"""What durable listeners do about facts that they cannot handle, on both databases."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from structlog.testing import capture_logs

from hirewire.kit.clock import MovableClock
from hirewire.kit.facts import Recorded
from hirewire.runtime.bus import BusUnavailable, MemoryBus
from hirewire.runtime.db import Database, UnitOfWork
from hirewire.runtime.log import (
    DurableListener,
    Listeners,
    ParkedFact,
    count_parked,
    drop,
    forget,
    parked,
    retry,
    retry_all,
)
from hirewire.runtime.log.errors import NoSuchParkedFact
from tests.contracts.log.effects import Effects, written
from tests.contracts.log.pots import PotFilled, number_of, tell
from tests.fixtures.background import in_background
from tests.fixtures.database import MORNING, OpenDatabase, settled

LONG = timedelta(minutes=1)
POLL = timedelta(seconds=5)

# What a handler can meet that is not the fact's fault.
OUTAGES: list[Exception] = [
    BusUnavailable(where="here", reason="it is away"),
    sqlite3.OperationalError("disk I/O error"),
    asyncpg.ConnectionDoesNotExistError("connection was closed"),
    asyncpg.DeadlockDetectedError("deadlock detected"),
    asyncpg.InterfaceError("pool is closing"),
    TimeoutError(),
    MemoryError(),
]


def patient(
    database: Database,
    clock: MovableClock,
    *listeners: DurableListener,
    tries: int = 3,
    on_parked: Callable[[str], None] | None = None,
) -> Listeners:
    """Run *listeners*, which give a fact up after *tries*."""
    made = Listeners(database, MemoryBus(), clock, listeners, tries=tries)
    if on_parked is not None:
        made = Listeners(
            database, MemoryBus(), clock, listeners, tries=tries, on_parked=on_parked
        )
    clock.on_step.append(made.idle)
    return made


async def run_for_long(
    listeners: Listeners, clock: MovableClock, time: timedelta = LONG
) -> None:
    """Let *listeners* do all they can, and try again what they cannot."""
    async with in_background(listeners.run()):
        await listeners.idle()
        await clock.advance(time)


async def shelf(database: Database) -> list[ParkedFact]:
    """Read what is parked."""
    async with database.read() as reader:
        return await parked(reader)


async def ask(database: Database, id: UUID) -> None:
    """Have a parked fact tried again."""
    async with database.unit() as uow:
        await retry(uow, id)


class TestParking:
    @pytest.mark.fidelity("log.parking.goes-on")
    async def test_passes_over_what_fails_time_and_again(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        What stands before it is done, then it is tried twice more, and then the rest is done.
        """
        effects.fails_at.add(2)
        told: list[str] = []
        listeners = patient(database, clock, effects.listener(), on_parked=told.append)
        await tell(database, 1, 2, 3, 4)

        async with in_background(listeners.run()):
            await listeners.idle()
            await clock.advance(timedelta(seconds=1.9))
            before = (await written(database), await shelf(database))
            await clock.advance(timedelta(seconds=0.2))

        (found,) = await shelf(database)
        assert before == ([1], [])
        assert await written(database) == [1, 3, 4]
        assert (found.listener, found.kind, found.at) == ("effects", "pot.filled", MORNING)
        assert (found.tries, found.last_error) == (3, "ZeroDivisionError: ")
        assert found.parked_at == MORNING + timedelta(seconds=2)
        assert found.retry_at is None
        assert told == ["effects"]
        assert listeners.parked == 1

    async def test_is_logged_as_one_error(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        An operator is told which fact it is, and of which kind; not what it says.
        """
        effects.fails_at.add(1)
        listeners = patient(database, clock, effects.listener())
        async with database.unit() as uow:
            uow.tell(PotFilled(employer_id=None, number=1, label="confidential"))
        await settled(database)

        with capture_logs() as logs:
            await run_for_long(listeners, clock)

        (found,) = await shelf(database)
        (said,) = [line for line in logs if line["log_level"] == "error"]
        assert said["event"] == "listener.parked"
        assert (said["listener"], said["fact"]) == ("effects", str(found.id))
        assert (said["kind"], said["error"]) == ("pot.filled", "ZeroDivisionError")
        assert [line["event"] for line in logs].count("listener.failed") == 2
        assert "confidential" not in str(logs)

    async def test_happens_at_the_first_failure_if_so_set(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        What was rolled back with the culprit is done before it is put aside.
        """
        effects.fails_at |= {3, 4}
        listeners = patient(database, clock, effects.listener(), tries=1)
        await tell(database, 1, 2, 3, 4, 5)

        async with in_background(listeners.run()):
            await listeners.idle()

        assert await written(database) == [1, 2, 5]
        assert [each.tries for each in await shelf(database)] == [2, 1]

    async def test_never_happens_where_it_is_off(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        With 0 tries a listener stays at its fact, and tries on once a minute.
        """
        effects.fails_at.add(1)
        listeners = patient(database, clock, effects.listener(), tries=0)
        await tell(database, 1, 2)

        await run_for_long(listeners, clock, timedelta(minutes=10))

        assert (await written(database), await shelf(database)) == ([], [])
        # At 0, 1, 3, 7, 15, 31 and 63 s, and then once a minute.
        assert len(effects.calls) == 7 + 8

    async def test_takes_facts_that_cannot_be_read(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        A body that is damaged stops nobody for good.
        """
        listeners = patient(database, clock, effects.listener())
        await tell(database, 1)
        async with database.unit() as uow:
            await uow.run("UPDATE facts SET body = '{'")
        await tell(database, 2)

        await run_for_long(listeners, clock)

        (found,) = await shelf(database)
        assert await written(database) == [2]
        assert found.last_error.startswith("DecodeError: ")

    async def test_takes_facts_whose_values_the_database_refuses(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        A value that breaks a constraint breaks it every time.
        """

        async def handle(uow: UnitOfWork, recorded: Recorded) -> None:
            number = number_of(recorded)
            value = None if number == 1 else number
            await uow.run("INSERT INTO effects (number) VALUES (:number)", number=value)

        listener = DurableListener(name="l", kinds=frozenset({PotFilled.kind}), handle=handle)
        listeners = patient(database, clock, listener)
        await tell(database, 1, 2)

        await run_for_long(listeners, clock)

        assert await written(database) == [2]
        assert [each.tries for each in await shelf(database)] == [3]

    async def test_takes_facts_whose_failure_says_anything(
        self, database: Database, clock: MovableClock
    ) -> None:
        """
        What no database keeps of an error is escaped, and holds nothing up.
        """
        handled: list[int] = []

        async def handle(_: UnitOfWork, recorded: Recorded) -> None:
            if number_of(recorded) == 1:
                msg = "the pot says \0 and \udce4"
                raise ValueError(msg)
            handled.append(number_of(recorded))

        listener = DurableListener(name="l", kinds=frozenset({PotFilled.kind}), handle=handle)
        listeners = patient(database, clock, listener)
        await tell(database, 1, 2)

        await run_for_long(listeners, clock)

        (found,) = await shelf(database)
        assert found.last_error == r"ValueError: the pot says \0 and \udce4"
        assert handled == [2]

    @pytest.mark.fidelity("log.parking.not-for-outages")
    @pytest.mark.parametrize("outage", OUTAGES, ids=lambda outage: type(outage).__name__)
    async def test_waits_for_what_is_out_of_reach(
        self, sqlite_database: Database, clock: MovableClock, outage: Exception
    ) -> None:
        """
        A failure of the database or the bus is not the fact's, however often it comes.
        """
        handled: list[int] = []
        is_away = True

        async def handle(_: UnitOfWork, recorded: Recorded) -> None:
            if is_away:
                raise outage
            handled.append(number_of(recorded))

        listener = DurableListener(name="l", kinds=frozenset({PotFilled.kind}), handle=handle)
        listeners = patient(sqlite_database, clock, listener)
        await tell(sqlite_database, 1, 2)

        async with in_background(listeners.run()):
            await listeners.idle()
            await clock.advance(LONG)
            before = (list(handled), await shelf(sqlite_database))
            is_away = False
            await clock.advance(timedelta(minutes=1))

        assert before == ([], [])
        assert handled == [1, 2]
        assert await shelf(sqlite_database) == []

    async def test_happens_once_where_two_processes_try(
        self,
        database: Database,
        open_database: OpenDatabase,
        clock: MovableClock,
        effects: Effects,
    ) -> None:
        """
        Both meet the fact, one puts it aside, and the rest has its effect once.
        """
        effects.fails_at.add(2)
        told: list[str] = []
        both = [
            patient(each, clock, effects.listener(), on_parked=told.append)
            for each in (database, await open_database())
        ]
        await tell(database, 1, 2, 3)

        async with in_background(*(each.run() for each in both)):
            for each in both:
                await each.idle()
            await clock.advance(LONG)

        assert sorted(await written(database)) == [1, 3]
        assert len(await shelf(database)) == 1
        assert told == ["effects"]

    async def test_leaves_other_listeners_alone(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        A fact is parked for the listener that fails at it, and for no other.
        """
        heard: list[int] = []

        async def hear(_: UnitOfWork, recorded: Recorded) -> None:
            heard.append(number_of(recorded))

        effects.fails_at.add(1)
        other = DurableListener(name="other", kinds=frozenset({PotFilled.kind}), handle=hear)
        listeners = patient(database, clock, effects.listener(), other)
        await tell(database, 1)

        await run_for_long(listeners, clock)

        assert heard == [1]
        assert [each.listener for each in await shelf(database)] == ["effects"]


class TestRetrying:
    @pytest.mark.fidelity("log.parking.retried-once")
    async def test_has_the_effect_once_and_late(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        Once its cause is mended a parked fact has its effect, behind what was done meanwhile.
        """
        effects.fails_at.add(1)
        listeners = patient(database, clock, effects.listener())
        await tell(database, 1, 2)
        async with in_background(listeners.run()):
            await listeners.idle()
            await clock.advance(LONG)
            (found,) = await shelf(database)
            effects.fails_at.clear()

            await ask(database, found.id)
            await clock.advance(POLL)
            await clock.advance(POLL)

        assert await written(database) == [2, 1]
        assert (await shelf(database), listeners.parked) == ([], 0)

    async def test_in_vain_leaves_it_parked(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        It is tried once, says so, and waits for the next wish; facts that come go on.
        """
        effects.fails_at.add(1)
        told: list[str] = []
        listeners = patient(database, clock, effects.listener(), on_parked=told.append)
        await tell(database, 1)
        async with in_background(listeners.run()):
            await listeners.idle()
            await clock.advance(LONG)
            (found,) = await shelf(database)
            calls = len(effects.calls)

            await ask(database, found.id)
            await tell(database, 2)
            await clock.advance(LONG)

        (again,) = await shelf(database)
        assert await written(database) == [2]
        assert effects.calls[calls:].count(1) == 1
        assert (again.tries, again.retry_at, again.parked_at) == (4, None, found.parked_at)
        assert told == ["effects"]

    async def test_survives_an_outage(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        The wish stands while something is out of reach.
        """
        failures: list[Exception] = [ZeroDivisionError()] * 3 + [TimeoutError()] * 2

        async def handle(uow: UnitOfWork, recorded: Recorded) -> None:
            if failures:
                raise failures.pop(0)
            await effects.handle(uow, recorded)

        listener = DurableListener(name="l", kinds=frozenset({PotFilled.kind}), handle=handle)
        listeners = patient(database, clock, listener)
        await tell(database, 1)
        async with in_background(listeners.run()):
            await listeners.idle()
            await clock.advance(LONG)
            (found,) = await shelf(database)

            await ask(database, found.id)
            await clock.advance(LONG)

        assert (await written(database), await shelf(database)) == ([1], [])

    async def test_of_all_goes_in_the_order_of_the_log(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        Of several parked facts the oldest has its effect first.
        """
        effects.fails_at |= {1, 2, 3}
        listeners = patient(database, clock, effects.listener(), tries=1)
        await tell(database, 1, 2, 3)
        async with in_background(listeners.run()):
            await listeners.idle()
            effects.fails_at.clear()

            async with database.unit() as uow:
                asked = await retry_all(uow)
            await clock.advance(POLL)

        assert asked == 3
        assert (await written(database), await shelf(database)) == ([1, 2, 3], [])


class TestDropping:
    async def test_does_without_the_effect(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        A dropped fact is gone from where it was parked, and is not handled any more.
        """
        effects.fails_at.add(1)
        listeners = patient(database, clock, effects.listener(), tries=1)
        await tell(database, 1)
        async with in_background(listeners.run()):
            await listeners.idle()
            (found,) = await shelf(database)
            effects.fails_at.clear()

            async with database.unit() as uow:
                await drop(uow, found.id)
            await clock.advance(LONG)

        async with database.read() as reader:
            assert await count_parked(reader) == 0
        assert await written(database) == []

    @pytest.mark.parametrize("wish", [retry, drop])
    async def test_of_what_is_not_parked_is_refused(
        self, database: Database, wish: Callable[..., Any]
    ) -> None:
        """
        Neither is there anything to try again.
        """
        with pytest.raises(NoSuchParkedFact):
            async with database.unit() as uow:
                await wish(uow, UUID(int=7))

    async def test_goes_with_its_listener(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        What a listener parked that is forgotten is removed with its cursor.
        """
        effects.fails_at.add(1)
        listeners = patient(database, clock, effects.listener(), tries=1)
        await tell(database, 1)
        async with in_background(listeners.run()):
            await listeners.idle()

        async with database.unit() as uow:
            await forget(uow, "effects")

        assert await shelf(database) == []
