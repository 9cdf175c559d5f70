"""What durable listeners are promised: each fact once, in order, over failures and restarts."""

import asyncio
from datetime import timedelta

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.kit.facts import Position, Recorded
from hirewire.runtime.bus import Bus, MemoryBus
from hirewire.runtime.db import Database, UnitOfWork
from hirewire.runtime.log import DurableListener, Listeners, Log, Relay
from tests.contracts.log.effects import Effects, listening, written
from tests.contracts.log.pots import REAL, CupBroken, PotFilled, tell, tell_unknown
from tests.fixtures.background import in_background
from tests.fixtures.database import OpenDatabase


class TestDurableListeners:
    async def test_handle_each_fact_once_in_order(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        Facts told before and after the start have their effect once, also over a restart.
        """
        listeners = listening(database, clock, effects.listener())
        await tell(database, *range(120))
        async with in_background(listeners.run()):
            await listeners.idle()
            await tell(database, 120)
        again = listening(database, clock, effects.listener())
        async with in_background(again.run()):
            await again.idle()
            await tell(database, 121)
            await again.idle()

        assert await written(database) == list(range(122))
        assert effects.calls == list(range(122))

    async def test_hear_at_once_by_the_bus(
        self, database: Database, effects: Effects, bus: Bus, relay: Relay
    ) -> None:
        """
        A fact that the relay published is handled without anyone looking at the clock.
        """
        done = asyncio.Event()

        async def handle(uow: UnitOfWork, recorded: Recorded) -> None:
            await effects.handle(uow, recorded)
            done.set()

        listener = DurableListener(
            name="quick", kinds=frozenset({PotFilled.kind}), handle=handle
        )
        listeners = Listeners(database, bus, REAL, [listener], poll_s=None)

        async with in_background(relay.run(), listeners.run()):
            await listeners.idle()
            await tell(database, 1)
            async with asyncio.timeout(10):
                await done.wait()
            await listeners.idle()

        assert await written(database) == [1]

    async def test_do_not_end_one_by_one(self, database: Database, clock: MovableClock) -> None:
        """
        One whose work a library cancelled does not leave the others running without it.
        """

        async def handle(uow: UnitOfWork, recorded: Recorded) -> None:
            raise asyncio.CancelledError

        listener = DurableListener(name="cut", kinds=frozenset({PotFilled.kind}), handle=handle)
        listeners = listening(database, clock, listener)
        await tell(database, 1)

        with pytest.raises(ExceptionGroup) as failed:
            async with asyncio.timeout(10):
                await listeners.run()

        [error] = failed.value.exceptions
        assert str(error).endswith("was cancelled by nobody")

    async def test_look_at_times(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        Where the bus says nothing they read the log every five seconds.
        """
        listeners = listening(database, clock, effects.listener())
        clock.on_step.append(listeners.idle)

        async with in_background(listeners.run()):
            await listeners.idle()
            await tell(database, 1)
            before = list(effects.calls)
            await clock.advance(timedelta(seconds=5.1))

        assert (before, await written(database)) == ([], [1])

    async def test_take_only_their_kinds(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        Other kinds are passed over, and so is one that this program does not know.
        """
        listener = DurableListener(
            name="both",
            kinds=frozenset({PotFilled.kind, "from.tomorrow"}),
            handle=effects.handle,
        )
        listeners = listening(database, clock, listener)
        await tell(database, 1)
        async with database.unit() as uow:
            uow.tell(CupBroken(employer_id=None, number=7))
        await tell_unknown(database)
        await tell(database, 2)

        async with in_background(listeners.run()):
            await listeners.idle()

        assert effects.calls == [1, 2]

    async def test_move_over_what_does_not_concern_them(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        After a thousand foreign facts the cursor has moved, so that these can be pruned.
        """
        listeners = listening(database, clock, effects.listener())
        await tell_unknown(database, 1_001)

        async with in_background(listeners.run()):
            await listeners.idle()

        async with database.read() as reader:
            cursor = await reader.one(Position, "SELECT tx, seq FROM listeners")
        assert cursor == await Log(database, MemoryBus(), clock).end()
        assert effects.calls == []

    async def test_can_begin_with_the_next_fact(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        A new listener that does not want the past begins after it.
        """
        listeners = listening(database, clock, effects.listener(from_start=False))
        await tell(database, 1)

        async with in_background(listeners.run()):
            await listeners.idle()
            await tell(database, 2)
            await listeners.idle()

        assert await written(database) == [2]

    async def test_wait_longer_after_each_failure_and_keep_the_order(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        What stands before the culprit is done; it is tried after 1, 2 and 4 s; then the rest.
        """
        listeners = listening(database, clock, effects.listener())
        clock.on_step.append(listeners.idle)
        effects.fails_at = {3}
        await tell(database, 1, 2, 3, 4)

        async with in_background(listeners.run()):
            await listeners.idle()
            at_first, calls_at_first = await written(database), list(effects.calls)
            await clock.advance(timedelta(seconds=1))
            after_one_by_one, calls_then = await written(database), list(effects.calls)
            await clock.advance(timedelta(seconds=0.9))
            calls_before_the_next = list(effects.calls)
            effects.fails_at = set()
            await clock.advance(timedelta(seconds=0.1))

        assert (at_first, calls_at_first) == ([], [1, 2, 3])
        assert (after_one_by_one, calls_then) == ([1, 2], [1, 2, 3, 1, 2, 3])
        assert calls_before_the_next == calls_then
        assert await written(database) == [1, 2, 3, 4]

    async def test_do_not_wait_for_one_that_fails(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        One listener fails for ever; the other goes on.
        """
        failing = Effects()
        failing.fails_at = {1, 2}
        listeners = listening(
            database, clock, failing.listener("failing"), effects.listener("working")
        )
        await tell(database, 1, 2)

        async with in_background(listeners.run()):
            await listeners.idle()

        assert await written(database) == [1, 2]
        assert failing.calls == [1]

    async def test_run_in_one_process_at_a_time(
        self,
        database: Database,
        open_database: OpenDatabase,
        clock: MovableClock,
        effects: Effects,
    ) -> None:
        """
        The same listener in two processes: each fact has its effect once, in order.
        """
        other = await open_database()
        here, there = (listening(one, clock, effects.listener()) for one in (database, other))
        await tell(database, *range(150))

        async with in_background(here.run(), there.run()):
            for _ in range(3):
                await asyncio.gather(here.idle(), there.idle())

        assert await written(database) == list(range(150))

    async def test_have_names_of_their_own(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        Two listeners of one name would share a cursor, and are refused.
        """
        with pytest.raises(ValueError, match="two durable listeners have one name"):
            listening(database, clock, effects.listener(), effects.listener())
