"""
GraphQL: the list query in memory, and one interview by id over HTTP.

    python -m bench.graphql [memory] [http] [cases] [--quick] [--repetitions N] [--seconds S]
                            [--strawberry PYTHON] [--jit FOLDER] [--cases N] [--seed N]

`memory` and `http` are measured unless others are named. `cases` draws N documents, and lets
the compiler and graphql-core answer each. Strawberry and graphql-jit are compared with where
they are: `python3 -m venv V && V/bin/pip install strawberry-graphql`, then
`--strawberry V/bin/python`; `npm install graphql@16 graphql-jit` in F, then `--jit F`.
"""

import argparse
import json
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench.graphql import cases, in_memory, one_by_id

RESULTS: Final = Path(__file__).parents[2] / "bench" / "results"
PARTS: Final = ("memory", "http", "cases")


def main() -> int:
    options = _options()
    repetitions = 1 if options.quick else options.repetitions
    result: dict[str, Any] = {}
    is_met = True
    wanted = options.parts or ["memory", "http"]
    if "memory" in wanted:
        in_memory_runs = in_memory.measure(repetitions, options.strawberry, options.jit)
        is_met &= in_memory.report(in_memory_runs)
        result["memory"] = in_memory_runs
    if "http" in wanted:
        runs = one_by_id.measure(repetitions, 1 if options.quick else options.seconds)
        is_met &= one_by_id.report(runs)
        result["http"] = runs
    if "cases" in wanted:
        is_met &= cases.check(options.cases, options.seed)
    if result and not options.quick:
        _keep(result)
    return 0 if is_met else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.graphql",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []])
    parser.add_argument("--quick", action="store_true", help="one short repetition")
    parser.add_argument("--repetitions", type=int, default=9)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--strawberry", default="", help="a Python that has Strawberry")
    parser.add_argument("--jit", default="", help="where npm has installed graphql-jit")
    parser.add_argument("--cases", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _keep(result: dict[str, Any]) -> None:
    """Write the figures down."""
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    known = {
        "bench": "graphql",
        "at": now.isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    file = RESULTS / f"graphql-{now:%Y%m%dT%H%M%SZ}.json"
    file.write_text(json.dumps(known | result, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
