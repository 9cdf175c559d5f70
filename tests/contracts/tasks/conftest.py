"""A runner of tasks on both databases, and the cups that it fills."""

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.runtime.db import Database
from hirewire.runtime.tasks import TaskRunner
from tests.contracts.tasks.cups import POUR, Cups, make_runner


@pytest.fixture
async def cups(database: Database, clock: MovableClock) -> Cups:
    async with database.unit() as uow:
        await uow.run("CREATE TABLE cups (label text NOT NULL)")
    return Cups(clock)


@pytest.fixture
def runner(database: Database, clock: MovableClock, cups: Cups) -> TaskRunner:
    """A runner that the clock waits for."""
    made = make_runner(database, clock, {POUR: cups.pour})
    clock.on_step.append(made.idle)
    return made
