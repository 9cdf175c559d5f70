"""When tasks and durable listeners have nothing left to do, on both databases."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from hirewire.kit.clock import MovableClock
from hirewire.kit.facts import Fact, Recorded
from hirewire.runtime.bus import MemoryBus
from hirewire.runtime.db import Database, TaskCall, UnitOfWork
from hirewire.runtime.log import DurableListener, Listeners
from hirewire.runtime.rest import all_idle
from hirewire.runtime.tasks import TaskRunner
from tests.contracts.tasks.cups import POUR, Cups, enqueue, make_runner, queued
from tests.fixtures.background import in_background


@dataclass(frozen=True, slots=True, kw_only=True)
class TeaPoured(Fact):
    """A fact that only this module tells."""

    kind: ClassVar[str] = "tea.poured"

    label: str


class TestAllIdle:
    async def test_when_tasks_and_listeners_have_nothing_for_each_other(
        self, database: Database, clock: MovableClock, cups: Cups
    ) -> None:
        """
        A task tells a fact, whose listener enqueues a task, and so on: all of it is done.
        """

        async def pour(uow: UnitOfWork, payload: bytes) -> None:
            await cups.pour(uow, payload)
            uow.tell(TeaPoured(employer_id=None, label=payload.decode()))

        async def react(uow: UnitOfWork, recorded: Recorded) -> None:
            assert isinstance(recorded.fact, TeaPoured)
            if len(recorded.fact.label) < 5:
                uow.enqueue(TaskCall(name=POUR, payload=recorded.fact.label + "+"))

        runner = make_runner(database, clock, {POUR: pour})
        listener = DurableListener(name="l", kinds=frozenset({TeaPoured.kind}), handle=react)
        listeners = Listeners(database, MemoryBus(), clock, [listener], poll_s=None)

        async with in_background(runner.run(), listeners.run()):
            await enqueue(database, "a")
            await all_idle(runner, listeners)

        assert cups.labels == ["a", "a+", "a++", "a+++", "a++++"]

    async def test_at_once_when_nothing_runs(
        self, database: Database, runner: TaskRunner
    ) -> None:
        """
        A runner that was not started, or has ended, is idle whatever waits.
        """
        await enqueue(database, "a")

        async with asyncio.timeout(10):
            await all_idle(runner)

        assert await queued(database) == 1
