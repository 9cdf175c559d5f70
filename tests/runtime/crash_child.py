"""
The program that `test_crash.py` kills: it writes as fast as it can and says what is committed.

Run as `python -m tests.runtime.crash_child URL ROUND`. Each unit writes a row, tells a fact and
enqueues a task; a durable listener and a task handler write rows of their own. A number on
standard output means that its unit has committed.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import ClassVar, Final

from hirewire.kit.clock import Clock, SystemClock
from hirewire.kit.entropy import SystemEntropy
from hirewire.kit.facts import Fact, Recorded
from hirewire.kit.ids import IdMaker
from hirewire.runtime.bus import MemoryBus
from hirewire.runtime.db import Database, TaskCall, UnitOfWork, connect
from hirewire.runtime.log import DurableListener, Listeners, Relay
from hirewire.runtime.tasks import TaskRunner
from tests.fixtures.background import in_background

WRITERS: Final = 24
NUMBERS_A_ROUND: Final = 1_000_000
TABLES: Final = ("written", "heard", "done")


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberWritten(Fact):
    """A fact that only this program tells."""

    kind: ClassVar[str] = "number.written"

    number: int


async def hear(uow: UnitOfWork, recorded: Recorded) -> None:
    """Write what a fact says."""
    assert isinstance(recorded.fact, NumberWritten)
    await uow.run("INSERT INTO heard (number) VALUES (:n)", n=recorded.fact.number)


async def do(uow: UnitOfWork, payload: bytes) -> None:
    """Write what a task says."""
    await uow.run("INSERT INTO done (number) VALUES (:n)", n=int(payload))


LISTENER: Final = DurableListener(
    name="crash", kinds=frozenset({NumberWritten.kind}), handle=hear
)


@asynccontextmanager
async def at_work(
    database: Database, clock: Clock
) -> AsyncIterator[tuple[TaskRunner, Listeners]]:
    """Run what reacts."""
    bus = MemoryBus()
    runner = TaskRunner(db=database, clock=clock, handlers={"number.do": do}, poll_s=None)
    listeners = Listeners(database, bus, clock, [LISTENER], poll_s=None)
    relay = Relay(database, bus, clock, poll_s=None)
    async with in_background(relay.run(), listeners.run(), runner.run()):
        yield runner, listeners


async def write(database: Database, numbers: "count[int]") -> None:
    """Commit one number after the other, and say so each time."""
    for number in numbers:
        async with database.unit() as uow:
            await uow.run("INSERT INTO written (number) VALUES (:n)", n=number)
            uow.tell(NumberWritten(employer_id=None, number=number))
            uow.enqueue(TaskCall(name="number.do", payload=str(number)))
        os.write(1, b"%d\n" % number)


async def main(url: str, round_: int) -> None:
    """Write until killed."""
    clock = SystemClock()
    ids = IdMaker(clock, SystemEntropy())
    database = await connect(url, clock=clock, new_id=ids.new)
    async with database.unit() as uow:
        for table in TABLES:
            await uow.run(f"CREATE TABLE IF NOT EXISTS {table} (number bigint NOT NULL)")
    numbers = count(round_ * NUMBERS_A_ROUND)
    async with at_work(database, clock):
        await asyncio.gather(*(write(database, numbers) for _ in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
