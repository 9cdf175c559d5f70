"""Which facts the log forgets, and which it has to keep."""

from datetime import timedelta

from hirewire.kit.clock import MovableClock
from hirewire.runtime.db import Database
from hirewire.runtime.log import Log, forget, prune
from tests.contracts.log.effects import Effects, listening
from tests.contracts.log.pots import read_all, tell
from tests.fixtures.background import in_background


class TestPrune:
    async def test_removes_what_is_old_and_needed_by_nobody(
        self, database: Database, still: Log, clock: MovableClock
    ) -> None:
        """
        Old facts go, those told since the horizon stay.
        """
        await tell(database, 1, 2)
        await clock.advance(timedelta(days=2))
        await tell(database, 3)
        async with database.unit() as uow:
            removed = await prune(uow, clock.now() - timedelta(days=1))

        assert (removed, await read_all(still)) == (2, [3])

    async def test_keeps_what_a_listener_needs(
        self, database: Database, still: Log, clock: MovableClock, effects: Effects
    ) -> None:
        """
        Facts that a listener has not handled stay until it has, or is forgotten.
        """
        effects.fails_at = {2}
        listeners = listening(database, clock, effects.listener())
        await tell(database, 1)
        async with in_background(listeners.run()):
            await listeners.idle()
        await tell(database, 2, 3)
        await clock.advance(timedelta(days=2))

        async with database.unit() as uow:
            first = await prune(uow, clock.now())
        kept = await read_all(still)
        async with database.unit() as uow:
            forgotten = (await forget(uow, "effects"), await forget(uow, "effects"))
            second = await prune(uow, clock.now())

        assert (first, kept) == (1, [2, 3])
        assert (forgotten, second, await read_all(still)) == ((True, False), 1, [3])

    async def test_goes_in_small_steps(
        self, database: Database, still: Log, clock: MovableClock
    ) -> None:
        """
        A call looks at no more than its limit; the newest fact always stays.
        """
        await tell(database, *range(5))
        await clock.advance(timedelta(days=2))
        removed = []
        for _ in range(3):
            async with database.unit() as uow:
                removed.append(await prune(uow, clock.now(), limit=3))

        assert (removed, await read_all(still)) == ([3, 1, 0], [4])
