"""What one listener has not read yet, within bounds."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Final, Self

from hirewire.kit.refusals import HirewireError
from hirewire.runtime.bus.errors import ListenerLagged

BACKLOG_MESSAGES: Final = 8_192
BACKLOG_BYTES: Final = 64 * 1_048_576


@dataclass(slots=True, eq=False)
class Mailbox:
    """
    The queue between a bus and one listener.

    Putting never waits: a mailbox that is full empties itself and refuses its reader from
    then on, so that a slow listener costs neither the publisher time nor the process memory.
    """

    topic: str
    backlog: int = BACKLOG_MESSAGES

    _bodies: deque[bytes] = field(default_factory=deque)
    _size: int = 0
    _refusal: HirewireError | None = None
    _is_closed: bool = False
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, body: bytes) -> None:
        """Add *body*, or lag."""
        if self._is_closed or self._refusal:
            return
        if len(self._bodies) >= self.backlog or self._size + len(body) > BACKLOG_BYTES:
            reason = f"{len(self._bodies)} were waiting to be read"
            self.fail(ListenerLagged(topic=self.topic, reason=reason))
            return
        self._bodies.append(body)
        self._size += len(body)
        self._changed.set()

    def pop(self) -> bytes | None:
        """
        Take the oldest message, if there is one.

        Raises:
            StopAsyncIteration: it is closed, and all was read.
            HirewireError: the listener cannot go on.
        """
        if self._bodies:
            body = self._bodies.popleft()
            self._size -= len(body)
            return body
        if self._refusal:
            raise self._refusal
        if self._is_closed:
            raise StopAsyncIteration
        return None

    async def wait(self) -> None:
        """Wait until something was put, or somebody woke the reader."""
        await self._changed.wait()
        self._changed.clear()

    def wake(self) -> None:
        """Let the reader look around."""
        self._changed.set()

    def fail(self, refusal: HirewireError) -> None:
        """Drop everything and refuse the reader from now on."""
        self._bodies.clear()
        self._size = 0
        self._refusal = refusal
        self.wake()

    def close(self) -> None:
        """End the iteration after what is already here."""
        self._is_closed = True
        self.wake()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        while (body := self.pop()) is None:
            await self.wait()
        return body
