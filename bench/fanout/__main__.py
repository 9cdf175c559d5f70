"""
Fan-out of one frame to many streams, against nchan and a bare protocol, in the same run.

    python -m bench.fanout [--quick]

Server on core 0, client on core 1. Every repetition runs every server once per case, in turn,
and compares within itself; the figures are medians over the repetitions.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

from bench.fanout.contenders import (
    BARE_SOCKET,
    BARE_WRITE,
    NCHAN_SERVER,
    OURS,
    ROOT,
    Contender,
    has_nchan,
    started,
)

RESULTS: Final = ROOT / "bench" / "results"
_CLIENT_CORE: Final = "1"
_FRAME_BYTES: Final = 200


@dataclass(frozen=True, slots=True)
class Case:
    """How many streams, and how many messages under way at once and in all."""

    streams: int
    depth: int
    messages: int
    warmup: int = 20

    def __str__(self) -> str:
        return f"{self.streams:,} streams, depth {self.depth}"


@dataclass(frozen=True, slots=True)
class Target:
    """A ratio to *control* that we hold ourselves to."""

    control: Contender
    at_least: float


FULL: Final = (Case(1000, 1, 300), Case(5000, 1, 80), Case(1000, 8, 1200))
QUICK: Final = (Case(1000, 1, 60), Case(5000, 1, 15), Case(1000, 8, 240))
TARGETS: Final = (Target(NCHAN_SERVER, 1.3), Target(BARE_SOCKET, 0.75))
KIB_PER_STREAM: Final = 3.0

Figures = dict[str, float]
Runs = dict[Case, dict[str, list[Figures]]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.fanout", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short repetition")
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    cases = QUICK if options.quick else FULL
    repetitions = 1 if options.quick else options.repetitions
    _raise_file_limit()
    contenders = [OURS, BARE_SOCKET, BARE_WRITE]
    if has_nchan():
        contenders.append(NCHAN_SERVER)
    else:
        print("nchan is absent (Debian: nginx, libnginx-mod-nchan): no comparison with it.")
    with tempfile.TemporaryDirectory() as folder:
        runs = _measure(_compile_client(Path(folder)), contenders, cases, repetitions)
    for case, by_name in runs.items():
        print(_table(case, by_name))
    verdicts = _verdicts(runs)
    print("\n".join(verdicts))
    print(f"\nWritten to {_write(runs).relative_to(ROOT)}")
    return int(any(verdict.startswith("MISSED") for verdict in verdicts))


def _raise_file_limit() -> None:
    """Let this process, and those that it starts, open a file per stream."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _compile_client(folder: Path) -> Path:
    client = folder / "client"
    source = Path(__file__).with_name("client.c")
    subprocess.run(["gcc", "-O2", "-Wall", "-o", str(client), str(source)], check=True)
    return client


def _measure(
    client: Path, contenders: list[Contender], cases: tuple[Case, ...], repetitions: int
) -> Runs:
    runs: Runs = {case: {each.name: [] for each in contenders} for case in cases}
    for repetition in range(repetitions):
        # Whoever is first on a machine that others use should not always be the same.
        turn = repetition % len(contenders)
        for case in cases:
            for contender in contenders[turn:] + contenders[:turn]:
                print(f"{repetition + 1}/{repetitions}: {case}: {contender.name}", flush=True)
                runs[case][contender.name].append(_run(client, contender, case))
    return runs


def _run(client: Path, contender: Contender, case: Case) -> Figures:
    with started(contender) as server:
        numbers = (server.port, case.streams, case.depth, case.messages, case.warmup)
        finished = subprocess.run(
            [
                *("taskset", "-c", _CLIENT_CORE, str(client), *map(str, numbers)),
                *(str(_FRAME_BYTES), "/stream", "/pub", str(server.pid)),
            ],
            check=True,
            capture_output=True,
        )
    figures: Figures = json.loads(finished.stdout)
    return figures


def _ratio(by_name: dict[str, list[Figures]], control: str) -> float:
    pairs = zip(by_name[OURS.name], by_name[control], strict=True)
    return median(ours["per_cpu_s"] / theirs["per_cpu_s"] for ours, theirs in pairs)


def _table(case: Case, by_name: dict[str, list[Figures]]) -> str:
    lines = [
        f"\n{case}",
        (
            f"{'server':<32}{'deliveries/s':>14}{'per CPU-s':>12}{'ours is':>9}"
            f"{'p50 ms':>9}{'p99 ms':>9}{'KiB/stream':>12}"
        ),
    ]
    for name, figures in by_name.items():
        of = {key: median(each[key] for each in figures) for key in figures[0]}
        lines.append(
            f"{name:<32}{of['per_s']:>14,.0f}{of['per_cpu_s']:>12,.0f}"
            f"{_ratio(by_name, name):>8.2f}x{of['last_p50_ms']:>9.2f}"
            f"{of['last_p99_ms']:>9.2f}{of['kib_per_stream']:>12.2f}"
        )
    return "\n".join(lines)


def _verdicts(runs: Runs) -> list[str]:
    verdicts = [""]
    for case, by_name in runs.items():
        for target in TARGETS:
            if target.control.name in by_name:
                ratio = _ratio(by_name, target.control.name)
                verdicts.append(
                    f"{'reached' if ratio >= target.at_least else 'MISSED'}: {case}: "
                    f"{ratio:.2f} x {target.control.name} (at least {target.at_least})"
                )
        kib = median(each["kib_per_stream"] for each in by_name[OURS.name])
        verdicts.append(
            f"{'reached' if kib <= KIB_PER_STREAM else 'MISSED'}: {case}: "
            f"{kib:.2f} KiB resident per idle stream (at most {KIB_PER_STREAM})"
        )
    return verdicts


def _write(runs: Runs) -> Path:
    RESULTS.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC)
    path = RESULTS / f"fanout-{at:%Y%m%dT%H%M%SZ}.json"
    found: dict[str, Any] = {
        "at": at.isoformat(),
        "python": sys.version,
        "machine": platform.platform(),
        "cores": os.cpu_count(),
        "cases": [asdict(case) | {"runs": by_name} for case, by_name in runs.items()],
    }
    path.write_text(json.dumps(found, indent=1))
    return path


if __name__ == "__main__":
    sys.exit(main())
