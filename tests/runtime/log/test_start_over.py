"""Durable listeners whose cursors were removed with all the facts, as a reset does."""

from dataclasses import dataclass
from typing import ClassVar

from hirewire.kit.clock import MovableClock
from hirewire.kit.facts import Fact, Recorded
from hirewire.runtime.bus import MemoryBus
from hirewire.runtime.db import Database, UnitOfWork
from hirewire.runtime.log import DurableListener, Listeners
from tests.fixtures.background import all_done, in_background


@dataclass(frozen=True, slots=True, kw_only=True)
class BellRung(Fact):
    """A fact that only this module tells."""

    kind: ClassVar[str] = "bell.rung"

    number: int


class TestStartOver:
    async def test_goes_on_with_the_new_facts(
        self, database: Database, clock: MovableClock
    ) -> None:
        """
        After a reset each new fact is heard once, as if it were the first start.
        """
        heard: list[int] = []

        async def hear(_: UnitOfWork, recorded: Recorded) -> None:
            assert isinstance(recorded.fact, BellRung)
            heard.append(recorded.fact.number)

        listener = DurableListener(name="bells", kinds=frozenset({"bell.rung"}), handle=hear)
        listeners = Listeners(database, MemoryBus(), clock, (listener,), None)
        async with in_background(listeners.run()):
            async with database.unit() as uow:
                uow.tell(BellRung(employer_id=None, number=1))
            await all_done(database, listeners)
            async with database.unit() as uow:
                await uow.run("DELETE FROM facts")
                await uow.run("DELETE FROM listeners")
                uow.tell(BellRung(employer_id=None, number=2))
            listeners.start_over()
            await all_done(database, listeners)

        assert heard == [1, 2]
