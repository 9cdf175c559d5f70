"""
Access tokens per second by client_credentials, each with its durable fact.

    python -m bench.tokens [--quick] [--repetitions N] [--seconds S]

Server on core 0, wrk on core 1, both on our HTTP server. The control reads the same form and
answers a constant. The database is SQLite with synchronous=FULL, on the disk of `bench/results`
or of `--directory`; after the run its facts are counted against the tokens handed out.
"""

import argparse
import asyncio
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final

import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from hirewire.accounts.model import AppTerms, GrantType, OpenEmployer
from hirewire.accounts.service import Accounts
from hirewire.kit.clock import SystemClock
from hirewire.kit.entropy import SystemEntropy
from hirewire.kit.ids import IdMaker
from hirewire.oauth.assertions import Assertions
from hirewire.oauth.grants.service import Grants
from hirewire.oauth.jwks import KeysEndpoint
from hirewire.oauth.keyring import KeyRing
from hirewire.oauth.readiness import ready_keys
from hirewire.oauth.routes import routes
from hirewire.oauth.sealing import Seal
from hirewire.oauth.service import Keys
from hirewire.oauth.token.endpoint import TokenEndpoint
from hirewire.oauth.token.exchange import Doors, TokenPolicy
from hirewire.runtime.db import Database, connect
from hirewire.web.server import Limits, bind, build_server

ROOT: Final = Path(__file__).parents[1]
RESULTS: Final = ROOT / "bench" / "results"
TARGET_PER_S: Final = 1500
CONNECTIONS: Final = 64
TOKENS: Final = "/oauth/v2/tokens"
CONSTANT: Final = "/constant"

_SERVER_CORE: Final = "0"
_CLIENT_CORE: Final = "1"
_RATE: Final = re.compile(r"Requests/sec:\s+([0-9.]+)")
_COUNT: Final = re.compile(r"(\d+) requests in")
_PERCENTILE: Final = re.compile(r"(50|99)%\s+([0-9.]+)(us|ms|s)")
_MS: Final = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Measured:
    """What wrk saw of one path, and what the server spent on it."""

    per_second: float
    per_cpu_second: float
    p50_ms: float
    p99_ms: float
    requests: int


