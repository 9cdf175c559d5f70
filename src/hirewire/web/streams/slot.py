"""
What the hub keeps of one open stream: a slot, not a coroutine.

A slot is the protocol object of its own connection as well, so an idle stream costs one small
object beside the transport.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol
from uuid import UUID

from hirewire.kit.clock import Clock
from hirewire.web.streams.frames import chunk
from hirewire.web.streams.wheel import OFF

INDIRECT: Final = -1


class Reason(StrEnum):
    """Why a stream ended."""

    CLIENT = "client"
    SLOW = "slow"
    EXPIRED = "expired"
    DRAINED = "drained"
    CLOSED = "closed"
    REVOKED = "revoked"


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

    *heartbeat* is sent every *heartbeat_s*, give or take *heartbeat_jitter* of it; *farewell*
    is the last frame of a stream whose lifetime ended. No stream lives longer than
    *longest_life_s*, shortened at random by up to *life_jitter* of it. A reader with more than
    *slow_bytes* unsent when another frame is due is behind, and is closed.
    """

    name: str
    heartbeat: bytes = b""
    heartbeat_s: float = 20.0
    heartbeat_jitter: float = 0.2
    farewell: bytes = b""
    longest_life_s: float = 3600.0
    life_jitter: float = 0.1
    slow_bytes: int = 256 * 1024
    chunked: bool = False
    spaced: bool = True


class Keeper(Protocol):
    """Who is told that a slot's connection is gone: the hub."""

    @property
    def clock(self) -> Clock: ...
    def lost(self, slot: "Slot") -> None: ...


class Slot(asyncio.Protocol):
    """
    One open stream.

    *fd* is the socket to write to directly, or `INDIRECT` while bytes must go through the
    pipe: it holds unsent ones, it encrypts, it is no socket, or the stream has ended.
    *reason* is None while the stream is open, and *holders* are the ids without which it may
    not go on.
    """

    __slots__ = (
        "accepts",
        "chunked",
        "expires_at_s",
        "fd",
        "holders",
        "keeper",
        "kind",
        "on_close",
        "pipe",
        "reason",
        "tick",
        "topics",
    )

    def __init__(
        self,
        keeper: Keeper,
        pipe: Pipe,
        kind: StreamKind,
        *,
        accepts: frozenset[str] | None,
        chunked: bool,
        expires_at_s: float,
        holders: tuple[UUID, ...],
        on_close: "OnClose | None",
    ) -> None:
        self.keeper = keeper
        self.pipe = pipe
        self.kind = kind
        self.accepts = accepts
        self.chunked = chunked
        self.expires_at_s = expires_at_s
        self.holders = holders
        self.on_close = on_close
        self.fd = INDIRECT
        self.reason: Reason | None = None
        self.tick = OFF
        self.topics: tuple[str, ...] = ()

    def encode(self, frame: bytes) -> bytes:
        """Frame *frame* as this stream's HTTP body needs it."""
        return chunk(frame) if self.chunked and frame else frame

    def data_received(self, data: bytes) -> None:
        """Drop what a client says after its request: a stream has one direction."""

    def eof_received(self) -> None:
        """
        Let the transport close: a client that has said its last word counts as gone.

        A half-closed connection cannot be told from a closed tab until a write fails, and a
        slot must not stay taken until then.
        """

    def connection_lost(self, exc: Exception | None) -> None:
        self.keeper.lost(self)


OnClose = Callable[[Slot, Reason], object]
