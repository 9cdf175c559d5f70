"""
Replay: what somebody missed, sent to their stream before they hear anything live.

The stream is open and not live. Updates after its place are sent, from the ring where it
reaches back so far and else from the log, page by page, each once the reader took the one
before. What is announced meanwhile is in the ring: when all of it is sent the stream goes live
in the same turn of the event loop, so that nothing comes in between and nothing comes twice.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hirewire.kit.facts import Position
from hirewire.kit.turns import next_turn
from hirewire.realtime.announcer import Announcer
from hirewire.realtime.cursors import Cursors
from hirewire.realtime.model import Threads
from hirewire.realtime.ring import Kept
from hirewire.realtime.updates import kinds_of
from hirewire.runtime.log.history import History, Selection
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.slot import Slot

PAGE: Final = 200
SLICE_BYTES: Final = 64 * 1024
"""How much is sent at once, well below what a reader may have unsent."""


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

    It reads *page* updates at once, and sends about *slice_bytes*.
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

    async def run(self, slot: Slot) -> None:
        """Replay to *slot* until it is live, or has ended."""
        try:
            while not slot.is_live and await self.hub.drained(slot):
                await next_turn()  # A reader who takes all at once keeps nobody waiting.
                if self.announcer.ring.reaches(self.after):
                    self.send_kept(slot)
                else:
                    await self._send_page(slot)
        finally:
            if not slot.is_live:
                self.hub.close(slot)

    def send_kept(self, slot: Slot) -> None:
        """Send what the ring has, up to a slice of it, and go live after the last."""
        some: list[bytes] = []
        size = 0
        for kept in self.wanted.among(self.announcer.ring.since(self.after)):
            if size >= self.slice_bytes:
                self.hub.send(slot, b"".join(some))
                return
            some.append(kept.body)
            size += len(kept.body)
            self.after = kept.position
        if some:
            self.hub.send(slot, b"".join(some))
        self.hub.go_live(slot, self.wanted.threads.topics)

    async def _send_page(self, slot: Slot) -> None:
        """Send a page of the log, and move on to its end also where it is empty."""
        upto = self.announcer.head
        if upto is None or await self._has_gap():
            self.hub.close(slot)
            return
        entries = await self.history.read(
            self.wanted.selection, self.after, upto, limit=self.page
        )
        recorded = [each for entry in entries if (each := entry.recorded())]
        frames = [kept for each in recorded if (kept := self.announcer.frame(each))]
        if frames:
            self.hub.send(slot, b"".join(kept.body for kept in frames))
        if entries:
            self.at = entries[-1].at
        self.after = entries[-1].position if len(entries) == self.page else upto

    async def _has_gap(self) -> bool:
        """Whether facts were removed before they could be replayed: the reader must know."""
        if not self.cursors.is_too_old(self.at):
            return False
        return await self.history.has_gap_after(self.after)
