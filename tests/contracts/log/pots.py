"""The facts that the tests of the log tell, and how they hear them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar

from hirewire.kit.clock import SystemClock
from hirewire.kit.facts import START, Fact, Recorded
from hirewire.runtime.db import Database
from hirewire.runtime.log import Log
from tests.fixtures.database import MORNING, settled

REAL = SystemClock()
UNKNOWN = "INSERT INTO facts (id, kind, at, body) VALUES (:id, 'from.tomorrow', :at, '{}')"


@dataclass(frozen=True, slots=True, kw_only=True)
class PotFilled(Fact):
    """The fact that most tests tell."""

    kind: ClassVar[str] = "pot.filled"

    number: int
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CupBroken(Fact):
    """One of another kind."""

    kind: ClassVar[str] = "cup.broken"

    number: int


async def tell(database: Database, *numbers: int) -> None:
    """Tell one fact a number, each in a unit of its own; then all can be read."""
    for number in numbers:
        async with database.unit() as uow:
            uow.tell(PotFilled(employer_id=None, number=number))
    await settled(database)


async def break_cups(database: Database, how_many: int) -> None:
    """Tell facts of the other kind, all in one unit; then all can be read."""
    async with database.unit() as uow:
        for number in range(how_many):
            uow.tell(CupBroken(employer_id=None, number=number))
    await settled(database)


async def tell_unknown(database: Database, how_many: int = 1) -> None:
    """Record facts of a kind that this program knows nothing of; then all can be read."""
    async with database.unit() as uow:
        rows = [{"id": uow.new_id(), "at": MORNING} for _ in range(how_many)]
        await uow.run_many(UNKNOWN, rows)
    await settled(database)


def number_of(recorded: Recorded) -> int:
    assert isinstance(recorded.fact, PotFilled)
    return recorded.fact.number


async def take(facts: AsyncIterator[Recorded], how_many: int) -> list[int]:
    async with asyncio.timeout(10):
        return [number_of(await anext(facts)) for _ in range(how_many)]


async def read_all(log: Log, limit: int = 1000) -> list[int]:
    return [number_of(recorded) for recorded in await log.read(START, limit)]
