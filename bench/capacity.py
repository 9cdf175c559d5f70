"""
What one web process spends on what scaling out is reckoned with.

Run as `python -m bench.capacity`. Two web processes on PostgreSQL and NATS: messages are
written at the first, streams open at the second. CPU time is the process's own, from /proc.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import uvloop
from rich.console import Console
from rich.table import Table

from tests.fixtures.servers import running_nats_server, running_postgres_server
from tests.history.nodes import Node, installation
from tests.history.records import Frame
from tests.history.runs import Load, Run, running, until
from tests.history.wire import Frames, Wire, request

MESSAGES: Final = 3_000
STREAMS: Final = 9_000
AT_ONCE: Final = 50
PATIENCE_S: Final = 60.0

_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")


def cpu_s(node: Node) -> float:
    """Read how much CPU time *node* has taken."""
    if node.program is None:
        sys.exit("capacity: a node is down")
    stat = Path(f"/proc/{node.program.process.pid}/stat").read_text()
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def resident_kib(node: Node) -> int:
    """Read how much memory of its own *node* has."""
    if node.program is None:
        sys.exit("capacity: a node is down")
    lines = Path(f"/proc/{node.program.process.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon:")).split()[1])


def kernel_kib() -> int:
    """Read what the kernel holds for objects: sockets, files, their buffers' heads."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Slab:")).split()[1])


class Ears:
    """Streams that only listen."""

    def __init__(self, node: Node, bearer: str) -> None:
        self.url = urlsplit(node.base_url or "")
        self.bearer = bearer
        self.frames = Frames()
        self.cursor: str | None = None
        self.begun = 0
        self.wires: list[Wire] = []

    @asynccontextmanager
    async def open(self, streams: int) -> AsyncIterator[None]:
        """Open *streams*, some at once, and close them at the end of the block."""
        self.begun = 0
        few = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(self._open(few) for _ in range(streams)))
        await until(lambda: self.begun == streams, PATIENCE_S)
        yield
        for wire in self.wires:
            wire.cut()
        self.wires.clear()

    async def _open(self, few: asyncio.Semaphore) -> None:
        wanted = request(self.bearer, cursor=self.cursor, event_types=None)
        wire = Wire(wanted, self.frames, self._hear)
        async with few:
            host, _, port = self.url.netloc.partition(":")
            await asyncio.get_running_loop().create_connection(lambda: wire, host, int(port))
            self.wires.append(wire)

    def _hear(self, frame: Frame) -> None:
        self.begun += frame.event == "realtime-connection-config"
        self.cursor = frame.id or self.cursor


async def measure(run: Run) -> dict[str, str]:
    """Write, open and come back, and say what each took."""
    one, other = run.where.nodes
    await run.written_more(200)
    before, heard_before, count = cpu_s(one), cpu_s(other), run.written.count
    goal = count + MESSAGES
    await until(lambda: run.written.count >= goal, PATIENCE_S)
    wrote = run.written.count - count
    write_s, hear_s = cpu_s(one) - before, cpu_s(other) - heard_before
    await asyncio.gather(*(writer.rest() for writer in run.writers))
    ears = Ears(other, run.readers[0].bearer)
    async with ears.open(AT_ONCE):
        pass
    kernel, resident, start = kernel_kib(), resident_kib(other), cpu_s(other)
    async with ears.open(STREAMS):
        open_s = cpu_s(other) - start
        held, grown = kernel_kib() - kernel, resident_kib(other) - resident
    return {
        "a message written by GraphQL, with its relay": f"{write_s / wrote * 1e6:,.0f} µs",
        "an update heard from NATS, with four streams open": f"{hear_s / wrote * 1e6:,.0f} µs",
        "a stream opened with a cursor": f"{open_s / STREAMS * 1e6:,.0f} µs",
        "resident memory of an open stream, all that it needs": f"{grown / STREAMS:.2f} KiB",
        "kernel memory of a connection, both of its ends": f"{held / STREAMS:.1f} KiB",
    }


async def main() -> None:
    """Measure, and print the table."""
    load = Load(readers=4, writers=8, pause_s=0.0, writes_at=0, forgers=0)
    with (
        running_postgres_server() as postgres,
        running_nats_server() as nats,
        installation(postgres.dsn(), nodes=2, bus=nats.url, heartbeat_s="20") as where,
    ):
        async with running(where, load) as run:
            found = await measure(run)
    table = Table(title="CPU time of one web process, and kernel memory")
    table.add_column("for")
    table.add_column("", justify="right")
    for name, cost in found.items():
        table.add_row(name, cost)
    Console().print(table)


if __name__ == "__main__":
    uvloop.run(main())
