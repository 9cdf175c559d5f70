"""
The hub: who listens to which topic, and one write per listener and turn of the loop.

Framing: a stream is delimited by the close of its connection, so its body is the frames and
nothing else, and the same bytes object goes to every subscriber. A kind of stream whose
readers want one event per HTTP chunk is `chunked`; the chunk is then wrapped once per frame,
not once per subscriber, whenever such a subscriber is there.

Writing: `publish` only notes that a frame is due; the frames of one turn of the event loop
leave together, joined into one write per slot. That write goes straight to the socket. The
transport carries what the socket did not take, and everything after it until it is empty
again, so the order holds. While a flush to thousands of sockets runs, the frames that come in
wait for the next one: under load frames join by themselves, and no timer is needed for it.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence, Set
from math import inf
from typing import Final
from uuid import UUID

from hirewire.kit.clock import Clock
from hirewire.kit.turns import next_turn
from hirewire.web.streams.counts import Counts
from hirewire.web.streams.frames import LAST_CHUNK, chunk, frame
from hirewire.web.streams.held import Held
from hirewire.web.streams.peers import PeerWatch
from hirewire.web.streams.sharing import Due, shares
from hirewire.web.streams.slot import (
    INDIRECT,
    UNHEARD,
    Audience,
    OnClose,
    Pipe,
    Reason,
    Slot,
    StreamKind,
)
from hirewire.web.streams.topics import Topics
from hirewire.web.streams.wheel import Wheel
from hirewire.web.streams.writing import Writer

CAUGHT_UP_BYTES: Final = 64 * 1024
"""What may be unsent when more is sent: above it a transport tells when it is below again."""

_GRACE_S: Final = 5.0
_RETURN_MS: Final = (500, 3_000)
_CLOSED_AT_ONCE: Final = 256
_WATCH: Final = PeerWatch()


class Hub:
    """
    All open streams of this process.

    Not to be called from another thread than the event loop's. *fraction* draws from 0 up to 1.
    *revoked* is the live set of the ids that hold no stream any more. Each of `on_flushed` is
    called after a write of frames that were published.
    """

    def __init__(
        self,
        clock: Clock,
        fraction: Callable[[], float],
        revoked: Set[UUID] = frozenset(),
        *,
        watch: PeerWatch = _WATCH,
    ) -> None:
        self.counts = Counts()
        self._writer = Writer(self.counts, self._forget)
        self.is_draining = False
        self.clock = clock
        self.on_flushed: list[Callable[[], object]] = []
        self._fraction = fraction
        self._revoked = revoked
        self._watch = watch
        self._held = Held()
        self._slots: dict[Slot, None] = {}
        self._topics = Topics()
        self._audiences: dict[Audience, Audience] = {}
        self._wheel: Wheel[Slot] = Wheel(clock, self._came_due)
        self._next_beats: dict[Slot, float] = {}  # of those that wait for something earlier
        self._due: list[Due] = []
        self._behind: dict[Slot, asyncio.Event] = {}
        self._leaving: set[Slot] = set()
        self._all_left = asyncio.Event()

    @property
    def open_streams(self) -> int:
        """How many streams are open now."""
        return len(self._slots)

    def kinds(self) -> Counter[str]:
        """Count the open streams by the name of their kind."""
        return Counter(slot.kind.name for slot in self._slots)

    @property
    def unsent_bytes(self) -> int:
        """How much waits with us for readers that do not take it."""
        behind = [slot for slot in self._slots if slot.fd == INDIRECT]
        return sum(slot.pipe.get_write_buffer_size() for slot in [*behind, *self._leaving])

    def listeners(self, topic: str) -> tuple[Slot, ...]:
        """The open streams that listen to *topic*, in the order in which they came."""
        return tuple(slot for _, slots in self._topics.groups(topic) for slot in slots)

    def is_heard(self, topic: str) -> bool:
        """Whether somebody listens to *topic*, so that it is worth encoding a frame for."""
        return topic in self._topics

    def held_by(self, holder: UUID) -> tuple[Slot, ...]:
        """The open streams that *holder* holds, in the order in which they came."""
        return self._held.by(holder)

    def open(
        self,
        pipe: Pipe,
        kind: StreamKind,
        *,
        topics: Iterable[str],
        head: bytes = b"",
        first: tuple[bytes, ...] = (),
        accepts: frozenset[str] | None = None,
        lifetime_s: float = inf,
        chunked: bool = False,
        holders: Collection[UUID] = (),
        is_live: bool = True,
        on_close: OnClose | None = None,
    ) -> Slot:
        """
        Take *pipe* over as a stream; write *head* to it as it is, and the frames *first*.

        The stream hears every later frame of *topics* whose event is in *accepts* (None: any).
        It ends after *lifetime_s*, or earlier when its kind says so or one of *holders* is
        revoked, be it before it opens. One that is not live yet is sent what was missed, until
        `go_live`. *on_close* is called from the loop, once, when it has ended. *accepts*
        should come from a closed set of names.
        """
        self.flush()
        now_s = self.clock.monotonic()
        slot = Slot(
            self,
            pipe,
            kind,
            audience=self._audience(accepts, chunked=chunked),
            expires_at_s=now_s + lifetime_s,
            retires_at_s=now_s + self._longest_life(kind),
            holders=holders,
            is_live=is_live,
            on_close=on_close,
        )
        pipe.set_protocol(slot)
        self._watch.begin(pipe)
        self._slots[slot] = None
        self._held.add(slot)
        self.counts.opened += 1
        for topic in topics:
            self.subscribe(slot, topic)
        self._schedule(slot, self._next_beat(kind, now_s))
        self._writer.write_one(slot, map(slot.encode, first), head=head)
        if not self._revoked.isdisjoint(holders):
            self.close(slot, reason=Reason.REVOKED)
        return slot

    def go_live(self, slot: Slot, topics: Iterable[str]) -> None:
        """Let *slot* hear *topics* from now on: it was sent all that came before."""
        slot.is_live = True
        for topic in topics:
            self.subscribe(slot, topic)

    def renew(self, slot: Slot, *, lifetime_s: float, holders: Collection[UUID]) -> None:
        """
        Let *slot* live for *lifetime_s* from now on, held by *holders* instead.

        Its greatest age stays what it was. It will be warned again.
        """
        if slot.reason is not None:
            return
        self._held.drop(slot)
        slot.hold(holders)
        self._held.add(slot)
        slot.expires_at_s = self.clock.monotonic() + lifetime_s
        slot.is_warned = False
        beat_at_s = inf if slot.tick is None else slot.tick.at_s
        self._schedule(slot, self._next_beats.pop(slot, beat_at_s))
        if not self._revoked.isdisjoint(holders):
            self.close(slot, reason=Reason.REVOKED)

    def subscribe(self, slot: Slot, topic: str) -> None:
        """Let *slot* hear the frames that are published to *topic* from now on."""
        if slot.reason is not None or topic in slot.topics:
            return
        self.flush()
        slot.topics += (self._topics.join(slot, topic),)

    def unsubscribe(self, slot: Slot, topic: str) -> None:
        """Let *slot* hear no more of *topic*."""
        if slot.reason is not None or topic not in slot.topics:
            return
        self.flush()
        slot.topics = tuple(other for other in slot.topics if other != topic)
        self._topics.leave(slot, topic)

    def publish(self, topic: str, body: bytes, *, event: str = "") -> bool:
        """
        Send the frame *body* to every listener of *topic* that accepts *event*.

        Says whether the topic has listeners: then a flush will follow.
        """
        self.counts.published += 1
        if topic not in self._topics:
            return False
        if not self._due:
            asyncio.get_running_loop().call_soon(self.flush)
        self._due.append(Due(topic, event, body))
        return True

    def send(self, slot: Slot, *bodies: bytes) -> None:
        """Send the frames *bodies* to *slot* alone, after all that was published before."""
        self.flush()
        self._writer.write_one(slot, map(slot.encode, bodies))

    async def drained(self, slot: Slot) -> bool:
        """Wait until *slot* has little unsent and may be sent more; False when it ended."""
        if slot.reason is None and slot.pipe.get_write_buffer_size() > CAUGHT_UP_BYTES:
            await self._behind.setdefault(slot, asyncio.Event()).wait()
        return slot.reason is None

    def flush(self) -> None:
        """Write the frames that are due now; otherwise the next turn of the loop does."""
        if not self._due:
            return
        due, self._due = self._due, []
        for share in shares(due, self._topics):
            self._writer.write_all(*share)
        for told in self.on_flushed:
            told()

    def close(
        self, slot: Slot, *, reason: Reason = Reason.CLOSED, wait_ms: int | None = None
    ) -> None:
        """
        End *slot* after what is due to it and its farewell; harmless when it ended.

        The farewell asks to come back after *wait_ms*, or else after a moment by chance.
        """
        self.flush()
        if slot.reason is not None:
            return
        if reason not in UNHEARD:
            last = slot.encode(self._farewell(slot, reason, wait_ms))
            tail = LAST_CHUNK if slot.audience.chunked else b""
            self._writer.write_one(slot, (last,), tail=tail)
        if slot.reason is None:
            self._forget(slot, reason)
            if slot.pipe.get_write_buffer_size():
                self._leaving.add(slot)
                self._wheel.put(slot, self.clock.monotonic() + _GRACE_S)
            slot.pipe.close()

    def close_held(self, ids: Iterable[UUID], *, reason: Reason = Reason.REVOKED) -> None:
        """End every stream that one of *ids* holds."""
        for holder in ids:
            for slot in self._held.by(holder):
                self.close(slot, reason=reason)

    def close_all(self, *, reason: Reason = Reason.CLOSED) -> None:
        """End every stream that is open now."""
        for slot in tuple(self._slots):
            self.close(slot, reason=reason)

    async def drain(
        self,
        grace_s: float = 5.0,
        *,
        retry_from_ms: int = 1_000,
        retry_to_ms: int = 10_000,
        returns_per_s: int = 1_000,
    ) -> None:
        """
        End every stream, each with its own moment to return, so that they come back spread out.

        The more there are the longer it takes: no more than *returns_per_s* are to come. No
        stream opens from now on. What a reader has not taken after *grace_s* is dropped.
        """
        self.is_draining = True
        slots = tuple(self._slots)
        span_ms = max(retry_to_ms - retry_from_ms, len(slots) * 1000 // returns_per_s)
        for place, slot in enumerate(slots):
            wait_ms = retry_from_ms + span_ms * place // len(slots)
            self.close(slot, reason=Reason.DRAINED, wait_ms=wait_ms)
            if not place % _CLOSED_AT_ONCE:
                await next_turn()
        try:
            # Real time on purpose: a frozen clock must not keep a process from ending.
            async with asyncio.timeout(grace_s):
                await self._wait_until_all_left()
        except TimeoutError:
            for slot in tuple(self._leaving):
                slot.pipe.abort()

    def caught_up(self, slot: Slot) -> None:
        """Note that *slot* may be sent more; its protocol says so."""
        waiting = self._behind.pop(slot, None)
        if waiting is not None:
            waiting.set()

    def lost(self, slot: Slot) -> None:
        """Note that the connection of *slot* is gone; its protocol says so."""
        self._forget(slot, Reason.CLIENT)
        self._wheel.drop(slot)
        self._leaving.discard(slot)
        if not self._leaving:
            self._all_left.set()

    async def _wait_until_all_left(self) -> None:
        while self._leaving:
            self._all_left.clear()
            await self._all_left.wait()

    def _came_due(self, slots: Sequence[Slot], now_s: float) -> None:
        """Do what the wheel says is due; the beats of one tick are one loop of writes."""
        self.flush()
        beating: dict[tuple[bytes, bool], list[Slot]] = {}
        for slot in slots:
            if slot.reason is not None:
                slot.pipe.abort()  # Its farewell was not taken in time.
            elif now_s >= slot.ends_at_s:
                is_old = slot.retires_at_s < slot.expires_at_s
                self.close(slot, reason=Reason.LIFETIME if is_old else Reason.EXPIRED)
            elif self._is_to_beat(slot, now_s):
                beat = slot.kind.beat_of(slot)
                beating.setdefault((beat, slot.audience.chunked), []).append(slot)
        for (beat, chunked), group in beating.items():
            self._writer.write_all(group, chunk(beat) if chunked else beat, 1)

    def _is_to_beat(self, slot: Slot, now_s: float) -> bool:
        """Give *slot* its warning and its next place on the wheel, and say if a beat is due."""
        beat_at_s = self._next_beats.pop(slot, now_s)
        if _warned_at_s(slot) <= now_s and slot.kind.warning is not None:
            slot.is_warned = True
            self.send(slot, slot.kind.warning(slot))
        is_due = beat_at_s <= now_s
        if slot.reason is None:
            self._schedule(slot, self._next_beat(slot.kind, now_s) if is_due else beat_at_s)
        return is_due

    def _farewell(self, slot: Slot, reason: Reason, wait_ms: int | None) -> bytes:
        """Say the last word; a kind that has none says at least when to return to a drain."""
        if slot.kind.farewell is not None:
            shortest, longest = _RETURN_MS
            if wait_ms is None:
                wait_ms = shortest + int((longest - shortest) * self._fraction())
            return slot.kind.farewell(slot, reason, wait_ms)
        if wait_ms is not None:
            return frame(retry_ms=wait_ms, spaced=slot.kind.spaced)
        return b""

    def _next_beat(self, kind: StreamKind, now_s: float) -> float:
        if not kind.beat:
            return inf
        jitter = kind.heartbeat_jitter * (2 * self._fraction() - 1)
        return now_s + kind.heartbeat_s * (1 + jitter)

    def _schedule(self, slot: Slot, beat_at_s: float) -> None:
        """Wake for what comes first, and keep in mind when to beat if that comes later."""
        at_s = min(beat_at_s, slot.ends_at_s, _warned_at_s(slot))
        if at_s < beat_at_s:
            self._next_beats[slot] = beat_at_s
        if at_s != inf:
            self._wheel.put(slot, at_s)

    def _audience(self, accepts: frozenset[str] | None, *, chunked: bool) -> Audience:
        """Find the one audience of its sort, so that each slot need not hold its own."""
        audience = Audience(accepts, chunked)
        return self._audiences.setdefault(audience, audience)

    def _longest_life(self, kind: StreamKind) -> float:
        return kind.longest_life_s * (1 - kind.life_jitter * self._fraction())

    def _forget(self, slot: Slot, reason: Reason) -> None:
        """Take *slot* off every list, so that nothing is written to its number any more."""
        if slot.reason is not None:
            return
        slot.reason = reason
        slot.fd = INDIRECT
        self._slots.pop(slot, None)
        self._held.drop(slot)
        self._wheel.drop(slot)
        self._next_beats.pop(slot, None)
        for topic in slot.topics:
            self._topics.leave(slot, topic)
        self.caught_up(slot)
        self.counts.closed[reason] += 1
        if slot.on_close is not None:
            asyncio.get_running_loop().call_soon(slot.on_close, slot, reason)


def _warned_at_s(slot: Slot) -> float:
    """When *slot* is to be told that its lifetime is almost over."""
    if slot.is_warned or slot.kind.warning is None:
        return inf
    return slot.expires_at_s - slot.kind.warn_before_s
