"""Runs the program as its users do, as a process, and talks to it over loopback."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import (
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

DOCUMENTS: Final = Path(__file__).parent.parent / "interviews" / "documents"
SECRET_KEY: Final = "acceptance-tests-keep-no-secrets-0123456789"
SCOPE: Final = "employer_access interviews.schedule conversations"
PATIENCE_S: Final = 60.0

_READY: Final = re.compile(r"hirewire: ready on (http://\S+)\n")


@dataclass(frozen=True, slots=True)
class Program:
    """A running `hirewire`; *greeting* is what it printed with its ready line."""

    process: "subprocess.Popen[bytes]"
    base_url: str
    greeting: str

    def kill(self) -> None:
        """Pull the plug."""
        self.process.kill()
        self.process.wait(PATIENCE_S)

    def stop(self) -> int:
        """Ask it to stop, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)


@dataclass(frozen=True, slots=True)
class Refused:
    """How a start ended that was not to be."""

    code: int
    stdout: str
    stderr: str


def refused(*arguments: str, **settings: str) -> Refused:
    """Run the program where it has to give up at once."""
    done = subprocess.run(
        _command(arguments),
        env=_environment(settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    return Refused(done.returncode, done.stdout, done.stderr)


def running(*arguments: str, **settings: str) -> AbstractContextManager[Program]:
    """Run the program from its ready line to the end of the block."""
    return logged(Path(os.devnull), *arguments, **settings)


@contextmanager
def logged(log: Path, *arguments: str, **settings: str) -> Iterator[Program]:
    """Do the same, with what it logs in the file *log*."""
    with log.open("wb") as logged:
        process = subprocess.Popen(
            _command(arguments),
            env=_environment(settings),
            stdout=subprocess.PIPE,
            stderr=logged,
            bufsize=0,
        )
    try:
        assert process.stdout is not None
        # The ready line and the greeting are one write.
        printed = os.read(process.stdout.fileno(), 65_536).decode()
        found = _READY.match(printed)
        assert found is not None, f"not a ready line: {printed!r}"
        yield Program(process, found[1], printed[found.end() :])
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait(PATIENCE_S)
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def behind(log: Path, **settings: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `hirewire work`, which prints nothing, with what it logs in the file *log*."""
    with log.open("wb") as logged:
        process = subprocess.Popen(
            _command(("work",)), env=_environment(settings), stdout=logged, stderr=logged
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(PATIENCE_S)


def developing(data: Path) -> AbstractContextManager[Program]:
    """Run `hirewire dev` on a free port."""
    return running("dev", "--port", "0", "--data", str(data))


@asynccontextmanager
async def caller(base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client for the program at *base_url*."""
    async with httpx.AsyncClient(base_url=base_url, timeout=PATIENCE_S) as client:
        yield client


async def demo(client: httpx.AsyncClient) -> dict[str, Any]:
    """Read what the demo world holds."""
    world: dict[str, Any] = (await client.get("/_sandbox/demo")).json()
    return world


def app_named(world: dict[str, Any], name: str) -> dict[str, Any]:
    """Pick an app of the demo world."""
    found: dict[str, Any] = next(app for app in world["apps"] if app["name"] == name)
    return found


async def token(
    client: httpx.AsyncClient, app: Mapping[str, Any], employer: str, scope: str = SCOPE
) -> str:
    """Get an access token of *app* that represents *employer*."""
    form = {
        "grant_type": "client_credentials",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "employer": employer,
        "scope": scope,
    }
    answer = await client.post("/oauth/v2/tokens", data=form)
    assert answer.status_code == 200, answer.text
    minted: str = answer.json()["access_token"]
    return minted


async def graphql(
    client: httpx.AsyncClient, bearer: str, query: str, variables: Any = None
) -> dict[str, Any]:
    """Run one operation, and return the whole answer."""
    answer = await client.post(
        "/graphql",
        json={"query": query, "variables": variables},
        headers={"authorization": f"Bearer {bearer}"},
    )
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def _command(arguments: tuple[str, ...]) -> list[str]:
    return [str(Path(sys.executable).with_name("hirewire")), *arguments]


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    ours = {
        name: value for name, value in os.environ.items() if not name.startswith("HIREWIRE_")
    }
    return ours | {f"HIREWIRE_{name.upper()}": value for name, value in settings.items()}


async def next_event(lines: AsyncIterator[str]) -> tuple[str, str]:
    """Read one server-sent event: its name and its data."""
    event = data = ""
    async for line in lines:
        if not line:
            return event, data
        field, _, value = line.partition(": ")
        event = value if field == "event" else event
        data = value if field == "data" else data
    msg = "the stream ended"
    raise AssertionError(msg)
