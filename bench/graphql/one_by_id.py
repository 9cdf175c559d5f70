"""
One interview by id through `POST /graphql`, against bare Starlette answering a constant.

Server on core 0, wrk on core 1, both on the same uvicorn. Rates are requests per second of the
server's own CPU time, so that a busy machine does not blur them. Every repetition measures
both in turn and compares within itself; the figure is the median of the ratios.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import httpx

ROOT: Final = Path(__file__).parents[2]
TARGET: Final = 0.5
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


def measure(repetitions: int, seconds: int) -> list[dict[str, float]]:
    """Measure both in turn, after each has warmed up."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with started("bare", folder) as bare, started("ours", folder) as ours:
            for server in (bare, ours):
                server.rate(folder, 1)
            return [
                {server.name: server.rate(folder, seconds) for server in (bare, ours)}
                for _ in range(repetitions)
            ]


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


def report(runs: list[dict[str, float]]) -> bool:
    """Print the table, and tell whether the target is met."""
    ratios = [run["ours"] / run["bare"] for run in runs]
    found = median(ratios)
    print(f"{'':34}{'per CPU-s':>12}{'ratio':>8}")
    for name, label in (("bare", "bare Starlette, constant JSON"), ("ours", "one interview")):
        rate = median(run[name] for run in runs)
        ratio = 1.0 if name == "bare" else found
        print(f"{label:34}{rate:12,.0f}{ratio:8.3f}")
    print(f"target {TARGET}; ratios {', '.join(f'{ratio:.3f}' for ratio in ratios)}")
    return found >= TARGET


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
