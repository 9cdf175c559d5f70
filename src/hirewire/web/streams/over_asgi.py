"""Streams over plain ASGI: a pipe that the hub writes to and a request's task empties."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.types import Receive, Send

from hirewire.web.streams.slot import Pipe


class AsgiPipe:
    """Bytes on their way from the hub to `send`, behind the face of a transport."""

    __slots__ = ("_abort", "_is_closing", "_news", "_protocol", "_unsent", "_unsent_bytes")

    def __init__(self) -> None:
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0
        self._news = asyncio.Event()
        self._is_closing = False
        self._protocol: asyncio.BaseProtocol | None = None
        self._abort: Callable[[], object] | None = None

    def set_protocol(self, protocol: asyncio.BaseProtocol, /) -> None:
        self._protocol = protocol

    def get_extra_info(self, name: str, /) -> Any:
        return None

    def get_write_buffer_size(self) -> int:
        return self._unsent_bytes

    def write(self, data: bytes, /) -> None:
        self._unsent.append(data)
        self._unsent_bytes += len(data)
        self._news.set()

    def close(self) -> None:
        self._is_closing = True
        self._news.set()

    def abort(self) -> None:
        if self._abort is not None:
            self._abort()

    def abort_by(self, abort: Callable[[], object]) -> None:
        """Let `abort` call *abort*, which ends whoever is stuck in `send`."""
        self._abort = abort

    def lost(self) -> None:
        """Tell the protocol that nobody empties the pipe any more."""
        protocol, self._protocol, self._abort = self._protocol, None, None
        if protocol is not None:
            protocol.connection_lost(None)

    async def pump(self, send: Send) -> None:
        """Send what is written, until the pipe is closed and empty or the client is gone."""
        try:
            while not self._is_closing or self._unsent:
                await self._news.wait()
                self._news.clear()
                await self._send_unsent(send)
            await send({"type": "http.response.body"})
        except OSError:
            return  # The ASGI way of telling that the client has gone.

    async def _send_unsent(self, send: Send) -> None:
        while self._unsent:
            body = b"".join(self._unsent)
            self._unsent.clear()
            await send({"type": "http.response.body", "body": body, "more_body": True})
            self._unsent_bytes -= len(body)
        if isinstance(self._protocol, asyncio.Protocol):
            self._protocol.resume_writing()


async def carry_over_asgi(
    headers: list[tuple[bytes, bytes]],
    receive: Receive,
    send: Send,
    open_stream: Callable[[Pipe], object],
) -> None:
    """Answer 200, open a stream on a pipe, and stay with it until it ends."""
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    pipe = AsgiPipe()
    try:
        open_stream(pipe)
        async with asyncio.TaskGroup() as both:
            pump = both.create_task(pipe.pump(send))
            watch = both.create_task(_until_gone(receive))
            pipe.abort_by(pump.cancel)
            await asyncio.wait({pump, watch}, return_when=asyncio.FIRST_COMPLETED)
            pump.cancel()
            watch.cancel()
    finally:
        pipe.lost()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