@dataclass(frozen=True, slots=True)
class Server:
    """The server under test, in a process of its own."""

    pid: int
    port: int
    body: str

    def measure(self, path: str, folder: Path, seconds: int) -> Measured:
        """Load one path for some seconds."""
        script = folder / "post.lua"
        script.write_text(
            f'wrk.method = "POST"\nwrk.body = {json.dumps(self.body)}\n'
            'wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"\n',
            "utf-8",
        )
        command = ["taskset", "-c", _CLIENT_CORE, "wrk", "-t1", f"-c{CONNECTIONS}"]
        url = f"http://127.0.0.1:{self.port}{path}"
        before = self.cpu_s()
        done = subprocess.run(
            [*command, f"-d{seconds}s", "--latency", "-s", str(script), url],
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        spent_s = self.cpu_s() - before
        rate, count = _RATE.search(done), _COUNT.search(done)
        if "Non-2xx" in done or rate is None or count is None:
            sys.exit(f"bench: wrk says\n{done}")
        late = {at: float(value) * _MS[unit] for at, value, unit in _PERCENTILE.findall(done)}
        return Measured(
            per_second=float(rate[1]),
            per_cpu_second=int(count[1]) / spent_s,
            p50_ms=late["50"],
            p99_ms=late["99"],
            requests=int(count[1]),
        )

    def cpu_s(self) -> float:
        """Read how much processor time the server, with its threads, has used."""
        stat = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.tokens", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short repetition")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--directory", type=Path, default=RESULTS, help="where the rows lie")
    parser.add_argument("--serve", metavar="DATABASE", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.serve:
        uvloop.run(serve(options.serve))
        return 0
    if missing := [tool for tool in ("wrk", "taskset") if shutil.which(tool) is None]:
        print(f"bench: tokens needs {', '.join(missing)}: skipped", file=sys.stderr)
        return 0
    options.directory.mkdir(parents=True, exist_ok=True)
    repetitions, seconds = (1, 2) if options.quick else (options.repetitions, options.seconds)
    with tempfile.TemporaryDirectory(dir=options.directory) as name:
        folder = Path(name)
        with started(folder) as server:
            warm_up = server.measure(TOKENS, folder, 1)
            runs = [
                {path: server.measure(path, folder, seconds) for path in (CONSTANT, TOKENS)}
                for _ in range(repetitions)
            ]
        facts = asyncio.run(count_facts(folder))
    answered = warm_up.requests + sum(run[TOKENS].requests for run in runs)
    return report(runs, answered, facts)


@contextmanager
def started(folder: Path) -> Iterator[Server]:
    """Run the server on core 0."""
    command = ["taskset", "-c", _SERVER_CORE, sys.executable, "-m", "bench.tokens", "--serve"]
    process = subprocess.Popen(
        [*command, _url(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        known = json.loads(process.stdout.readline() if process.stdout else "")
        yield Server(process.pid, known["port"], known["body"])
    finally:
        process.terminate()
        process.wait()


async def serve(database_url: str) -> None:
    """Be the server: make an app and its employer, say what to ask with, and answer."""
    clock, entropy = SystemClock(), SystemEntropy()
    database = await connect(database_url, clock=clock, new_id=IdMaker(clock, entropy).new)
    await database.migrate()
    accounts = Accounts(entropy)
    body = await _make_app(database, accounts)
    sock = bind("127.0.0.1", 0)
    say = {"port": sock.getsockname()[1], "body": body}
    server = build_server(
        await _application(database, accounts, clock, entropy),
        clock=clock,
        limits=Limits(),
        on_ready=lambda _: print(json.dumps(say), flush=True),
    )
    await server.serve(sockets=[sock])
    await database.close()


async def count_facts(folder: Path) -> int:
    """Count the tokens on record."""
    clock = SystemClock()
    ids = IdMaker(clock, SystemEntropy())
    database = await connect(_url(folder), clock=clock, new_id=ids.new)
    async with database.read() as reader:
        found = await reader.value(
            "SELECT count(*) FROM facts WHERE kind = 'oauth.token_issued'"
        )
    await database.close()
    return int(found)


def report(runs: list[dict[str, Measured]], answered: int, facts: int) -> int:
    """Print and keep the medians; 1 when the target is missed or a token is not on record."""
    print(f"{'':9} {'per second':>11} {'per CPU-second':>15} {'p50 ms':>8} {'p99 ms':>8}")
    for path, name in ((CONSTANT, "constant"), (TOKENS, "token")):
        runs_of = [run[path] for run in runs]
        print(
            f"{name:9} {median(m.per_second for m in runs_of):11,.0f}"
            f" {median(m.per_cpu_second for m in runs_of):15,.0f}"
            f" {median(m.p50_ms for m in runs_of):8.1f}"
            f" {median(m.p99_ms for m in runs_of):8.1f}"
        )
    ratio = median(run[TOKENS].per_cpu_second / run[CONSTANT].per_cpu_second for run in runs)
    rate = median(run[TOKENS].per_second for run in runs)
    # A request that was under way when wrk stopped is on record and was not counted by it.
    is_durable = answered <= facts <= answered + CONNECTIONS * (len(runs) + 1)
    is_fast = rate >= TARGET_PER_S
    print(f"a token costs {1 / ratio:.1f} constants; {facts:,} facts for {answered:,} answers")
    print(f"target {TARGET_PER_S:,} a second: {'met' if is_fast else 'MISSED'}")
    _keep(runs, answered, facts)
    return 0 if is_fast and is_durable else 1


def _keep(runs: list[dict[str, Measured]], answered: int, facts: int) -> None:
    at = datetime.now(UTC)
    figures = [
        {path: dict(zip(m.__slots__, _values(m), strict=True)) for path, m in run.items()}
        for run in runs
    ]
    content = {
        "at": at.isoformat(),
        "python": platform.python_version(),
        "machine": platform.platform(),
        "answered": answered,
        "facts": facts,
        "runs": figures,
    }
    file = RESULTS / f"tokens-{at:%Y%m%dT%H%M%SZ}.json"
    RESULTS.mkdir(exist_ok=True)
    file.write_text(json.dumps(content, indent=1), "utf-8")
    print(f"kept in {file.relative_to(ROOT)}")


def _values(measured: Measured) -> list[float]:
    return [getattr(measured, name) for name in measured.__slots__]


async def _make_app(database: Database, accounts: Accounts) -> str:
    """Make an app, and return the form that it asks with."""
    async with database.unit() as uow:
        employer = await accounts.open_employer(
            uow,
            OpenEmployer(
                legacy_id="1",
                name="Bench",
                country="IE",
                currency="EUR",
                time_zone="Europe/Dublin",
            ),
        )
        app, secret = await accounts.register_app(
            uow,
            employer.id,
            AppTerms(
                name="Bench",
                grant_types=frozenset({GrantType.CLIENT_CREDENTIALS}),
                scopes=frozenset({"employer_access", "employer.advertising.account.read"}),
            ),
        )
    return (
        f"grant_type=client_credentials&client_id={app.id}&client_secret={secret.text}"
        "&scope=employer_access+employer.advertising.account.read"
        f"&employer={employer.id.hex}"
    )


async def _application(
    database: Database, accounts: Accounts, clock: SystemClock, entropy: SystemEntropy
) -> ASGIApp:
    seal = Seal("a secret of the benchmark", entropy)
    ring = KeyRing(clock, seal)
    await ready_keys(database, Keys(seal=seal, entropy=entropy), ring)
    issuer = "http://127.0.0.1:8080"
    doors = Doors(
        accounts=accounts,
        grants=Grants(entropy),
        assertions=Assertions(clock, frozenset({issuer})),
        policy=TokenPolicy(issuer=issuer, url=issuer + TOKENS),
    )
    endpoint = TokenEndpoint(database=database, clock=clock, doors=doors, keys=ring)
    constant = Route(CONSTANT, _constant, methods=["POST"])
    return Starlette(routes=[*routes(endpoint, KeysEndpoint(keys=ring)), constant])


async def _constant(request: Request) -> JSONResponse:
    await request.body()
    return JSONResponse({"token_type": "Bearer"})


def _url(folder: Path) -> str:
    return f"sqlite:{folder / 'bench.db'}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
