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
import os
import socket
from collections.abc import Callable, Collection, Iterable, Set
from dataclasses import dataclass, field
from math import inf
from typing import Final, NamedTuple
from uuid import UUID

from hirewire.kit.clock import Clock
from hirewire.web.streams.frames import LAST_CHUNK, chunk, frame
from hirewire.web.streams.held import Held
from hirewire.web.streams.slot import INDIRECT, OnClose, Pipe, Reason, Slot, StreamKind
from hirewire.web.streams.wheel import Wheel

_DEAD_PEER_MS: Final = 30_000
_SOCKET_OPTIONS: Final = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _DEAD_PEER_MS),
)


class _Due(NamedTuple):
    """A frame that was published and not yet written."""

    topic: str
    event: str
    body: bytes


class _Listeners(NamedTuple):
    """What slots of one topic must share to be sent the same bytes."""

    accepts: frozenset[str] | None
    chunked: bool

    def wants(self, event: str) -> bool:
        return self.accepts is None or event in self.accepts


@dataclass(slots=True)
class Counts:
    """What a hub has done so far, for the metrics."""

    opened: int = 0
    published: int = 0
    delivered: int = 0
    delivered_bytes: int = 0
    closed: dict[Reason, int] = field(default_factory=lambda: dict.fromkeys(Reason, 0))


