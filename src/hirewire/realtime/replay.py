"""
Replay: what somebody missed, sent to their stream before they hear anything live.

The stream is open and not live. Updates after its place are sent, from the ring where it
reaches back so far and else from the log, page by page, each once the reader took the one
before. What is announced meanwhile is in the ring: when all of it is sent the stream goes live
in the same turn of the event loop, so that nothing comes in between and nothing comes twice.

A replay that cannot go on is given up: its stream is closed, and the reader comes back with the
cursor of what came last. Nothing keeps it waiting for ever (`realtime.replays.Patience`).
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from hirewire.kit.clock import SystemClock
from hirewire.kit.facts import Position
from hirewire.kit.turns import next_turn
from hirewire.realtime.announcer import Announcer
from hirewire.realtime.cursors import Cursors
from hirewire.realtime.model import Threads
from hirewire.realtime.replays import Cause, Patience, Progress, Replays, Wait
from hirewire.realtime.ring import Kept
from hirewire.realtime.updates import kinds_of
from hirewire.runtime.db import DRIVER_ERRORS
from hirewire.runtime.log.history import History, Selection
from hirewire.runtime.log.store import Entry
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.slot import Reason, Slot

PAGE: Final = 200
SLICE_BYTES: Final = 64 * 1024
"""How much is sent at once, well below what a reader may have unsent."""

_log = structlog.get_logger(__name__)
# A clock that stands still makes neither a database nor a reader quicker.
_real_clock: Final = SystemClock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which updates a stream carries: of which threads, and of which event types."""

    threads: Threads
    accepts: frozenset[str] | None = None

    def among(self, frames: Iterable[Kept]) -> Iterator[Kept]:
        """Pick them out of *frames*."""
        topics, accepts = frozenset(self.threads.topics), self.accepts
        for kept in frames:
            if accepts is not None and kept.event not in accepts:
                continue
            if not topics.isdisjoint(kept.topics):
                yield kept

    @property
    def selection(self) -> Selection:
        """Find them in the log."""
        one = self.threads.conversation_id
        return Selection(
            kinds=kinds_of(self.accepts),
            employer_ids=self.threads.employer_ids,
            mentions=None if one is None else f'"conversation_id":"{one}"',
        )


@dataclass(slots=True, kw_only=True)
class Replay:
    """
    Brings one stream from the place *after*, told at *at*, up to the head.

    It reads *page* updates at once, and sends about *slice_bytes*. Its *progress* is seen in
    *replays* while it runs.
    """

    announcer: Announcer
    history: History
    cursors: Cursors
    hub: Hub
    wanted: Wanted
    after: Position
    at: datetime
    page: int = PAGE
    slice_bytes: int = SLICE_BYTES
    replays: Replays = field(default_factory=Replays)
    progress: Progress = field(default_factory=Progress)
    patience: Patience = field(default_factory=Patience)

    async def run(self, slot: Slot) -> None:
        """Replay to *slot* until it is live, or has ended."""
        try:
            with self.replays.under_way(self.progress):
                while not slot.is_live and await self._is_taken(slot):
                    await next_turn()  # A reader who takes all at once keeps nobody waiting.
                    if self.announcer.ring.reaches(self.after):
                        self.send_kept(slot)
                    else:
                        await self._send_page(slot)
        finally:
            if not slot.is_live:
                self.give_up(slot, Cause.INTERRUPTED)

    def give_up(self, slot: Slot, cause: Cause, **more: object) -> None:
        """Close *slot*, whose reader is to come back for the rest; harmless when it ended."""
        if slot.reason is not None:
            return
        self.replays.given_up[cause] += 1
        _log.info("realtime.replay_given_up", cause=cause.value, **self._told_of(slot), **more)
        is_slow = cause is Cause.READER_STALLED
        self.hub.close(slot, reason=Reason.SLOW if is_slow else Reason.CLOSED)

    def send_kept(self, slot: Slot) -> None:
        """Send what the ring has, up to a slice of it, and go live after the last."""
        some: list[bytes] = []
        size = 0
        for kept in self.wanted.among(self.announcer.ring.since(self.after)):
            if size >= self.slice_bytes:
                self._send(slot, some)
                return
            some.append(kept.body)
            size += len(kept.body)
            self.after = kept.position
        self._send(slot, some)
        self.hub.go_live(slot, self.wanted.threads.topics)

    async def _send_page(self, slot: Slot) -> None:
        """Send a page of the log, and move on to its end also where it is empty."""
        upto = self.announcer.head or self.after
        entries = await self._read(slot, upto)
        if entries is None:
            return
        recorded = [each for entry in entries if (each := entry.recorded())]
        frames = [kept for each in recorded if (kept := self.announcer.frame(each))]
        self._send(slot, [kept.body for kept in frames])
        if entries:
            self.at = entries[-1].at
        self.after = entries[-1].position if len(entries) == self.page else upto

    def _send(self, slot: Slot, bodies: list[bytes]) -> None:
        self.hub.send(slot, *bodies)
        self.progress.sent += len(bodies)

    async def _is_taken(self, slot: Slot) -> bool:
        """Wait until the reader took what was sent; False when there is no going on."""
        try:
            async with self._waiting(slot, Wait.READER):
                return await self.hub.drained(slot)
        except TimeoutError:
            self.give_up(slot, Cause.READER_STALLED)
        return False

    async def _read(self, slot: Slot, upto: Position) -> list[Entry] | None:
        """Read what comes next in the log; None when there is no going on."""
        try:
            async with self._waiting(slot, Wait.DATABASE):
                entries = await self.history.read(
                    self.wanted.selection, self.after, upto, limit=self.page
                )
                # Asked last: what is removed before the page is read is not on it.
                if not await self._has_gap():
                    return entries
        except TimeoutError:
            self.give_up(slot, Cause.DATABASE_SLOW)
        except DRIVER_ERRORS as error:
            self.give_up(slot, Cause.DATABASE_FAILED, error=type(error).__name__)
        else:
            self.give_up(slot, Cause.FACTS_REMOVED)
        return None

    @asynccontextmanager
    async def _waiting(self, slot: Slot, wait: Wait) -> AsyncIterator[None]:
        """
        Show what is waited for in the block.

        Raises:
            TimeoutError: it takes too long.
        """
        self.progress.wait(wait, self.hub.clock.monotonic())
        notice = _real_clock.call_later(
            self.patience.notice_s, lambda: self._say_that_it_waits(slot)
        )
        try:
            async with asyncio.timeout(self.patience.within_s(wait)):
                yield
        finally:
            notice.cancel()

    def _say_that_it_waits(self, slot: Slot) -> None:
        _log.info("realtime.replay_waits", **self._told_of(slot))

    def _told_of(self, slot: Slot) -> dict[str, object]:
        """Say in the logs how far it is."""
        progress, head = self.progress, self.announcer.head
        return {
            "kind": slot.kind.name,
            "waits_for": progress.waits_for.value,
            "seconds": round(self.hub.clock.monotonic() - progress.since_s, 3),
            "sent": progress.sent,
            "missed": progress.missed,
            "after": str(self.after),
            "head": str(head),
        }

    async def _has_gap(self) -> bool:
        """Whether facts were removed before they could be replayed: the reader must know."""
        if not self.cursors.is_too_old(self.at):
            return False
        return await self.history.has_gap_after(self.after)
