"""
Clients that come back after a drain, each when it was told to; run by the benchmark on core 1.

    python -m bench.realtime.storm PORT NEXT_PORT STREAMS

Opens STREAMS on PORT and prints `open`. Each that is closed waits for the `retry:` it was told
last, as an `EventSource` does, and opens on NEXT_PORT. The last line is JSON: how many came
back, and how many of them in each second.
"""

import asyncio
import json
import re
import sys
import time
from collections import Counter
from typing import Final

import uvloop

_RETRY: Final = re.compile(rb"^retry: (\d+)$", re.MULTILINE)
_AT_ONCE: Final = 200
_REQUEST: Final = b"GET /stream?n=%d HTTP/1.1\r\nHost: localhost\r\n\r\n"
_PATIENCE_S: Final = 120.0


class Reader(asyncio.Protocol):
    """One stream, and the client behind it."""

    def __init__(self, storm: "Storm", number: int) -> None:
        self.storm = storm
        self.number = number
        self.retry_ms: int | None = None
        self.is_open = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        transport.write(_REQUEST % self.number)

    def data_received(self, data: bytes) -> None:
        if not self.is_open:
            self.is_open = data.startswith(b"HTTP/1.1 200")
            self.storm.opened(self)
        for told in _RETRY.finditer(data):
            self.retry_ms = int(told[1])

    def connection_lost(self, exc: Exception | None) -> None:
        self.storm.closed(self)


class Storm:
    """All of them."""

    def __init__(self, port: int, next_port: int, streams: int) -> None:
        self.port = port
        self.next_port = next_port
        self.streams = streams
        self.few = asyncio.Semaphore(_AT_ONCE)
        self.open = 0
        self.all_open = asyncio.Event()
        self.returns: list[float] = []
        self.untold = 0
        self.all_back = asyncio.Event()
        self.visits: set[asyncio.Task[object]] = set()

    async def run(self) -> dict[str, object]:
        await asyncio.gather(*(self._open_first(number) for number in range(self.streams)))
        await self.all_open.wait()
        print("open", flush=True)
        async with asyncio.timeout(_PATIENCE_S):
            await self.all_back.wait()
        began = min(self.returns)
        seconds = Counter(int(moment - began) for moment in self.returns)
        return {
            "returned": len(self.returns),
            "untold": self.untold,
            "span_s": max(self.returns) - began,
            "in_each_second": [seconds[each] for each in range(max(seconds) + 1)],
        }

    def opened(self, reader: Reader) -> None:
        self.few.release()
        if not reader.is_open:
            sys.exit("A stream was refused.")
        if not self.all_open.is_set():
            self.open += 1
            if self.open == self.streams:
                self.all_open.set()
            return
        self.returns.append(time.monotonic())
        if len(self.returns) == self.streams:
            self.all_back.set()

    def closed(self, reader: Reader) -> None:
        if self.all_back.is_set():
            return
        if reader.retry_ms is None:
            self.untold += 1
        loop = asyncio.get_running_loop()
        loop.call_later((reader.retry_ms or 0) / 1000, self._return, reader.number)

    def _return(self, number: int) -> None:
        visit: asyncio.Task[object] = asyncio.create_task(self._dial(number, self.next_port))
        self.visits.add(visit)
        visit.add_done_callback(self.visits.discard)

    async def _open_first(self, number: int) -> None:
        await self.few.acquire()
        await self._dial(number, self.port)

    async def _dial(self, number: int, port: int) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: Reader(self, number), "127.0.0.1", port)


async def main(port: int, next_port: int, streams: int) -> None:
    """Run the storm, and print what came of it."""
    print(json.dumps(await Storm(port, next_port, streams).run()))


if __name__ == "__main__":
    uvloop.run(main(*map(int, sys.argv[1:])))
