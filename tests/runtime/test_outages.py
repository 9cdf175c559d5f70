"""Background work while the database or the bus is out of reach: it waits, and goes on."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.kit.facts import START, Fact, Recorded
from hirewire.runtime.bus import Bus, BusUnavailable, MemoryBus, Message
from hirewire.runtime.db import Database, TaskCall, UnitOfWork
from hirewire.runtime.log import DurableListener, Listeners, Log, Relay
from hirewire.runtime.tasks import TaskRunner, waiting
from tests.fixtures.background import in_background, until


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoonDropped(Fact):
    """A fact that only this module tells."""

    kind: ClassVar[str] = "spoon.dropped"

    number: int


class Outage:
    """A bus that is away the first so many times that somebody asks."""

    is_up = True

    def __init__(self, *, publishing: int = 0, listening: int = 0) -> None:
        self._bus = MemoryBus()
        self._publishing = publishing
        self._listening = listening

    async def publish(self, topic: str, body: bytes, *, message_id: str) -> None:
        await self.publish_many(topic, [Message(message_id, body)])

    async def publish_many(self, topic: str, messages: Sequence[Message]) -> None:
        if self._publishing:
            self._publishing -= 1
            raise BusUnavailable(where="here", reason="it is away")
        await self._bus.publish_many(topic, messages)

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncGenerator[AsyncIterator[bytes], None]:
        if self._listening:
            self._listening -= 1
            raise BusUnavailable(where="here", reason="it is away")
        async with self._bus.listen(topic) as messages:
            yield messages

    async def mention(self, topic: str, body: bytes) -> None:
        await self._bus.mention(topic, body)

    def overhear(self, topic: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return self._bus.overhear(topic)

    async def close(self) -> None:
        await self._bus.close()


async def tell(database: Database, number: int) -> None:
    async with database.unit() as uow:
        uow.tell(SpoonDropped(employer_id=None, number=number))


def number_of(recorded: Recorded) -> int:
    assert isinstance(recorded.fact, SpoonDropped)
    return recorded.fact.number


def break_once(database: Database, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let the next call of `unit` or `read` fail as a disk does."""
    whole = getattr(database, name)

    def fail() -> AbstractAsyncContextManager[object]:
        monkeypatch.setattr(database, name, whole)
        msg = "disk I/O error"
        raise sqlite3.OperationalError(msg)

    monkeypatch.setattr(database, name, fail)