class Hub:
    """
    All open streams of this process.

    Not to be called from another thread than the event loop's. *fraction* draws from 0 up to 1.
    *revoked* is the live set of the ids that hold no stream any more.
    """

    def __init__(
        self, clock: Clock, fraction: Callable[[], float], revoked: Set[UUID] = frozenset()
    ) -> None:
        self.counts = Counts()
        self.is_draining = False
        self.clock = clock
        self._fraction = fraction
        self._revoked = revoked
        self._held = Held()
        self._slots: dict[Slot, None] = {}
        self._topics: dict[str, dict[_Listeners, dict[Slot, None]]] = {}
        self._wheel: Wheel[Slot] = Wheel(clock, self._came_due)
        self._due: list[_Due] = []
        self._leaving: set[Slot] = set()
        self._all_left = asyncio.Event()

    @property
    def open_streams(self) -> int:
        """How many streams are open now."""
        return len(self._slots)

    def listeners(self, topic: str) -> tuple[Slot, ...]:
        """The open streams that listen to *topic*, in the order in which they came."""
        groups = self._topics.get(topic, {})
        return tuple(slot for slots in groups.values() for slot in slots)

    def open(
        self,
        pipe: Pipe,
        kind: StreamKind,
        *,
        topics: Iterable[str],
        first: bytes = b"",
        accepts: frozenset[str] | None = None,
        lifetime_s: float = inf,
        chunked: bool = False,
        holders: Collection[UUID] = (),
        on_close: OnClose | None = None,
    ) -> Slot:
        """
        Take *pipe* over as a stream, and write *first* to it as it is.

        The stream hears every later frame of *topics* whose event is in *accepts* (None: any).
        It ends after *lifetime_s*, or earlier when its kind says so or one of *holders* is
        revoked, be it before it opens. *on_close* is called from the loop, once, when it has
        ended. *accepts* should come from a closed set of names.
        """
        self.flush()
        now_s = self.clock.monotonic()
        slot = Slot(
            self,
            pipe,
            kind,
            accepts=accepts,
            chunked=chunked,
            expires_at_s=now_s + min(lifetime_s, self._longest_life(kind)),
            holders=tuple(holders),
            on_close=on_close,
        )
        pipe.set_protocol(slot)
        _watch_peer(pipe)
        self._slots[slot] = None
        self._held.add(slot)
        self.counts.opened += 1
        for topic in topics:
            self.subscribe(slot, topic)
        self._schedule(slot, now_s)
        if first:
            self._carry(slot, first)
        if not self._revoked.isdisjoint(slot.holders):
            self.close(slot, reason=Reason.REVOKED)
        return slot

    def subscribe(self, slot: Slot, topic: str) -> None:
        """Let *slot* hear the frames that are published to *topic* from now on."""
        if slot.reason is not None or topic in slot.topics:
            return
        self.flush()
        slot.topics += (topic,)
        groups = self._topics.setdefault(topic, {})
        groups.setdefault(_Listeners(slot.accepts, slot.chunked), {})[slot] = None

    def unsubscribe(self, slot: Slot, topic: str) -> None:
        """Let *slot* hear no more of *topic*."""
        if topic not in slot.topics:
            return
        self.flush()
        slot.topics = tuple(other for other in slot.topics if other != topic)
        self._leave(slot, topic)

    def publish(self, topic: str, body: bytes, *, event: str = "") -> None:
        """Send the frame *body* to every listener of *topic* that accepts *event*."""
        self.counts.published += 1
        if topic not in self._topics:
            return
        if not self._due:
            asyncio.get_running_loop().call_soon(self.flush)
        self._due.append(_Due(topic, event, body))

    def send(self, slot: Slot, body: bytes) -> None:
        """Send the frame *body* to *slot* alone, after all that was published before."""
        self.flush()
        if slot.reason is None:
            self._write(slot, slot.encode(body), frames=1)

    def flush(self) -> None:
        """Write the frames that are due now; otherwise the next turn of the loop does."""
        if not self._due:
            return
        due, self._due = self._due, []
        topic, event, _ = due[0]
        if all(each.topic == topic and each.event == event for each in due):
            self._fan_out(topic, event, [each.body for each in due])
        else:
            self._gather(due)

    def close(self, slot: Slot, last: bytes = b"", *, reason: Reason = Reason.CLOSED) -> None:
        """End *slot* after what is due to it and the frame *last*; harmless when it ended."""
        self.flush()
        if slot.reason is not None:
            return
        ending = slot.encode(last) + (LAST_CHUNK if slot.chunked else b"")
        if ending:
            self._carry(slot, ending)
        if slot.reason is None:
            self._forget(slot, reason)
            if slot.pipe.get_write_buffer_size():
                self._leaving.add(slot)
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
        self, grace_s: float = 5.0, *, retry_from_ms: int = 1_000, retry_to_ms: int = 10_000
    ) -> None:
        """
        End every stream, each with its own `retry:`, so that clients come back spread out.

        No stream opens from now on. What a reader has not taken after *grace_s* is dropped.
        """
        self.is_draining = True
        slots = tuple(self._slots)
        for place, slot in enumerate(slots):
            spread_ms = (retry_to_ms - retry_from_ms) * place // len(slots)
            last = frame(retry_ms=retry_from_ms + spread_ms, spaced=slot.kind.spaced)
            self.close(slot, last, reason=Reason.DRAINED)
        try:
            # Real time on purpose: a frozen clock must not keep a process from ending.
            async with asyncio.timeout(grace_s):
                await self._wait_until_all_left()
        except TimeoutError:
            for slot in tuple(self._leaving):
                slot.pipe.abort()

    def lost(self, slot: Slot) -> None:
        """Note that the connection of *slot* is gone; its protocol says so."""
        self._forget(slot, Reason.CLIENT)
        self._leaving.discard(slot)
        if not self._leaving:
            self._all_left.set()

    async def _wait_until_all_left(self) -> None:
        while self._leaving:
            self._all_left.clear()
            await self._all_left.wait()

    def _fan_out(self, topic: str, event: str, bodies: list[bytes]) -> None:
        for listeners, slots in tuple(self._topics.get(topic, {}).items()):
            if listeners.wants(event):
                parts = map(chunk, bodies) if listeners.chunked else bodies
                self._write_all(tuple(slots), b"".join(parts), len(bodies))

    def _gather(self, due: list[_Due]) -> None:
        """Join what each slot has coming from several topics, in the order of publishing."""
        parts: dict[Slot, list[bytes]] = {}
        for topic, event, body in due:
            for listeners, slots in self._topics.get(topic, {}).items():
                if listeners.wants(event):
                    part = chunk(body) if listeners.chunked else body
                    for slot in slots:
                        parts.setdefault(slot, []).append(part)
        for slot, bodies in parts.items():
            self._write(slot, b"".join(bodies), frames=len(bodies))

    def _write_all(self, slots: tuple[Slot, ...], data: bytes, frames: int) -> None:
        """Write *data* to each slot: `_write`, unrolled for the loop that costs the most."""
        write = os.write
        size = len(data)
        for slot in slots:
            try:
                sent = write(slot.fd, data)
            except OSError:
                self._carry(slot, data)
            else:
                if sent != size:
                    self._spill(slot, data[sent:])
        self.counts.delivered += frames * len(slots)
        self.counts.delivered_bytes += size * len(slots)

    def _write(self, slot: Slot, data: bytes, *, frames: int) -> None:
        self._carry(slot, data)
        self.counts.delivered += frames
        self.counts.delivered_bytes += len(data)

    def _carry(self, slot: Slot, data: bytes) -> None:
        """Write to one slot by whichever way is open; close it when it is too far behind."""
        if slot.reason is not None:
            return
        backlog = slot.pipe.get_write_buffer_size()
        if backlog > slot.kind.slow_bytes:
            self._forget(slot, Reason.SLOW)
            slot.pipe.abort()
            return
        if not backlog and slot.fd == INDIRECT:
            slot.fd = _socket_of(slot.pipe)
        if slot.fd == INDIRECT:
            slot.pipe.write(data)
            return
        try:
            sent = os.write(slot.fd, data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._forget(slot, Reason.CLIENT)
            slot.pipe.abort()
            return
        if sent != len(data):
            self._spill(slot, data[sent:])

    def _spill(self, slot: Slot, rest: bytes) -> None:
        slot.fd = INDIRECT
        slot.pipe.write(rest)

    def _came_due(self, slot: Slot) -> None:
        now_s = self.clock.monotonic()
        if now_s >= slot.expires_at_s:
            self.close(slot, slot.kind.farewell, reason=Reason.EXPIRED)
            return
        if slot.kind.heartbeat:
            self.send(slot, slot.kind.heartbeat)
        if slot.reason is None:
            self._schedule(slot, now_s)

    def _schedule(self, slot: Slot, now_s: float) -> None:
        kind = slot.kind
        at_s = slot.expires_at_s
        if kind.heartbeat:
            jitter = kind.heartbeat_jitter * (2 * self._fraction() - 1)
            at_s = min(at_s, now_s + kind.heartbeat_s * (1 + jitter))
        if at_s != inf:
            self._wheel.put(slot, at_s)

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
        for topic in slot.topics:
            self._leave(slot, topic)
        self.counts.closed[reason] += 1
        if slot.on_close is not None:
            asyncio.get_running_loop().call_soon(slot.on_close, slot, reason)

    def _leave(self, slot: Slot, topic: str) -> None:
        groups = self._topics[topic]
        listeners = _Listeners(slot.accepts, slot.chunked)
        del groups[listeners][slot]
        if not groups[listeners]:
            del groups[listeners]
        if not groups:
            del self._topics[topic]


def _socket_of(pipe: Pipe) -> int:
    """The socket that may be written to beside *pipe*, if there is one."""
    sock = pipe.get_extra_info("socket")
    if sock is None or pipe.get_extra_info("sslcontext") is not None:
        return INDIRECT
    fd: int = sock.fileno()
    return fd


def _watch_peer(pipe: Pipe) -> None:
    """Let the kernel find peers that are gone without a word: a heartbeat alone does not."""
    sock = pipe.get_extra_info("socket")
    if sock is None or sock.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    for option in _SOCKET_OPTIONS:
        sock.setsockopt(*option)
