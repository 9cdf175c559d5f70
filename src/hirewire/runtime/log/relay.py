"""
The relay: from the log to the bus, in the order of the log.

A bus of one process gets all that is recorded while it runs, by whatever process. A bus that
processes share has one cursor in the database, which moves once its facts are published: a
crash in between publishes them again, and so may two processes at once; listeners drop what
they have seen. Nobody holds a lock or a transaction while the network is asked, and of each
fact the first copy still comes after the first copy of the one before.
"""

from dataclasses import dataclass, field
from typing import Final

import structlog

from hirewire.kit.clock import Clock
from hirewire.kit.facts import Position
from hirewire.runtime.bus import Bus, BusUnavailable, Message
from hirewire.runtime.db import DRIVER_ERRORS, Database, UnitOfWork
from hirewire.runtime.log import store
from hirewire.runtime.log.carried import TOPIC, Carried
from hirewire.runtime.log.store import Entry
from hirewire.runtime.rest import LIVE_PAUSE_S, Rest, pause_s

CURSOR: Final = "relay"
POLL_S: Final = 5.0
UNSETTLED_POLL_S: Final = 0.02
BATCH: Final = 500

_PASSING: Final[tuple[type[Exception], ...]] = (BusUnavailable, *DRIVER_ERRORS)

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Relay:
    """
    Publishes what is recorded, soon after its commit.

    *poll_s* is how often it looks for what other processes recorded, None where there are
    none. *kinds* are those that somebody listens to; facts of other kinds stay in the log and
    cost nothing here. None for all.
    """

    db: Database
    bus: Bus
    clock: Clock
    is_shared: bool = False
    poll_s: float | None = POLL_S
    kinds: frozenset[str] | None = None
    handled: int = 0

    _rest: Rest = field(init=False)
    _has_unsettled: bool = False
    _passed_over: int = 0

    def __post_init__(self) -> None:
        self._rest = Rest(self.clock)

    async def run(self) -> None:
        """Publish until cancelled."""
        self.db.committed.append(self._hear)
        try:
            async with self._rest.at_work():
                await self._run()
        finally:
            self.db.committed.remove(self._hear)

    def wake(self) -> None:
        """Look for what other processes recorded, without waiting for it."""
        self._rest.wake()

    async def idle(self) -> None:
        """Return when everything that can be read is published, or it does not run."""
        await self._rest.idle()

    async def _run(self) -> None:
        position: Position | None = None
        failures = 0
        while True:
            try:
                if position is None:
                    position = await self._begin()
                position, count = await self._publish_some(position)
            except _PASSING as error:
                failures += 1
                wait = pause_s(failures, LIVE_PAUSE_S)
                _log.warning("relay.failed", error=type(error).__name__, retry_in_s=wait)
                await self._rest.pause(wait)
                continue
            failures = 0
            if count < BATCH:
                await self._rest.until_woken(
                    UNSETTLED_POLL_S if self._has_unsettled else self.poll_s
                )

    async def _begin(self) -> Position:
        """Begin where the log ends: whoever listens has read it up to there itself."""
        async with self.db.read() as reader:
            end = await store.end(reader)
        if self.is_shared:
            async with self.db.unit() as uow:
                await store.enrol(uow, CURSOR, end)
        return end

    async def _publish_some(self, position: Position) -> tuple[Position, int]:
        async with self.db.read() as reader:
            if self.is_shared:
                position = await store.cursor(reader, CURSOR)
            entries = await store.read_kinds(reader, position, kinds=self.kinds, limit=BATCH)
            self._has_unsettled = await store.has_unsettled(reader)
            if entries:
                reached = entries[-1].position
            else:
                reached = await store.past_others(reader, position, self.kinds)
        if entries:
            await self.bus.publish_many(TOPIC, _messages(entries, position))
        if self.is_shared and reached != position:
            async with self.db.unit() as uow:
                await store.advance(uow, CURSOR, reached)
        self.handled += len(entries)
        return reached, len(entries)

    def _hear(self, uow: UnitOfWork) -> None:
        if self._has_unsettled or self._concerns_somebody(uow):
            self._passed_over = 0
            self._rest.wake()

    def _concerns_somebody(self, uow: UnitOfWork) -> bool:
        """Tell whether there is something to publish, or much that was passed over."""
        kinds = self.kinds
        if kinds is None or any(fact.kind in kinds for fact in uow.facts):
            return bool(uow.facts)
        self._passed_over += len(uow.facts)
        return self._passed_over >= store.IDLE_STRIDE


def _messages(entries: list[Entry], after: Position) -> list[Message]:
    befores = [after, *(entry.position for entry in entries)]
    return [
        Carried.of(entry, before).message()
        for entry, before in zip(entries, befores, strict=False)
    ]
