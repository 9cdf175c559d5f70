"""The log of facts, as those who react to it see it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Self

import structlog

from hirewire.kit.clock import Clock, Timer
from hirewire.kit.facts import Position, Recorded
from hirewire.runtime.bus import Bus, BusUnavailable, ListenerLagged
from hirewire.runtime.db import DRIVER_ERRORS, Database
from hirewire.runtime.log import store
from hirewire.runtime.log.carried import TOPIC, Carried, read_message
from hirewire.runtime.log.store import Entry
from hirewire.runtime.rest import LIVE_PAUSE_S, pause_s

POLL_S: Final = 5.0
BATCH: Final = 500

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Log:
    """
    Everything that was told and committed, in one order that all readers share.

    *poll_s* is how often followers look into the database, in case the bus lost something;
    None for never. *kinds* are those that the relay publishes, and so those that can be
    followed; None for all.
    """

    db: Database
    bus: Bus
    clock: Clock
    poll_s: float | None = POLL_S
    kinds: frozenset[str] | None = None

    async def read(self, after: Position, limit: int) -> list[Recorded]:
        """
        Return up to *limit* facts after *after*, oldest first; none means that it is the end.

        Facts of a kind that this program does not know are passed over. What is returned is
        complete: no fact will appear later between two that were read.
        """
        async with self.db.read() as reader:
            while entries := await store.read(reader, after, limit):
                known = [recorded for entry in entries if (recorded := entry.recorded())]
                if known:
                    return known
                after = entries[-1].position
        return []

    async def end(self) -> Position:
        """Return the position of the newest fact."""
        async with self.db.read() as reader:
            return await store.end(reader)

    @asynccontextmanager
    async def follow(
        self, after: Position | None = None, on_look: Callable[[], object] | None = None
    ) -> AsyncGenerator[AsyncIterator[Recorded], None]:
        """
        Iterate over the facts after *after*, each once and in order, without end.

        None means from now: what is committed after entry. While the database or the bus is
        out of reach the iterator waits for it. *on_look* hears of each time that the database
        was read, whatever was found.
        """
        async with _Follower(
            self.db, self.bus, self.clock, self.poll_s, self.kinds, on_look
        ) as follower:
            position = await self.end() if after is None else after
            async with aclosing(follower.facts(position)) as facts:
                yield facts


@dataclass(slots=True)
class _Follower:
    """Hears the bus, and reads the log for what the bus did not say."""

    db: Database
    bus: Bus
    clock: Clock
    poll_s: float | None
    kinds: frozenset[str] | None
    on_look: Callable[[], object] | None

    _subscription: AsyncExitStack = field(default_factory=AsyncExitStack)
    _messages: AsyncIterator[bytes] | None = None
    _is_over: bool = False
    _failures: int = 0
    _alarm: Timer | None = None
    _waiting: asyncio.Timeout | None = None
    _must_look: bool = False

    async def __aenter__(self) -> Self:
        await self._subscribe()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        await self._subscription.aclose()

    async def facts(self, position: Position) -> AsyncGenerator[Recorded, None]:
        """Iterate over the facts after *position* until the bus is closed."""
        is_behind = True
        while not self._is_over:
            if is_behind:
                entries, position = await self._read(position)
                is_behind = bool(entries)
            else:
                entry = await self._hear(position)
                entries = [entry] if entry else []
                is_behind = entry is None
            for entry in entries:
                position = entry.position
                if recorded := entry.recorded():
                    yield recorded

    async def _read(self, position: Position) -> tuple[list[Entry], Position]:
        """Read what comes next; without any, say from where to look the next time."""
        while True:
            try:
                async with self.db.read() as reader:
                    entries = await store.read_kinds(
                        reader, position, kinds=self.kinds, limit=BATCH
                    )
                    if not entries:
                        position = await store.past_others(reader, position, self.kinds)
            except DRIVER_ERRORS as error:
                await self._pause(error)
            else:
                self._failures = 0
                if self.on_look is not None:
                    self.on_look()
                return entries, position

    async def _hear(self, position: Position) -> Entry | None:
        """Return the entry that the bus tells next, or None: it is time to read the log."""
        if self._messages is None:
            await self._subscribe()
        if self._messages is None or self._has_to_look():
            return None
        try:
            async with asyncio.timeout(None) as self._waiting:
                carried = await _next_after(position, self._messages)
        except TimeoutError:
            self._must_look = False
            return None
        except (ListenerLagged, BusUnavailable) as refusal:
            _log.info("log.follower_replays", reason=str(refusal))
            self._messages = None
            await self._subscription.aclose()
            return None
        finally:
            self._waiting = None
        self._is_over = carried is None
        if carried is None or carried.after > position:
            return None
        return carried.entry()

    def _has_to_look(self) -> bool:
        """Tell whether the log was not read for `poll_s`, and see that somebody will tell."""
        if self._must_look:
            self._must_look = False
            return True
        if self._alarm is None and self.poll_s is not None:
            self._alarm = self.clock.call_later(self.poll_s, self._look)
        return False

    def _look(self) -> None:
        self._alarm = None
        self._must_look = True
        if self._waiting is not None:
            self._waiting.reschedule(asyncio.get_running_loop().time())

    async def _subscribe(self) -> None:
        """Listen; what was told before is read from the log after this."""
        try:
            listening = self.bus.listen(TOPIC)
            self._messages = await self._subscription.enter_async_context(listening)
        except BusUnavailable as error:
            await self._pause(error)

    async def _pause(self, error: Exception) -> None:
        self._failures += 1
        wait = pause_s(self._failures, LIVE_PAUSE_S)
        _log.warning("log.follower_waits", error=type(error).__name__, retry_in_s=wait)
        await self.clock.sleep(wait)


async def _next_after(position: Position, messages: AsyncIterator[bytes]) -> Carried | None:
    """Return the next message that tells something new, or None where the bus is closed."""
    async for body in messages:
        carried = read_message(body)
        if carried.position > position:
            return carried
    return None
