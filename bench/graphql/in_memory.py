"""
The list query in memory: compiled, graphql-core alone, Strawberry and npm graphql-jit.

Each contender is a process of its own that says what CPU time so many operations took it; the
repetitions are interleaved, and the ratios are those within one repetition.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from bench.graphql.memory import data

ROOT: Final = Path(__file__).parents[2]
HERE: Final = Path(__file__).parent / "memory"
LEAST_OF_STRAWBERRY: Final = 20.0
MOST_OF_JIT: Final = 1.5
WHATS: Final = ("data", "json")
_WARM_UP_S: Final = 1.5
_TURN_S: Final = 0.4

Run = dict[str, dict[str, float]]
"""Seconds for one operation, by what is measured and by contender."""


@dataclass(slots=True)
class Contender:
    """A running process, and how many operations it does in a turn."""

    name: str
    process: subprocess.Popen[str]
    count: int = 10

    def tell(self, command: str) -> str:
        """Give one command and return the line that answers it."""
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError(self.name)
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline().strip()
        if not line:
            sys.exit(f"bench: {self.name} has ended")
        return line

    def seconds(self, what: str) -> float:
        """Measure one operation's CPU time."""
        return float(self.tell(f"{what} {self.count}")) / self.count

    def warm_up(self) -> None:
        """Run until nothing is compiled any more, and find how many make a turn."""
        spent = 0.0
        while spent < _WARM_UP_S:
            found = float(self.tell(f"json {self.count}"))
            spent += found
            self.count = max(10, int(self.count * _TURN_S / max(found, 0.001)))


def measure(repetitions: int, strawberry: str, jit: str) -> list[Run]:
    """Measure all that are there, in turn."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        events = folder / "events.json"
        events.write_text(json.dumps(data.events()), "utf-8")
        contenders = [
            stack.enter_context(_started(name, command))
            for name, command in _commands(strawberry, jit, events).items()
        ]
        _check_same(contenders)
        for contender in contenders:
            contender.warm_up()
        return [
            {what: {each.name: each.seconds(what) for each in contenders} for what in WHATS}
            for _ in range(repetitions)
        ]


def report(runs: list[Run]) -> bool:
    """Print the table, and tell whether the targets are met."""
    is_met = True
    for what, label in (("data", "executed"), ("json", "executed and written as JSON")):
        print(f"{label:34}{'µs':>12}{'x compiled':>12}")
        for name in runs[0][what]:
            found = median(run[what][name] for run in runs)
            ratio = median(run[what][name] / run[what]["compiled"] for run in runs)
            print(f"  {name:32}{found * 1e6:12,.0f}{ratio:12.2f}")
            if name == "strawberry":
                is_met &= ratio >= LEAST_OF_STRAWBERRY
            if name == "graphql-jit":
                is_met &= 1 / ratio <= MOST_OF_JIT
    print(
        f"targets: strawberry at least {LEAST_OF_STRAWBERRY:g} x, "
        f"compiled at most {MOST_OF_JIT:g} x graphql-jit"
    )
    return is_met


def _commands(strawberry: str, jit: str, events: Path) -> Mapping[str, Sequence[str]]:
    """Say how each contender is started; those that are not here are left out."""
    ours = [sys.executable, "-m", "bench.graphql.memory.ours"]
    found: dict[str, Sequence[str]] = {"compiled": [*ours, "compiled"]}
    found["graphql-core"] = [*ours, "core"]
    if strawberry and _runs([strawberry, "-c", "import strawberry"]):
        found["strawberry"] = [strawberry, "-W", "ignore", str(HERE / "with_strawberry.py")]
    else:
        print("strawberry is left out: --strawberry PYTHON names a Python that has it")
    node = shutil.which("node")
    if jit and node and (Path(jit) / "node_modules" / "graphql-jit").is_dir():
        found["graphql-jit"] = [node, str(HERE / "with_jit.cjs"), jit, str(events)]
    else:
        print("graphql-jit is left out: --jit FOLDER names where npm has installed it")
    return found


def _runs(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@contextmanager
def _started(name: str, command: Sequence[str]) -> Iterator[Contender]:
    process = subprocess.Popen(
        command,
        cwd=HERE if name == "strawberry" else ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if process.stdout is None or process.stdout.readline().strip() != "ready":
            sys.exit(f"bench: {name} does not start")
        yield Contender(name, process)
    finally:
        process.terminate()
        process.wait()


def _check_same(contenders: Sequence[Contender]) -> None:
    """See that all answer the same, but for how a moment is spelled."""
    answers = {
        each.name: each.tell("show")
        .replace(".000Z", "+00:00")
        .replace('": ', '":')
        .replace(", ", ",")
        for each in contenders
    }
    wanted = answers["compiled"]
    for name, answer in answers.items():
        if answer != wanted:
            sys.exit(f"bench: {name} answers otherwise: {answer[:300]}")
