"""
What the hub keeps of one open stream: a slot, not a coroutine.

A slot is the protocol object of its own connection as well, so an idle stream costs one small
object beside the transport.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

from hirewire.kit.clock import Clock
from hirewire.kit.facts import Position
from hirewire.web.streams.frames import chunk
from hirewire.web.streams.wheel import Tick

INDIRECT: Final = -1


class Reason(StrEnum):
    """Why a stream ended."""

    CLIENT = "client"
    SLOW = "slow"
    EXPIRED = "expired"
    DRAINED = "drained"
    CLOSED = "closed"
    REVOKED = "revoked"
    LIFETIME = "lifetime"
    MEMBERSHIP = "membership"


UNHEARD: Final = frozenset({Reason.CLIENT, Reason.SLOW})
"""The reasons after which nobody reads a last word."""


class Pipe(Protocol):
    """The part of an asyncio transport that a stream is written to."""

    def set_protocol(self, protocol: asyncio.BaseProtocol, /) -> None: ...
    def get_extra_info(self, name: str, /) -> Any: ...
    def get_write_buffer_size(self) -> int: ...
    def write(self, data: bytes, /) -> None: ...
    def close(self) -> None: ...
    def abort(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamKind:
    """
    How the streams of one API behave: shared by all of them, so that its bytes are too.

    *beat* is sent every *heartbeat_s*, give or take *heartbeat_jitter* of it; where it is
    asked for, streams that get the same should get the same object. *warning* is asked for
    once, *warn_before_s* before the lifetime that a stream was opened with is over. *farewell*
    is the last frame of a stream that ends for a reason, and says after how many milliseconds
    to come back; who is gone or too slow is told nothing. No stream lives longer than
    *longest_life_s*, shortened at random by up to *life_jitter* of it. A reader that would
    have more than *slow_bytes* unsent is behind, and is closed; where a quarter of that or
    less waits already, what comes next may be of any size.
    """

    name: str
    beat: "bytes | Callable[[Slot], bytes]" = b""
    heartbeat_s: float = 20.0
    heartbeat_jitter: float = 0.2
    warning: "Callable[[Slot], bytes] | None" = None
    warn_before_s: float = 60.0
    farewell: "Callable[[Slot, Reason, int], bytes] | None" = None
    longest_life_s: float = 3600.0
    life_jitter: float = 0.1
    slow_bytes: int = 256 * 1024
    chunked: bool = False
    spaced: bool = True

    def is_behind(self, unsent_bytes: int, size: int) -> bool:
        """Tell whether *size* more bytes are too much for a reader with *unsent_bytes*."""
        return 4 * unsent_bytes > self.slow_bytes < unsent_bytes + size

    def beat_of(self, slot: "Slot") -> bytes:
        """Say what *slot* is sent when it beats."""
        return self.beat if isinstance(self.beat, bytes) else self.beat(slot)


class Audience(NamedTuple):
    """What slots must share to be sent the same bytes: the events they take, and framing."""

    accepts: frozenset[str] | None
    chunked: bool

    def wants(self, event: str) -> bool:
        """Tell whether such a slot is sent the frames of *event*."""
        return self.accepts is None or event in self.accepts


class Keeper(Protocol):
    """Who is told what becomes of a slot's connection: the hub."""

    @property
    def clock(self) -> Clock: ...
    def lost(self, slot: "Slot") -> None: ...
    def caught_up(self, slot: "Slot") -> None: ...


class Slot(asyncio.Protocol):
    """
    One open stream.

    *fd* is the socket to write to directly, or `INDIRECT` while bytes must go through the
    pipe: it holds unsent ones, it encrypts, it is no socket, or the stream has ended.
    *reason* is None while the stream is open. *is_live* is False while it is still sent what
    came before it opened. It ends at *expires_at_s*, and no renewal lets it live beyond
    *retires_at_s*. *renewal_id* is that of the last one, for whoever renews. *read_upto* is how
    far the log was known to who opened it, for whoever ends it by what the log tells.
    """

    __slots__ = (
        "audience",
        "expires_at_s",
        "fd",
        "is_live",
        "is_warned",
        "keeper",
        "kind",
        "on_close",
        "packed_holders",
        "pipe",
        "read_upto",
        "reason",
        "renewal_id",
        "retires_at_s",
        "subscribed",
        "tick",
    )

    def __init__(
        self,
        keeper: Keeper,
        pipe: Pipe,
        kind: StreamKind,
        *,
        audience: Audience,
        expires_at_s: float,
        retires_at_s: float,
        holders: Iterable[UUID],
        on_close: "OnClose | None",
        is_live: bool,
    ) -> None:
        self.keeper = keeper
        self.pipe = pipe
        self.kind = kind
        self.audience = audience
        self.expires_at_s = expires_at_s
        self.retires_at_s = retires_at_s
        self.hold(holders)
        self.on_close = on_close
        self.is_live = is_live
        self.is_warned = False
        self.fd = INDIRECT
        self.reason: Reason | None = None
        self.read_upto: Position | None = None
        self.renewal_id: UUID | None = None
        self.tick: Tick | None = None
        self.subscribed: tuple[str, ...] | str = ()  # Most have one: no tuple for that.

    @property
    def topics(self) -> tuple[str, ...]:
        """What it listens to."""
        subscribed = self.subscribed
        return (subscribed,) if isinstance(subscribed, str) else subscribed

    @topics.setter
    def topics(self, topics: tuple[str, ...]) -> None:
        self.subscribed = topics[0] if len(topics) == 1 else topics

    @property
    def holders(self) -> tuple[UUID, ...]:
        """The ids without which it may not go on."""
        ids = self.packed_holders
        return tuple(UUID(bytes=ids[at : at + 16]) for at in range(0, len(ids), 16))

    def hold(self, holders: Iterable[UUID]) -> None:
        """Have it held by *holders*, in one object instead of one for each."""
        self.packed_holders = b"".join(holder.bytes for holder in holders)

    def is_held_by(self, holder: UUID) -> bool:
        """Tell whether *holder* is among its holders."""
        return holder.bytes in self.packed_holders and holder in self.holders

    @property
    def ends_at_s(self) -> float:
        """When it ends at the latest, on the keeper's monotonic scale."""
        return min(self.expires_at_s, self.retires_at_s)

    def encode(self, frame: bytes) -> bytes:
        """Frame *frame* as this stream's HTTP body needs it."""
        return chunk(frame) if self.audience.chunked and frame else frame

    # Static, for uvloop keeps what it finds here, and would keep a bound method for each slot.
    @staticmethod
    def data_received(data: bytes) -> None:
        """Drop what a client says after its request: a stream has one direction."""

    def eof_received(self) -> None:
        """
        Let the transport close: a client that has said its last word counts as gone.

        A half-closed connection cannot be told from a closed tab until a write fails, and a
        slot must not stay taken until then.
        """

    def resume_writing(self) -> None:
        self.keeper.caught_up(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.keeper.lost(self)


OnClose = Callable[[Slot, Reason], object]
