"""
One durable listener at work: what it does about each fact, and what when it cannot.

A fact that fails time and again, by its own fault, is parked: recorded in `parked_facts` and
passed over in one transaction. What is out of reach is nobody's fault, and is waited for.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from hirewire.kit.clock import Clock
from hirewire.kit.facts import START, Position, Recorded
from hirewire.kit.refusals import HirewireError, Kind
from hirewire.runtime.db import DRIVER_ERRORS, VALUE_ERRORS, Database, UnitOfWork
from hirewire.runtime.log import parking, store
from hirewire.runtime.log.store import Entry
from hirewire.runtime.rest import Rest, fault_of, retry_s, said_of

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


@dataclass(eq=False)
class _Unhandled(Exception):
    """A listener failed at *entry*, which was parked before or comes next."""

    entry: Entry
    cause: Exception
    was_parked: bool

    def __str__(self) -> str:
        return f"{type(self.cause).__name__} at fact {self.entry.id}"

    @property
    def is_of_the_fact(self) -> bool:
        """Tell whether the fact is to blame, and not what its handling needs."""
        if isinstance(self.cause, HirewireError):
            return self.cause.kind is not Kind.UNAVAILABLE
        if isinstance(self.cause, VALUE_ERRORS):
            return True
        return not isinstance(self.cause, (*DRIVER_ERRORS, MemoryError))

    @property
    def said(self) -> str:
        return said_of(self.cause)


@dataclass(slots=True)
class Runner:
    """
    One listener at work.

    A fact is parked after *tries* failures of its own; 0 for never. *on_parked* hears of each.
    """

    db: Database
    clock: Clock
    listener: DurableListener
    poll_s: float | None
    tries: int
    on_parked: Callable[[str], None]
    handled: int = 0
    parked: int = 0

    rest: Rest = field(init=False)
    _seen: Position = START
    _is_enrolled: bool = False
    _failures: int = 0
    _careful: int = 0
    _suspect: Position | None = None
    _tried: int = 0
    _given_up: _Unhandled | None = None
    _counted_at: datetime | None = None

    def __post_init__(self) -> None:
        self.rest = Rest(self.clock)

    def start_over(self) -> None:
        """Begin anew with an empty log."""
        self._is_enrolled = False
        self._given_up = None
        self.rest.wake()

    async def run(self) -> None:
        """Handle facts until cancelled."""
        async with self.rest.at_work():
            while True:
                try:
                    has_more = await self._go_on()
                except Exception as error:  # noqa: BLE001 - a listener may fail at anything
                    if not self._gives_up(error):
                        await self._pause(error)
                    continue
                self._failures = 0
                if not has_more:
                    await self.rest.until_woken(self.poll_s)

    async def _go_on(self) -> bool:
        """Handle a few facts; tell whether there may be more for us."""
        if not self._is_enrolled:
            await self._enrol()
        if self._given_up is not None:
            await self._put_aside(self._given_up)
        if await self._has_work() and await self._handle_some():
            return True
        return await self._retry_one()

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
                await self._handle(uow, entry)
            if entries:
                await store.advance(uow, listener.name, entries[-1].position)
        self.handled += len(entries)
        self._careful = max(0, self._careful - len(entries))
        return bool(entries)

    async def _retry_one(self) -> bool:
        """Try one parked fact again, if somebody asked for it."""
        listener = self.listener
        if not self._is_time_to_count():
            return False
        async with self.db.read() as reader:
            found = await parking.count_of(reader, listener.name)
        self.parked = found.parked
        if not found.asked:
            self._counted_at = self.clock.now()
            return False
        async with self.db.unit() as uow:
            entry = await parking.take(uow, listener.name)
            if entry is None:
                return False
            await self._handle(uow, entry, was_parked=True)
            await parking.remove(uow, listener.name, entry)
        self.handled += 1
        return True

    def _is_time_to_count(self) -> bool:
        """Tell whether the parked facts were not counted lately: there are hardly ever any."""
        if self._counted_at is None or self.poll_s is None:
            return True
        return self.clock.now() - self._counted_at >= timedelta(seconds=self.poll_s)

    async def _handle(self, uow: UnitOfWork, entry: Entry, *, was_parked: bool = False) -> None:
        try:
            if recorded := entry.recorded():
                await self.listener.handle(uow, recorded)
        except Exception as error:
            raise _Unhandled(entry, error, was_parked) from error

    def _gives_up(self, error: Exception) -> bool:
        """Note a failure, and tell whether the fact it stopped at is to be put aside now."""
        if not isinstance(error, _Unhandled) or not error.is_of_the_fact:
            return False
        if not error.was_parked:
            self._careful = BATCH
            if error.entry.position != self._suspect:
                self._suspect, self._tried = error.entry.position, 0
            self._tried += 1
            if not self.tries or self._tried < self.tries:
                return False
        self._given_up = error
        return True

    async def _put_aside(self, failed: _Unhandled) -> None:
        """Park the fact, unless another process has handled or parked it meanwhile."""
        listener, entry = self.listener, failed.entry
        async with self.db.unit() as uow:
            if failed.was_parked:
                await parking.keep(uow, listener.name, entry, failed.said)
            elif not await self._pass_over(uow, failed):
                self._given_up = None
                return
        self._given_up, self._counted_at = None, None
        self._failures = 0
        _log.error(
            "listener.parked",
            listener=listener.name,
            fact=str(entry.id),
            kind=entry.kind,
            **fault_of(failed.cause),
        )
        if not failed.was_parked:
            self.on_parked(listener.name)

    async def _pass_over(self, uow: UnitOfWork, failed: _Unhandled) -> bool:
        """Record the fact as parked and go past it, if it is still the next one."""
        name, entry = self.listener.name, failed.entry
        cursor = await store.lock_cursor(uow, name)
        if cursor is None:
            return False
        kinds = self.listener.kinds
        entries = await store.read_kinds(uow, cursor, kinds=kinds, limit=1)
        if [each.position for each in entries] != [entry.position]:
            return False
        await parking.park(uow, name, entry, tries=self._tried, last_error=failed.said)
        await store.advance(uow, name, entry.position)
        return True

    async def _pause(self, error: Exception) -> None:
        self._failures += 1
        self._careful = BATCH  # One by one, what stands before the culprit is not held up.
        cause = error.cause if isinstance(error, _Unhandled) else error
        wait = retry_s(self._failures, cause)
        _log.warning(
            "listener.failed",
            listener=self.listener.name,
            retry_in_s=wait,
            **fault_of(cause),
        )
        await self.rest.pause(wait)
