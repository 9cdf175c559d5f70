"""Kill -9 in the midst of a burst: what was acknowledged is there, and nothing twice."""

import asyncio
import shutil
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.kit.facts import START
from hirewire.kit.ids import IdMaker
from hirewire.runtime.bus import MemoryBus
from hirewire.runtime.db import Database, connect
from hirewire.runtime.log import Log
from tests.fixtures.background import all_done
from tests.fixtures.database import PostgresTemplate, settled
from tests.runtime import crash_child
from tests.runtime.crash_child import NumberWritten, at_work

ROUNDS: Final = 3
ACKNOWLEDGED_A_ROUND: Final = 150
OTHERS: Final = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def burst_and_kill(url: str, round_: int) -> list[int]:
    """Let the child write, kill it, and return what it had acknowledged."""
    child = subprocess.Popen(
        [sys.executable, "-m", crash_child.__name__, url, str(round_)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    with child:
        lines = [child.stdout.readline() for _ in range(ACKNOWLEDGED_A_ROUND)]
        child.kill()
        lines += child.stdout.readlines()
    return [int(line) for line in lines if line.endswith("\n")]


async def reopen(url: str, clock: MovableClock, ids: IdMaker) -> Database:
    """Open the database once the server has noticed that the child is gone."""
    database = await connect(url, clock=clock, new_id=ids.new)
    others = 1 if database.dialect == "postgres" else 0
    while others:
        await asyncio.sleep(0.001)
        async with database.read() as reader:
            others = await reader.value(OTHERS)
    return database


async def numbers(database: Database, table: str) -> Counter[int]:
    async with database.read() as reader:
        return Counter(await reader.all(int, f"SELECT number FROM {table}"))


async def told(database: Database, clock: MovableClock) -> Counter[int]:
    await settled(database)
    log, position, found = Log(database, MemoryBus(), clock), START, list[int]()
    while batch := await log.read(position, 500):
        found += [r.fact.number for r in batch if isinstance(r.fact, NumberWritten)]
        position = batch[-1].position
    return Counter(found)


async def prove(url: str) -> None:
    """Kill and look, a few times over, and let what was left undone be done at the end."""
    acknowledged: list[int] = []
    later = MovableClock(datetime.now(UTC) + timedelta(hours=1), frozen=True)
    ids = IdMaker(later, SeededEntropy(1))
    for round_ in range(ROUNDS):
        acknowledged += burst_and_kill(url, round_)
        database = await reopen(url, later, ids)
        written = await numbers(database, "written")
        assert set(acknowledged) <= written.keys()
        assert set(written.values()) == {1}
        assert await told(database, later) == written
        assert (await numbers(database, "heard")) <= written
        assert (await numbers(database, "done")) <= written
        await database.close()

    database = await reopen(url, later, ids)
    async with at_work(database, later) as workers:
        await all_done(database, *workers)
    assert await numbers(database, "heard") == written
    assert await numbers(database, "done") == written
    await database.close()
    assert len(acknowledged) >= ROUNDS * ACKNOWLEDGED_A_ROUND


class TestKill:
    @pytest.mark.timeout(60)
    async def test_loses_and_doubles_nothing_on_sqlite(
        self, sqlite_template: Path, tmp_path: Path
    ) -> None:
        """
        Rows, facts, effects of listeners and of tasks: each acknowledged number once.
        """
        shutil.copyfile(sqlite_template, tmp_path / "hirewire.db")

        await prove(f"sqlite:{tmp_path / 'hirewire.db'}")

    @pytest.mark.timeout(60)
    async def test_loses_and_doubles_nothing_on_postgres(
        self, postgres_template: PostgresTemplate
    ) -> None:
        """
        The same with a server that lives on when its client is killed.
        """
        async with postgres_template.copy() as url:
            await prove(url)
