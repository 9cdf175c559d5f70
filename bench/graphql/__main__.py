"""
One interview by id through `POST /graphql`, against bare Starlette answering a constant.

    python -m bench.graphql [--quick] [--repetitions N] [--seconds S]

Server on core 0, wrk on core 1, both on the same uvicorn. Rates are requests per second of the
server's own CPU time, so that a busy machine does not blur them. Every repetition measures
both in turn and compares within itself; the figure is the median of the ratios.
"""

import argparse
import json
import os
import platform
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final

import httpx

ROOT: Final = Path(__file__).parents[2]
RESULTS: Final = ROOT / "bench" / "results"
TARGET: Final = 0.25
QUERY: Final = """query GetEvent($ids: [ID!]!) {
  virtualInterviewEvents(input: { ids: $ids }) {
    events {
      id
      status
      title
      startTime
      endTime
      timezone
      languageCode
      countryCode
      interviewerLobbyUrl
      interviewersConnection { interviewers { name email } }
      intervieweesConnection { interviewees { intervieweeLobbyUrl name email } }
    }
  }
}"""
_SERVER_CORE: Final = "0"
_CLIENT_CORE: Final = "1"
_READY_WITHIN_S: Final = 10.0
_DONE: Final = re.compile(r"([0-9]+) requests in ")


@dataclass(frozen=True, slots=True)
class Server:
    """A running contender, and the request that it is measured with."""

    name: str
    url: str
    headers: Mapping[str, str]
    body: str
    pid: int

    def check(self) -> None:
        """Wait until it answers, and see that it answers without errors."""
        deadline = time.monotonic() + _READY_WITHIN_S
        while True:
            try:
                answer = httpx.post(self.url, content=self.body, headers=dict(self.headers))
                break
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        if answer.status_code != 200 or "errors" in answer.json():
            sys.exit(f"bench: {self.name} answers {answer.status_code}: {answer.text}")

    def rate(self, folder: Path, seconds: int) -> float:
        """Measure how many requests are answered in a second of the server's CPU time."""
        script = folder / f"{self.name}.lua"
        lines = ['wrk.method = "POST"', f"wrk.body = {json.dumps(self.body)}"]
        lines += [
            f"wrk.headers[{json.dumps(k)}] = {json.dumps(v)}" for k, v in self.headers.items()
        ]
        script.write_text("\n".join(lines), "utf-8")
        command = ["taskset", "-c", _CLIENT_CORE, "wrk", "-t1", "-c32", f"-d{seconds}s"]
        before = self._cpu_s()
        done = subprocess.run(
            [*command, "-s", str(script), self.url],
            capture_output=True,
            check=True,
            text=True,
        )
        spent = self._cpu_s() - before
        if "Non-2xx" in done.stdout or (found := _DONE.search(done.stdout)) is None:
            sys.exit(f"bench: wrk says\n{done.stdout}{done.stderr}")
        return int(found[1]) / spent

    def _cpu_s(self) -> float:
        """Read what the server's process has used, from its line in /proc."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.graphql", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short repetition")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    options = parser.parse_args()
    repetitions = 1 if options.quick else options.repetitions
    seconds = 2 if options.quick else options.seconds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with started("bare", folder) as bare, started("ours", folder) as ours:
            for server in (bare, ours):
                server.rate(folder, 1)
            runs = [
                {server.name: server.rate(folder, seconds) for server in (bare, ours)}
                for _ in range(repetitions)
            ]
    return report(runs)


@contextmanager
def started(name: str, folder: Path) -> Iterator[Server]:
    """Run one contender on a free port of core 0."""
    port = _free_port()
    command = ["taskset", "-c", _SERVER_CORE, sys.executable, "-m", "bench.graphql.contenders"]
    process = subprocess.Popen(
        [*command, name, str(port), f"sqlite:{folder / 'bench.db'}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        said = process.stdout.readline().strip() if process.stdout else ""
        known = json.loads(said) if said else {}
        headers = {"Content-Type": "application/json"}
        body = {"query": QUERY, "variables": {"ids": [known.get("id", "x")]}}
        if "token" in known:
            headers["Authorization"] = f"Bearer {known['token']}"
        url = f"http://127.0.0.1:{port}/graphql"
        server = Server(name, url, headers, json.dumps(body), process.pid)
        server.check()
        yield server
    finally:
        process.terminate()
        process.wait()


def report(runs: list[dict[str, float]]) -> int:
    """Print the table, keep the figures, and fail when the target is missed."""
    ratios = [run["ours"] / run["bare"] for run in runs]
    found = median(ratios)
    print(f"{'':34}{'per CPU-s':>12}{'ratio':>8}")
    for name, label in (("bare", "bare Starlette, constant JSON"), ("ours", "one interview")):
        rate = median(run[name] for run in runs)
        ratio = 1.0 if name == "bare" else found
        print(f"{label:34}{rate:12,.0f}{ratio:8.3f}")
    print(f"target {TARGET}; ratios {', '.join(f'{ratio:.3f}' for ratio in ratios)}")
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    result = {
        "bench": "graphql",
        "at": now.isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "target": TARGET,
        "ratio": round(found, 4),
        "runs": runs,
    }
    file = RESULTS / f"graphql-{now:%Y%m%dT%H%M%SZ}.json"
    file.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    return 0 if found >= TARGET else 1


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
