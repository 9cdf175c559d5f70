"""The sandbox as `hirewire dev` runs it, with all the work behind it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.runtime.tasks import waiting
from hirewire.sandbox.mailbox import Delivery, Mailbox
from hirewire.sandbox.orders import read_clock_order
from hirewire.sandbox.service import Sandbox
from hirewire.server.development import development_settings
from hirewire.server.housekeeping import PRUNE_FACTS, SWEEP
from hirewire.server.mailing import sender_of
from hirewire.server.parts import open_parts, open_store
from hirewire.server.playground import playground
from hirewire.server.run import working
from hirewire.server.settings import Settings
from tests.fixtures.database import MORNING


@dataclass(slots=True)
class Steps:
    """How often the clock stopped on its way."""

    sandbox: Sandbox
    count: int = 0

    async def note(self) -> None:
        self.count += 1

    async def leap(self, by: str) -> int:
        """Move the clock, and say how often it stopped."""
        before = self.count
        await self.sandbox.obey(read_clock_order(f'{{"advance": "{by}"}}'.encode()))
        return self.count - before


@asynccontextmanager
async def at_play(path: Path) -> AsyncIterator[Steps]:
    """Lend a sandbox at work, and the stops of its clock, which stands when it is not moved."""
    clock = MovableClock(MORNING, frozen=True)
    settings = development_settings(Settings().at("127.0.0.1", 8123), {}, path)
    async with open_store(
        settings, clock=clock, entropy=SeededEntropy(1), is_shared=False
    ) as store:
        await store.db.migrate()
        mailbox = Mailbox()
        async with open_parts(store, Delivery(mailbox, clock, sender_of(settings))) as parts:
            ground = playground(parts, clock, mailbox)
            await ground.sandbox.prepare()
            steps = Steps(ground.sandbox)
            clock.on_step.append(steps.note)
            async with working(parts):
                yield steps


class TestLeaps:
    @pytest.mark.fidelity("sandbox.clock.leaps")
    async def test_cost_nothing_where_nothing_is_due(self, tmp_path: Path) -> None:
        """
        Over ten empty years the clock stops no more often than over ten empty days.
        """
        async with at_play(tmp_path) as steps:
            await steps.leap("P40D")

            short, long = await steps.leap("P10D"), await steps.leap("P3650D")

        assert short == long
        assert long < 6

    async def test_keep_house_at_their_end(self, tmp_path: Path) -> None:
        """
        What removes what has expired is run when the clock is there, and is due anew.
        """
        async with at_play(tmp_path) as steps:
            await steps.leap("P400D")

            async with steps.sandbox.database.read() as reader:
                tasks = {task.name: task.due_at for task in await waiting(reader)}
            arrived = steps.sandbox.clock.now()

        assert tasks[SWEEP] == arrived + timedelta(minutes=10)
        assert tasks[PRUNE_FACTS] == arrived + timedelta(days=1)
