"""
Event streams, from the commit to the socket, against nchan, a bare C server and other stacks.

    python -m bench.realtime [case ...] [--quick] [--repetitions N]

Server on core 0, client on core 1. Every repetition runs every server once, in turn, and
compares within itself; the figures are medians over the repetitions. Other Python stacks are
compared where they are installed:

    python3 -m venv build/others
    build/others/bin/pip install --require-hashes -r bench/realtime/others/requirements.lock
"""

import argparse
import json
import os
import platform
import resource
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.realtime.cases import CASES, Bench
from bench.realtime.contenders import ROOT, ceiling, compiled

RESULTS: Final = ROOT / "bench" / "results"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.realtime",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("cases", nargs="*", help=f"all, or some of {', '.join(CASES)}")
    parser.add_argument("--quick", action="store_true", help="one short repetition")
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    if unknown := set(options.cases) - set(CASES):
        parser.error(f"no {', '.join(sorted(unknown))}")
    _raise_file_limit()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench = Bench(
            client=compiled("client", folder),
            ceiling=ceiling(folder),
            folder=folder,
            repetitions=1 if options.quick else options.repetitions,
            is_quick=options.quick,
        )
        at = datetime.now(UTC)
        for case in options.cases or CASES:
            print(f"\n{case}: {CASES[case].__doc__}", flush=True)
            CASES[case](bench)
            path = _write(bench, at)
    print("\n" + "\n".join(bench.verdicts))
    print(f"\nWritten to {path.relative_to(ROOT)}")
    return int(any(verdict.startswith("MISSED") for verdict in bench.verdicts))


def _raise_file_limit() -> None:
    """Let this process, and those that it starts, open a file per stream."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _write(bench: Bench, at: datetime) -> Path:
    """Write what was found so far, so that a case which fails costs no other."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"realtime-{at:%Y%m%dT%H%M%SZ}.json"
    found = {
        "at": at.isoformat(),
        "python": sys.version,
        "machine": platform.platform(),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "verdicts": bench.verdicts,
        **bench.found,
    }
    path.write_text(json.dumps(found, indent=1))
    return path


if __name__ == "__main__":
    sys.exit(main())
