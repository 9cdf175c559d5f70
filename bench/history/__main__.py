"""
A million deliveries while servers die: what was lost, doubled or misordered.

Run as `python -m bench.history [--deliveries N] [--setup embedded|cluster|proxied] [--logs
DIR]`. It starts its own servers: one process on SQLite, and two web processes with a worker on
PostgreSQL and NATS; `proxied` puts nginx before those. Readers lose their connections at
random, and one connection in ten is not read for a while; some readers are away for long, some
come with a forged cursor. At each twentieth part of the deliveries a process is killed or
stopped, or NATS or PostgreSQL. What each client has is then compared with the log by
`tests.history.checker`.
"""

import argparse
import resource
import signal
import sys
import time
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Final

import uvloop
from rich.console import Console
from rich.table import Table

from bench.history.sites import SETUPS, Site
from tests.history.checker import Fault
from tests.history.readers import Habits
from tests.history.runs import Load, Outcome, running

DELIVERIES: Final = 1_000_000
PARTS: Final = 20
BY_DEFAULT: Final = ("embedded", "cluster")
LOAD: Final = Load(
    readers=300,
    writers=8,
    pause_s=0.0,
    habits=Habits(life_s=5.0, away_s=0.5),
    travellers=30,
    forgers=10,
)


async def prove(site: Site, deliveries: int, load: Load) -> Outcome:
    """Deal a blow after each part of *deliveries*, and check what everybody has."""
    blows = cycle(site.blows)
    async with running(site.where, load) as run:
        for part in range(1, PARTS):
            await run.delivered(deliveries * part // PARTS)
            await next(blows)(run)
            print(f"  {run.deliveries:,} deliveries", file=sys.stderr, flush=True)
        await run.delivered(deliveries)
        return await run.finish()


def table_of(outcomes: dict[str, tuple[Site, Outcome, float]]) -> Table:
    """One column for each set-up."""
    table = Table(title="What each client has, against the log")
    table.add_column("")
    for name in outcomes:
        table.add_column(name, justify="right")
    columns = [_columns(*each) for each in outcomes.values()]
    for label in columns[0]:
        table.add_row(label, *(column[label] for column in columns))
    return table


def _columns(site: Site, outcome: Outcome, seconds: float) -> dict[str, str]:
    report = outcome.report
    verdicts = sorted(report.verdicts.items())
    return {
        "deliveries checked": f"{report.deliveries:,}",
        "updates said": f"{outcome.said:,}",
        "clients": f"{report.clients:,}",
        "connections": f"{report.connections:,}",
        "kill -9 of a server": f"{outcome.kills}",
        "drains and restarts": f"{outcome.drains}",
        "NATS stopped or killed": f"{site.nats_losses}",
        "PostgreSQL crashed": f"{site.postgres_losses}",
        "verdicts": ", ".join(f"{count:,} {reason}" for reason, count in verdicts),
        "updates replayed": f"{report.replayed:,}",
        "longest replay": f"{report.longest_replay:,}",
        "refused connections": f"{outcome.refusals.total():,}",
        "acknowledged, and not in the log": f"{outcome.unkept}",
        "told after a later message of their thread": f"{outcome.astray}",
        **{str(fault): f"{report.faults[fault]}" for fault in Fault},
        "seconds": f"{seconds:.0f}",
    }


def main() -> int:
    """Run the set-ups that are asked for; 1 where a fault was found."""
    parser = argparse.ArgumentParser(prog="python -m bench.history")
    parser.add_argument("--deliveries", type=int, default=DELIVERIES)
    parser.add_argument("--setup", choices=SETUPS, action="append")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--logs", type=Path, help="a folder to keep what processes log")
    asked = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 20_000)), hard))
    # Whoever ends it is to leave no server behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    load = replace(LOAD, seed=asked.seed)
    outcomes = {}
    for name in asked.setup or BY_DEFAULT:
        print(f"history: {name}", file=sys.stderr, flush=True)
        started = time.monotonic()
        with SETUPS[name](asked.logs) as site:
            outcome = uvloop.run(prove(site, asked.deliveries, load))
        outcomes[name] = (site, outcome, time.monotonic() - started)
        for example in (*outcome.report.examples, *outcome.late):
            print(f"  {example}", file=sys.stderr)
    Console().print(table_of(outcomes))
    return int(
        any(
            outcome.report.faults or outcome.unkept or outcome.astray
            for _, outcome, _ in outcomes.values()
        )
    )


if __name__ == "__main__":
    sys.exit(main())
