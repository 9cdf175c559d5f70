"""PostgreSQL's writers that commit out of order, and what a reader of the log then sees."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import ClassVar

import pytest

from hirewire.kit.clock import MovableClock, SystemClock
from hirewire.kit.facts import START, Fact, Recorded
from hirewire.runtime.bus import MemoryBus
from hirewire.runtime.db import Database
from hirewire.runtime.log import DurableListener, Listeners, Log, Relay
from tests.fixtures.background import all_done, in_background
from tests.fixtures.database import settled


@dataclass(frozen=True, slots=True, kw_only=True)
class LidLifted(Fact):
    """A fact that only this module tells."""

    kind: ClassVar[str] = "lid.lifted"

    number: int


class Writer:
    """A unit that stays open, with a fact in it, until it is told to end."""

    def __init__(self, database: Database, number: int) -> None:
        self._database = database
        self._number = number
        self._wrote = asyncio.Event()
        self._end = asyncio.Event()
        self._fails = False
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        self._task = asyncio.create_task(self._work())
        await self._wrote.wait()

    async def commit(self) -> None:
        assert self._task is not None
        self._end.set()
        await self._task

    async def fail(self) -> None:
        self._fails = True
        with pytest.raises(ZeroDivisionError):
            await self.commit()

    async def _work(self) -> None:
        async with self._database.unit() as uow:
            uow.tell(LidLifted(employer_id=None, number=self._number))
            await uow.write_facts()
            uow.facts.clear()
            self._wrote.set()
            await self._end.wait()
            if self._fails:
                raise ZeroDivisionError


async def tell(database: Database, number: int) -> None:
    async with database.unit() as uow:
        uow.tell(LidLifted(employer_id=None, number=number))


def numbers(recorded: list[Recorded]) -> list[int]:
    return [r.fact.number for r in recorded if isinstance(r.fact, LidLifted)]


class TestRead:
    async def test_stops_below_the_oldest_writer(
        self, postgres: Database, clock: MovableClock
    ) -> None:
        """
        The second writer commits first: nobody sees it before the first has committed.
        """
        log = Log(postgres, MemoryBus(), clock)
        early, late = Writer(postgres, 1), Writer(postgres, 2)
        await early.begin()
        await late.begin()

        await late.commit()
        between, end_between = numbers(await log.read(START, 10)), await log.end()
        await early.commit()
        await settled(postgres)

        assert (between, end_between) == ([], START)
        assert numbers(await log.read(START, 10)) == [1, 2]

    async def test_goes_on_when_the_oldest_writer_fails(
        self, postgres: Database, clock: MovableClock
    ) -> None:
        """
        What waited for a writer that failed is there after that.
        """
        log = Log(postgres, MemoryBus(), clock)
        early, late = Writer(postgres, 1), Writer(postgres, 2)
        await early.begin()
        await late.begin()
        await late.commit()

        await early.fail()
        await settled(postgres)

        assert numbers(await log.read(START, 10)) == [2]

    async def test_puts_units_in_the_order_of_their_first_write(
        self, postgres: Database, clock: MovableClock
    ) -> None:
        """
        Of three writers that commit in any order the first to write comes first.
        """
        log = Log(postgres, MemoryBus(), clock)
        writers = [Writer(postgres, number) for number in (1, 2, 3)]
        for writer in writers:
            await writer.begin()

        await writers[1].commit()
        seen = [numbers(await log.read(START, 10))]
        for index in (0, 2):
            await writers[index].commit()
            await settled(postgres)
            seen.append(numbers(await log.read(START, 10)))

        assert seen == [[], [1, 2], [1, 2, 3]]


class TestRelay:
    @pytest.mark.parametrize("outcome", ["commits", "fails"])
    async def test_publishes_what_had_to_wait(self, postgres: Database, outcome: str) -> None:
        """
        A fact behind an older writer is published soon after that one's end, whatever it is.
        """
        bus, real = MemoryBus(), SystemClock()
        log, relay = Log(postgres, bus, real, poll_s=None), Relay(postgres, bus, real)
        early = Writer(postgres, 1)

        async with AsyncExitStack() as stack:
            await stack.enter_async_context(in_background(relay.run()))
            facts = await stack.enter_async_context(log.follow())
            await early.begin()
            await tell(postgres, 2)
            await relay.idle()
            published_before = relay.handled
            await (early.commit() if outcome == "commits" else early.fail())
            wanted = [1, 2] if outcome == "commits" else [2]
            async with asyncio.timeout(10):
                heard = numbers([await anext(facts) for _ in wanted])

        assert (published_before, heard) == (0, wanted)


class TestDurableListeners:
    async def test_handle_nothing_before_its_turn(
        self, postgres: Database, clock: MovableClock
    ) -> None:
        """
        A listener waits for the older writer too, and then handles both in order.
        """
        handled: list[Recorded] = []

        async def handle(uow: object, recorded: Recorded) -> None:
            handled.append(recorded)

        listener = DurableListener(name="l", kinds=frozenset({LidLifted.kind}), handle=handle)
        listeners = Listeners(postgres, MemoryBus(), clock, [listener])
        early = Writer(postgres, 1)

        async with in_background(listeners.run()):
            await listeners.idle()
            await early.begin()
            await tell(postgres, 2)
            await listeners.idle()
            handled_before = list(handled)
            await early.commit()
            await all_done(postgres, listeners)

        assert (handled_before, numbers(handled)) == ([], [1, 2])