class TestRelay:
    async def test_publishes_once_the_bus_is_back(
        self, sqlite_database: Database, clock: MovableClock
    ) -> None:
        """
        Refused twice, it tries after one second and after two more, and loses nothing.
        """
        bus: Bus = Outage(publishing=2)
        relay = Relay(sqlite_database, bus, clock, poll_s=None)
        log = Log(sqlite_database, bus, clock, poll_s=None)
        clock.on_step.append(relay.idle)

        async with in_background(relay.run()), log.follow() as facts:
            await relay.idle()
            await tell(sqlite_database, 1)
            await relay.idle()
            await clock.advance(timedelta(seconds=2.9))
            handled_before = relay.handled
            await clock.advance(timedelta(seconds=0.1))

            assert number_of(await anext(facts)) == 1
        assert (handled_before, relay.handled) == (0, 1)

    async def test_goes_on_once_the_database_is_back(
        self,
        sqlite_database: Database,
        clock: MovableClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """
        A read that failed is done again a second later.
        """
        relay = Relay(sqlite_database, MemoryBus(), clock, poll_s=None)
        clock.on_step.append(relay.idle)

        async with in_background(relay.run()):
            await relay.idle()
            async with sqlite_database.unit() as uow:
                uow.tell(SpoonDropped(employer_id=None, number=1))
                break_once(sqlite_database, monkeypatch, "read")
            await relay.idle()
            handled_before = relay.handled
            await clock.advance(timedelta(seconds=1))

        assert (handled_before, relay.handled) == (0, 1)


class TestFollow:
    async def test_reads_the_table_while_the_bus_is_away(
        self, sqlite_database: Database, clock: MovableClock
    ) -> None:
        """
        A follower that cannot listen waits, and hears all once it can.
        """
        bus: Bus = Outage(listening=1)
        relay = Relay(sqlite_database, bus, clock, poll_s=None)
        log = Log(sqlite_database, bus, clock, poll_s=None)

        async def hear() -> list[int]:
            async with log.follow(START) as facts:
                return [number_of(await anext(facts)) for _ in range(2)]

        async with in_background(relay.run()):
            await tell(sqlite_database, 1)
            hearing = asyncio.create_task(hear())
            await clock.advance(timedelta(seconds=1))
            await tell(sqlite_database, 2)
            async with asyncio.timeout(10):
                heard = await hearing

        assert heard == [1, 2]

    async def test_goes_on_once_the_database_is_back(
        self,
        sqlite_database: Database,
        clock: MovableClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """
        A read that failed is done again a second later, from the same place.
        """
        log = Log(sqlite_database, MemoryBus(), clock, poll_s=None)
        await tell(sqlite_database, 1)

        async with log.follow(START) as facts:
            break_once(sqlite_database, monkeypatch, "read")
            hearing = asyncio.ensure_future(anext(facts))
            await asyncio.sleep(0)
            was_done = hearing.done()
            await clock.advance(timedelta(seconds=1))

            assert number_of(await hearing) == 1
        assert not was_done


class TestListeners:
    async def test_go_on_without_the_bus(
        self, sqlite_database: Database, clock: MovableClock
    ) -> None:
        """
        Listeners that cannot hear the bus look by themselves, and listen again later.
        """
        handled: list[int] = []

        async def handle(uow: UnitOfWork, recorded: Recorded) -> None:
            handled.append(number_of(recorded))

        listener = DurableListener(
            name="spoons", kinds=frozenset({SpoonDropped.kind}), handle=handle
        )
        bus: Bus = Outage(listening=1)
        listeners = Listeners(sqlite_database, bus, clock, [listener])
        relay = Relay(sqlite_database, bus, clock, poll_s=None)
        clock.on_step.append(listeners.idle)

        async with in_background(listeners.run(), relay.run()):
            await listeners.idle()
            await tell(sqlite_database, 1)
            await clock.advance(timedelta(seconds=5))
            handled_by_looking = list(handled)
            await tell(sqlite_database, 2)
            await relay.idle()
            await listeners.idle()

        assert (handled_by_looking, handled) == ([1], [1, 2])


class TestTaskRunner:
    async def test_goes_on_once_the_database_is_back(
        self,
        sqlite_database: Database,
        clock: MovableClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """
        A claim that failed is made again a second later.
        """
        done: list[bytes] = []

        async def handle(uow: UnitOfWork, payload: bytes) -> None:
            done.append(payload)

        runner = TaskRunner(
            db=sqlite_database, clock=clock, handlers={"spoon.lift": handle}, poll_s=None
        )
        clock.on_step.append(runner.idle)
        async with in_background(runner.run()):
            await runner.idle()
            async with sqlite_database.unit() as uow:
                uow.enqueue(TaskCall(name="spoon.lift", payload="1"))
                break_once(sqlite_database, monkeypatch, "unit")
            await runner.idle()
            done_before = list(done)
            await clock.advance(timedelta(seconds=1))

        assert (done_before, done) == ([], [b"1"])

    async def test_does_what_it_took_whatever_comes_after(
        self,
        sqlite_database: Database,
        clock: MovableClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """
        A task that was claimed runs, even if nobody can say what will be due next.
        """
        done: list[bytes] = []

        async def handle(uow: UnitOfWork, payload: bytes) -> None:
            done.append(payload)

        runner = TaskRunner(
            db=sqlite_database, clock=clock, handlers={"spoon.lift": handle}, poll_s=None
        )
        async with sqlite_database.unit() as uow:
            uow.enqueue(TaskCall(name="spoon.lift", payload="1"))
        break_once(sqlite_database, monkeypatch, "read")
        async with in_background(runner.run()):
            await until(lambda: runner.handled)

        async with sqlite_database.read() as reader:
            assert await waiting(reader) == []
        assert done == [b"1"]

    async def test_leaves_a_failure_it_cannot_note_to_the_lease(
        self,
        sqlite_database: Database,
        clock: MovableClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """
        When not even the failure can be written, the task is tried again after its lease.
        """
        calls = 0

        async def handle(uow: UnitOfWork, payload: bytes) -> None:
            nonlocal calls
            calls += 1
            if calls == 1:
                break_once(sqlite_database, monkeypatch, "unit")
                raise ZeroDivisionError

        runner = TaskRunner(
            db=sqlite_database, clock=clock, handlers={"spoon.lift": handle}, poll_s=None
        )
        clock.on_step.append(runner.idle)
        async with in_background(runner.run()):
            async with sqlite_database.unit() as uow:
                uow.enqueue(TaskCall(name="spoon.lift", payload="1"))
            await runner.idle()
            calls_before = calls
            await clock.advance(timedelta(seconds=60))

        async with sqlite_database.read() as reader:
            assert await waiting(reader) == []
        assert (calls_before, calls) == (1, 2)
