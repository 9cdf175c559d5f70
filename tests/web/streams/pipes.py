"""A pipe made of memory, for tests of the hub that need no socket."""

import asyncio
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class MemoryPipe:
    """What a stream was sent. While *is_stuck*, bytes wait unsent."""

    sent: list[bytes] = field(default_factory=list)
    unsent: list[bytes] = field(default_factory=list)
    is_stuck: bool = False
    is_closed: bool = False
    is_aborted: bool = False
    protocol: asyncio.BaseProtocol | None = None
    extra: dict[str, object] = field(default_factory=dict)

    @property
    def received(self) -> bytes:
        return b"".join(self.sent)

    def set_protocol(self, protocol: asyncio.BaseProtocol, /) -> None:
        self.protocol = protocol

    def get_extra_info(self, name: str, /) -> Any:
        return self.extra.get(name)

    def get_write_buffer_size(self) -> int:
        return sum(map(len, self.unsent))

    def write(self, data: bytes, /) -> None:
        (self.unsent if self.is_stuck else self.sent).append(data)

    def let_through(self) -> None:
        """Let what waits reach the reader, and lose the connection if it was closed."""
        self.is_stuck = False
        self.sent += self.unsent
        self.unsent.clear()
        if isinstance(self.protocol, asyncio.Protocol):
            self.protocol.resume_writing()
        if self.is_closed:
            self.lose()

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_aborted = True
        self.unsent.clear()
        self.lose()

    def lose(self) -> None:
        """Tell the protocol that the connection is gone."""
        if self.protocol is not None:
            self.protocol.connection_lost(None)
