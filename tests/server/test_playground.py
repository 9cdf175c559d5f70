"""The sandbox as `hirewire dev` runs it, with all the work behind it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from hirewire.kit.caller import Caller
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.realtime.model import topic_of
from hirewire.runtime.rest import all_idle
from hirewire.runtime.tasks import waiting
from hirewire.sandbox.demo import DEMO
from hirewire.sandbox.mailbox import Delivery, Mailbox
from hirewire.sandbox.orders import read_clock_order
from hirewire.sandbox.service import Sandbox
from hirewire.server import playground as playground_module
from hirewire.server.development import development_settings
from hirewire.server.housekeeping import PRUNE_FACTS, SWEEP
from hirewire.server.mailing import sender_of
from hirewire.server.parts import Parts, open_parts, open_store
from hirewire.server.playground import Playground, playground
from hirewire.server.run import working
from hirewire.server.settings import Settings
from hirewire.web.streams.slot import StreamKind
from tests.fixtures.background import in_background, until
from tests.fixtures.database import MORNING
from tests.web.streams.pipes import MemoryPipe

PARK_AND_RETRY: Final = """
    INSERT INTO parked_facts (listener, id, tx, seq, kind, at, body, tries, last_error,
                              parked_at, retry_at)
    VALUES ('audit', zeroblob(16), 0, 1, 'fact.of_nobody', 0, '{}', 10, 'KeyError: 1', 0, 0)
"""


@dataclass(slots=True)
class Steps:
    """How often the clock stopped on its way."""

    ground: Playground
    count: int = 0

    @property
    def sandbox(self) -> Sandbox:
        return self.ground.sandbox

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
            steps = Steps(ground)
            clock.on_step.append(steps.note)
            async with working(parts):
                yield steps


async def write(sandbox: Sandbox) -> None:
    """Write without a pause, so that there is always something to hear of."""
    while True:
        await sandbox.write_as_candidate(DEMO.conversations[0].id, "Still there?")


async def count_told(parts: Parts) -> int:
    """Let the demo world's app type in its thread, and count what a stream hears of it."""
    thread, agency, before = DEMO.conversations[0], DEMO.apps[0], parts.hub.counts.published
    parts.hub.open(MemoryPipe(), StreamKind(name="test"), topics=[topic_of(thread.employer.id)])
    caller = Caller(
        app_id=agency.client_id,
        scopes=frozenset({"conversations"}),
        expires_at=parts.clock.now() + timedelta(hours=1),
        employer_id=thread.employer.id,
    )
    async with parts.db.read() as reader:
        await parts.typing.indicate(reader, caller, thread.id)
    return parts.hub.counts.published - before


class TestLeaps:
    async def test_end_whatever_goes_on(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Work that never ceases, as of callers without a pause, does not hold the clock up.
        """
        monkeypatch.setattr(playground_module, "PATIENCE_S", 0.05)

        async with at_play(tmp_path) as steps, in_background(write(steps.sandbox)):
            async with asyncio.timeout(15):
                await steps.leap("PT1H")

            now = steps.sandbox.clock.now()

        assert now == MORNING + timedelta(hours=1)

    async def test_wait_in_vain_at_one_stop_only(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Callers without a pause cost a move, however often it stops, the clock's patience once.
        """
        monkeypatch.setattr(playground_module, "PATIENCE_S", 1.0)
        monkeypatch.setattr(playground_module, "BRIEFLY_S", 0.0)

        async with at_play(tmp_path) as steps, in_background(write(steps.sandbox)):
            for minute in range(60):
                steps.sandbox.clock.call_later(60 * minute, lambda: None)
            async with asyncio.timeout(15):
                stops = await steps.leap("PT1H")

        assert stops >= 60

    async def test_are_patient_anew(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        A move after one on which the clock waited in vain is lived through again.
        """
        monkeypatch.setattr(playground_module, "BRIEFLY_S", 0.0)
        async with at_play(tmp_path) as steps:
            with monkeypatch.context() as patch:
                patch.setattr(playground_module, "PATIENCE_S", 0.05)
                async with in_background(write(steps.sandbox)):
                    await steps.leap("PT1H")
            await steps.leap("P400D")

            async with steps.sandbox.database.read() as reader:
                tasks = {task.name: task.due_at for task in await waiting(reader)}

            assert tasks[SWEEP] == steps.sandbox.clock.now() + timedelta(minutes=10)

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


class TestReset:
    @pytest.mark.fidelity("sandbox.reset", "typing.throttled")
    async def test_forgets_who_typed(self, tmp_path: Path) -> None:
        """
        In the new world somebody is told of at once, though they typed a moment ago in the old.
        """
        async with at_play(tmp_path) as steps:
            await steps.leap("P20000D")  # Back from there a reset goes at once.
            told = [await count_told(steps.ground.parts) for _ in range(2)]

            await steps.sandbox.reset()
            told.append(await count_told(steps.ground.parts))

        assert told == [1, 0, 1]


class TestCommands:
    async def test_beside_it_are_seen_to_while_the_clock_stands(self, tmp_path: Path) -> None:
        """
        A fact that an operator wants tried again is, soon, though nobody here has told any.
        """
        async with at_play(tmp_path) as steps, in_background(steps.ground.look_around()):
            parts = steps.ground.parts
            await until(lambda: parts.listeners.handled)
            await all_idle(parts.relay, parts.tasks, parts.listeners)
            with closing(sqlite3.connect(tmp_path / "hirewire.db")) as command:
                command.execute(PARK_AND_RETRY)
                command.commit()
                count = "SELECT count(*) FROM parked_facts"
                await until(lambda: command.execute(count).fetchone() == (0,))

            assert steps.sandbox.clock.now() == MORNING
