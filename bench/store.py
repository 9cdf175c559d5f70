"""
How fast rows, facts and tasks are written, read, relayed and run.

Run as `python -m bench.store [postgresql://…]`: SQLite in a temporary directory, and an empty
PostgreSQL database if one is named. Every unit is durable. The control is the driver alone:
one `sqlite3` connection that commits each row by itself, with `synchronous=FULL`.
"""

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final
from uuid import UUID

import uvloop
from rich.console import Console
from rich.table import Table

from hirewire.kit.clock import SystemClock
from hirewire.kit.entropy import SystemEntropy
from hirewire.kit.facts import Fact, Recorded
from hirewire.kit.ids import IdMaker
from hirewire.runtime.bus import MemoryBus
from hirewire.runtime.db import Database, TaskCall, UnitOfWork, connect
from hirewire.runtime.log import DurableListener, Listeners, Log, Relay
from hirewire.runtime.tasks import TaskRunner
from tests.fixtures.background import in_background

ALONE: Final = 600
CALLERS: Final = 64
TOGETHER: Final = 6_400
SELECTS: Final = 10_000
PROBES: Final = 300
BODY: Final = "x" * 200

CLOCK: Final = SystemClock()
IDS: Final = IdMaker(CLOCK, SystemEntropy())

ADD: Final = "INSERT INTO rows_of_bench (id, body) VALUES (:id, :body)"
FIND: Final = "SELECT id, body FROM rows_of_bench WHERE id = :id"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAdded(Fact):
    """A fact that only this benchmark tells."""

    kind: ClassVar[str] = "bench.row_added"

    body: str


async def add_row(uow: UnitOfWork) -> None:
    await uow.run(ADD, id=uow.new_id(), body=BODY)


async def tell(uow: UnitOfWork) -> None:
    uow.tell(RowAdded(employer_id=None, body=BODY))


async def enqueue(uow: UnitOfWork) -> None:
    uow.enqueue(TaskCall(name="bench.run", payload="{}"))


async def units(
    database: Database, work: Callable[[UnitOfWork], Awaitable[None]], n: int
) -> None:
    """Commit *n* units, one after the other."""
    for _ in range(n):
        async with database.unit() as uow:
            await work(uow)


async def at_once(database: Database, work: Callable[[UnitOfWork], Awaitable[None]]) -> None:
    """Commit `TOGETHER` units, shared by `CALLERS` callers."""
    share = TOGETHER // CALLERS
    await asyncio.gather(*(units(database, work, share) for _ in range(CALLERS)))


async def selects(database: Database) -> float:
    """Point selects per second, each in a look of its own."""
    async with database.read() as reader:
        [wanted] = await reader.all(row, "SELECT id, body FROM rows_of_bench LIMIT 1")

    async def work() -> None:
        for _ in range(SELECTS):
            async with database.read() as reader:
                await reader.one(row, FIND, id=wanted[0])

    return await rate(work(), SELECTS)


def row(id: UUID, body: str) -> tuple[UUID, str]:
    return id, body


async def rate(work: Awaitable[object], n: int) -> float:
    started = time.perf_counter()
    await work
    return n / (time.perf_counter() - started)


async def relayed(database: Database) -> tuple[float, float]:
    """Facts per second from commit to a follower, and the median delay of one, in µs."""
    bus = MemoryBus(backlog=TOGETHER * 2)
    log = Log(database, bus, CLOCK)
    async with in_background(Relay(database, bus, CLOCK).run()), log.follow() as facts:

        async def hear(n: int) -> None:
            for _ in range(n):
                await anext(facts)

        burst = asyncio.gather(at_once(database, tell), hear(TOGETHER))
        throughput = await rate(burst, TOGETHER)
        delays = []
        for _ in range(PROBES):
            async with database.unit() as uow:
                await tell(uow)
            started = time.perf_counter()
            await anext(facts)
            delays.append((time.perf_counter() - started) * 1e6)
    return throughput, sorted(delays)[PROBES // 2]


async def handled(database: Database) -> float:
    """Facts per second that a durable listener handles, a row each."""

    async def handle(uow: UnitOfWork, recorded: Recorded) -> None:
        await add_row(uow)

    listener = DurableListener(name="bench", kinds=frozenset({RowAdded.kind}), handle=handle)
    listeners = Listeners(database, MemoryBus(), CLOCK, [listener])
    async with in_background(listeners.run()):
        started = time.perf_counter()
        await listeners.idle()
        return listeners.handled / (time.perf_counter() - started)


async def run_tasks(database: Database) -> float:
    """Tasks per second that a runner claims, runs and removes, a row each."""

    async def handle(uow: UnitOfWork, payload: bytes) -> None:
        await add_row(uow)

    await at_once(database, enqueue)
    runner = TaskRunner(
        db=database, clock=CLOCK, handlers={"bench.run": handle}, concurrency=16
    )
    async with in_background(runner.run()):
        started = time.perf_counter()
        await runner.idle()
        return runner.handled / (time.perf_counter() - started)


def control(directory: Path) -> float:
    """Rows per second that the driver alone makes durable one by one."""
    connection = sqlite3.connect(directory / "control.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE t (id blob PRIMARY KEY, body text)")
    started = time.perf_counter()
    for _ in range(ALONE):
        connection.execute("INSERT INTO t VALUES (?, ?)", (IDS.new().bytes, BODY))
    elapsed = time.perf_counter() - started
    connection.close()
    return ALONE / elapsed


async def measure(url: str) -> list[str]:
    """Measure the database at *url*, which must be empty."""
    database = await connect(url, clock=CLOCK, new_id=IDS.new)
    await database.migrate()
    async with database.unit() as uow:
        await uow.run("CREATE TABLE rows_of_bench (id uuid PRIMARY KEY, body text NOT NULL)")
    alone = await rate(units(database, add_row, ALONE), ALONE)
    together = await rate(at_once(database, add_row), TOGETHER)
    found = await selects(database)
    throughput, delay = await relayed(database)
    handled_s, run_s = await handled(database), await run_tasks(database)
    await database.close()
    figures = (alone, together, found, throughput, delay, handled_s, run_s)
    return [f"{figure:,.0f}" for figure in figures]


async def main(url: str | None) -> None:
    """Print what each database does."""
    with tempfile.TemporaryDirectory() as directory:
        rows = {"sqlite": await measure(f"sqlite:{directory}/bench.db")}
        alone = control(Path(directory))
        if url:
            rows["postgres"] = await measure(url)
    table = Table(title=f"durable; the driver alone: {alone:,.0f} rows/s on SQLite")
    table.add_column("")
    for name in rows:
        table.add_column(name, justify="right")
    labels = (
        "units/s, 1 caller",
        f"units/s, {CALLERS} callers",
        "point selects/s",
        f"facts/s told by {CALLERS} callers, to a follower",
        "commit to follower, median µs",
        "facts/s by a durable listener",
        "tasks/s",
    )
    for label, *figures in zip(labels, *rows.values(), strict=True):
        table.add_row(label, *figures)
    Console().print(table)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1] if len(sys.argv) > 1 else None))
