"""Tests of starting over."""

import asyncio
from datetime import timedelta

import pytest

from hirewire.accounts.model import RegisterPerson
from hirewire.kit.clock import MovableClock
from hirewire.runtime.db import Database, Reader, TaskCall
from hirewire.sandbox import store
from hirewire.sandbox.demo import DEMO
from hirewire.sandbox.mailbox import Mail
from hirewire.sandbox.service import Sandbox
from hirewire.sandbox.world import Builder
from tests.fixtures.database import MORNING
from tests.sandbox.conftest import make_sandbox


async def rows(reader: Reader) -> dict[str, int]:
    """How many rows the tables hold that a sandbox can fill."""
    tables = ("people", "employers", "apps", "interviews", "conversation_messages", "tasks")
    return {t: int(await reader.value(f"SELECT count(*) FROM {t}")) for t in tables}


async def live(sandbox: Sandbox) -> None:
    """Do what an integrator does in two months."""
    await sandbox.write_as_candidate(DEMO.conversations[0].id, "Still there?")
    async with sandbox.database.unit() as uow:
        newcomer = RegisterPerson(name="New Comer", email="new@people.example")
        await sandbox.builder.accounts.register_person(uow, newcomer)
        uow.enqueue(TaskCall(name="reminder.send", payload="{}"))
    sandbox.mailbox.deliver(
        Mail(sender="a", to=("b",), subject="c", text="d", sent_at=sandbox.clock.now())
    )
    await sandbox.clock.advance(timedelta(days=60))


class TestReset:
    @pytest.mark.fidelity("sandbox.reset")
    async def test_makes_the_world_as_it_was(
        self, database: Database, clock: MovableClock, builder: Builder, forgotten: list[str]
    ) -> None:
        """Rows, mails and time are as at the first start, whatever happened since."""
        sandbox = make_sandbox(database, clock, builder, forgotten)
        await sandbox.prepare()
        async with database.read() as reader:
            before = await rows(reader)
        await live(sandbox)

        await sandbox.reset()

        async with database.read() as reader:
            assert await rows(reader) == before
            assert await builder.stands(reader)
        assert sandbox.mailbox.mails() == ()
        assert MORNING <= clock.now() < MORNING + timedelta(minutes=1)
        assert (clock.frozen, clock.rate) == (False, 1.0)

    async def test_forgets_the_old_world_once_the_new_one_stands(
        self, sandbox: Sandbox, forgotten: list[str]
    ) -> None:
        """Keys, tokens and streams of the old world are dropped, each once, in order."""
        await live(sandbox)

        await sandbox.reset()

        assert forgotten == ["keys", "streams"]

    async def test_ids_are_of_the_time_that_it_really_is(self, sandbox: Sandbox) -> None:
        """What was minted two months ahead does not keep later ids there."""
        before = sandbox.ids.new()
        await live(sandbox)
        ahead = sandbox.ids.new()

        await sandbox.reset()

        assert before < sandbox.ids.new() < ahead

    async def test_positions_in_the_log_go_on(self, sandbox: Sandbox) -> None:
        """Who reads the log from where they were misses nothing of the new world."""
        database = sandbox.database
        async with database.read() as reader:
            last = int(await reader.value("SELECT max(seq) FROM facts"))

        await sandbox.reset()

        async with database.read() as reader:
            first = int(await reader.value("SELECT min(seq) FROM facts"))
        assert first == last + 1

    async def test_of_two_at_once_leaves_one_world(self, sandbox: Sandbox) -> None:
        """Two who start over at the same time do so one after the other."""
        async with sandbox.database.read() as reader:
            before = await rows(reader)

        await asyncio.gather(sandbox.reset(), sandbox.reset())

        async with sandbox.database.read() as reader:
            assert await rows(reader) == before

    async def test_knows_every_table(self, database: Database) -> None:
        """All tables but the schema's own are emptied, so a new slice's are too."""
        async with database.unit() as uow:
            found = await store.tables(uow, database.dialect)

        assert set(found) >= {"facts", "tasks", "listeners", "people", "interviews"}
        assert "schema_versions" not in found
