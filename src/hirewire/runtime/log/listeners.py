"""
Durable listeners: each fact has its effect exactly once, in the order of the log.

The cursor of a listener moves in the transaction of its effect, and the transaction holds the
cursor's row: of several processes one at a time goes on. A listener that fails stays where it
is and tries again; the others do not wait for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from hirewire.kit.clock import Clock
from hirewire.kit.facts import START, Position, Recorded
from hirewire.runtime.bus import Bus, BusUnavailable, ListenerLagged
from hirewire.runtime.db import Database, UnitOfWork
from hirewire.runtime.log import store
from hirewire.runtime.log.carried import TOPIC, read_message
from hirewire.runtime.rest import Rest, pause_s, trace_of

POLL_S: Final = 5.0
BATCH: Final = 50

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DurableListener:
    """
    What to do, in the database, about facts of some *kinds*.

    *name* is what its cursor is called, for good. A new one begins with the oldest fact there
    is, or with the next one told when *from_start* is false. One transaction handles up to
    *batch* facts.
    """

    name: str
    kinds: frozenset[str]
    handle: Callable[[UnitOfWork, Recorded], Awaitable[None]]
    from_start: bool = True
    batch: int = BATCH


@dataclass(slots=True)
class Listeners:
    """
    Runs durable listeners.

    *poll_s* is how often they look by themselves, in case the bus lost something; None for
    never.
    """

    db: Database
    bus: Bus
    clock: Clock
    listeners: Sequence[DurableListener]
    poll_s: float | None = POLL_S

    _runners: list["_Runner"] = field(init=False)

    def __post_init__(self) -> None:
        names = [listener.name for listener in self.listeners]
        if len(set(names)) != len(names):
            msg = f"two durable listeners have one name: {sorted(names)}"
            raise ValueError(msg)
        self._runners = [
            _Runner(self.db, self.clock, listener, self.poll_s) for listener in self.listeners
        ]

    @property
    def handled(self) -> int:
        """How many facts were handled since the start."""
        return sum(runner.handled for runner in self._runners)

    async def run(self) -> None:
        """Run every listener until cancelled."""
        async with asyncio.TaskGroup() as group:
            for runner in self._runners:
                group.create_task(runner.run())
            group.create_task(self._hear_forever())

    def start_over(self) -> None:
        """Begin anew with an empty log, where the cursors were removed with all the facts."""
        for runner in self._runners:
            runner.start_over()

    async def idle(self) -> None:
        """Return when every listener has handled all that can be read, or waits to retry."""
        for runner in self._runners:
            await runner.rest.idle()

    async def _hear_forever(self) -> None:
        """Wake a listener when the bus tells of something that concerns it."""
        failures = 0
        is_open = True
        while is_open:
            try:
                async with self.bus.listen(TOPIC) as messages:
                    failures = 0
                    self._wake_all()
                    async for body in messages:
                        self._wake(read_message(body).kind)
                    is_open = False
            except ListenerLagged:
                continue
            except BusUnavailable as error:
                failures += 1
                wait = pause_s(failures)
                _log.warning("listeners.deaf", error=str(error), retry_in_s=wait)
                await self.clock.sleep(wait)

    def _wake(self, kind: str) -> None:
        for runner in self._runners:
            if kind in runner.listener.kinds:
                runner.rest.wake()

    def _wake_all(self) -> None:
        for runner in self._runners:
            runner.rest.wake()


@dataclass(slots=True)
class _Runner:
    """One listener at work."""

    db: Database
    clock: Clock
    listener: DurableListener
    poll_s: float | None
    handled: int = 0

    rest: Rest = field(init=False)
    _seen: Position = START
    _is_enrolled: bool = False
    _failures: int = 0
    _careful: int = 0

    def __post_init__(self) -> None:
        self.rest = Rest(self.clock)

    def start_over(self) -> None:
        self._is_enrolled = False
        self.rest.wake()

    async def run(self) -> None:
        async with self.rest.at_work():
            while True:
                try:
                    has_more = await self._go_on()
                except Exception as error:  # noqa: BLE001 - a listener may fail at anything
                    await self._pause(error)
                    continue
                self._failures = 0
                if not has_more:
                    await self.rest.until_woken(self.poll_s)

    async def _go_on(self) -> bool:
        """Handle a few facts; tell whether there may be more for us."""
        if not self._is_enrolled:
            await self._enrol()
        return await self._has_work() and await self._handle_some()

    async def _enrol(self) -> None:
        async with self.db.read() as reader:
            begin = START if self.listener.from_start else await store.end(reader)
        async with self.db.unit() as uow:
            await store.enrol(uow, self.listener.name, begin)
        self._is_enrolled = True

    async def _has_work(self) -> bool:
        """Look without locking anything whether there is a fact for this listener."""
        listener = self.listener
        async with self.db.read() as reader:
            cursor = await store.cursor(reader, listener.name)
            seen = max(cursor, self._seen)
            if await store.read_kinds(reader, seen, kinds=listener.kinds, limit=1):
                return True
            self._seen = max(seen, await store.end(reader))
        if self._seen.seq - cursor.seq >= store.IDLE_STRIDE:
            async with self.db.unit() as uow:
                await store.advance(uow, listener.name, self._seen)
        return False

    async def _handle_some(self) -> bool:
        """Handle what is next in one transaction."""
        listener = self.listener
        limit = 1 if self._careful else listener.batch
        async with self.db.unit() as uow:
            cursor = await store.lock_cursor(uow, listener.name)
            if cursor is None:
                return False
            entries = await store.read_kinds(uow, cursor, kinds=listener.kinds, limit=limit)
            for entry in entries:
                if recorded := entry.recorded():
                    await listener.handle(uow, recorded)
            if entries:
                await store.advance(uow, listener.name, entries[-1].position)
        self.handled += len(entries)
        self._careful = max(0, self._careful - len(entries))
        return bool(entries)

    async def _pause(self, error: Exception) -> None:
        self._failures += 1
        self._careful = BATCH  # One by one, what stands before the culprit is not held up.
        wait = pause_s(self._failures)
        _log.warning(
            "listener.failed",
            listener=self.listener.name,
            error=type(error).__name__,
            retry_in_s=wait,
            trace=trace_of(error),
        )
        await self.rest.pause(wait)
