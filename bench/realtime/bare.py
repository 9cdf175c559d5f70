"""The control in Python: a bare protocol on uvloop that writes the same bytes, and no more."""

import asyncio
import gc
import os
import sys
from collections.abc import Callable

import uvloop

from hirewire.web.streams.frames import frame

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-store\r\n\r\n"
FIRST = frame(event="connection-metadata", data="{}") + frame(event="heartbeat", data="0")
ID = "A" * 48
ACCEPTED = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"

streams: dict[asyncio.Transport, tuple[Callable[[bytes], None], int]] = {}


def over_transport(body: bytes) -> None:
    for write, _ in streams.values():
        write(body)


def over_socket(body: bytes) -> None:
    for write, fd in streams.values():
        try:
            sent = os.write(fd, body)
        except BlockingIOError:
            write(body)
        else:
            if sent != len(body):
                write(body[sent:])


class Connection(asyncio.Protocol):
    __slots__ = ("spread", "transport")

    def __init__(self, spread: Callable[[bytes], None]) -> None:
        self.spread = spread

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        transport = self.transport
        if data.startswith(b"GET"):
            transport.write(HEAD + FIRST)
            fd = transport.get_extra_info("socket").fileno()
            streams[transport] = (transport.write, fd)
            return
        body = data[data.index(b"\r\n\r\n") + 4 :].decode()
        self.spread(frame(event="message-update", id=ID, data=body))
        transport.write(ACCEPTED)

    def connection_lost(self, exc: Exception | None) -> None:
        streams.pop(self.transport, None)


async def main(port: int, spread: Callable[[bytes], None]) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(spread), "127.0.0.1", port, backlog=4096
    )
    gc.freeze()
    await server.serve_forever()


SPREADS = {"write": over_transport, "socket": over_socket}

if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), SPREADS[sys.argv[2]]))
