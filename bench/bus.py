"""
How fast each bus publishes, and how soon a listener hears.

Run as `python -m bench.bus`; it starts a nats-server of its own. The memory bus is the
control: what the seam costs when nothing leaves the process.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from statistics import median, quantiles
from typing import Final

from rich.console import Console
from rich.table import Table

from hirewire.runtime.bus import Bus, MemoryBus, Message
from hirewire.runtime.bus.nats import NatsBus
from tests.fixtures.servers import running_nats_server

RUNS: Final = 3
MESSAGES: Final = 6_400
PROBES: Final = 2_000
PUBLISHERS: Final = 64
BACKLOG: Final = 1_000_000
BODY: Final = bytes(200)


@dataclass(slots=True)
class Result:
    """What one bus did, run by run."""

    alone: list[float] = field(default_factory=list)
    together: list[float] = field(default_factory=list)
    at_once: list[float] = field(default_factory=list)
    heard_us: list[float] = field(default_factory=list)

    def row(self) -> tuple[str, ...]:
        percentiles = quantiles(self.heard_us, n=100)
        rates = (self.alone, self.together, self.at_once)
        return (
            *(f"{median(rate):,.0f}" for rate in rates),
            f"{percentiles[49]:,.0f} / {percentiles[98]:,.0f}",
        )


async def measure(bus: Bus, result: Result, ids: Iterator[int]) -> None:
    """Add one run on *bus* to *result*."""
    result.alone.append(await _rate(lambda: _alone(bus, MESSAGES // 5, ids), MESSAGES // 5))
    result.together.append(await _rate(lambda: _together(bus, ids), MESSAGES))
    result.at_once.append(
        await _rate(lambda: bus.publish_many("told", _messages(MESSAGES, ids)), MESSAGES)
    )
    result.heard_us += await _delays(bus, ids)


async def _rate(work: Callable[[], Awaitable[None]], messages: int) -> float:
    started = time.perf_counter()
    await work()
    return messages / (time.perf_counter() - started)


async def _alone(bus: Bus, messages: int, ids: Iterator[int]) -> None:
    for _ in range(messages):
        await bus.publish("told", BODY, message_id=f"{next(ids)}")


async def _together(bus: Bus, ids: Iterator[int]) -> None:
    share = MESSAGES // PUBLISHERS
    await asyncio.gather(*(_alone(bus, share, ids) for _ in range(PUBLISHERS)))


async def _delays(bus: Bus, ids: Iterator[int]) -> list[float]:
    """Microseconds from telling to hearing, one message at a time."""
    delays = []
    async with bus.listen("probe") as heard:
        for _ in range(PROBES):
            started = time.perf_counter()
            telling = asyncio.ensure_future(
                bus.publish("probe", BODY, message_id=f"{next(ids)}")
            )
            await anext(heard)
            delays.append((time.perf_counter() - started) * 1e6)
            await telling
    return delays


def _messages(how_many: int, ids: Iterator[int]) -> list[Message]:
    return [Message(f"{next(ids)}", BODY) for _ in range(how_many)]


async def main() -> None:
    """Measure both, in turns, and print the table."""
    results = {"memory": Result(), "nats": Result()}
    ids = count()
    with running_nats_server() as server:
        buses: dict[str, Bus] = {
            "memory": MemoryBus(BACKLOG),
            "nats": await NatsBus.connect(server.url, backlog=BACKLOG),
        }
        for _ in range(RUNS):
            for name, bus in buses.items():
                await measure(bus, results[name], ids)
        for bus in buses.values():
            await bus.close()

    table = Table(title=f"200-byte messages, medians of {RUNS} runs")
    table.add_column("bus")
    for column in ("one by one /s", f"{PUBLISHERS} publishers /s", "publish_many /s"):
        table.add_column(column, justify="right")
    table.add_column("told to heard, p50 / p99 µs", justify="right")
    for name, result in results.items():
        table.add_row(name, *result.row())
    Console().print(table)


if __name__ == "__main__":
    asyncio.run(main())
