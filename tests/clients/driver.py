"""Drives the clients that Node runs: their scenarios are lines of JSON to a process."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.acceptance.program import PATIENCE_S
from tests.clients.person import Person, Stuck
from tests.clients.servers import HERE, NODE, Server


@dataclass(frozen=True, slots=True)
class Driver:
    """A Node process that runs one scenario at a time (`drive.mjs`)."""

    process: "subprocess.Popen[str]"

    def run(self, client: str, scenario: str, server: Server, person: Person) -> Any:
        """Run *scenario* of *client*, send *person* where it asks; return what it found."""
        self._tell({"client": client, "scenario": scenario, "server": server.document()})
        while "result" not in (said := self._hear()):
            if "fault" in said:
                pytest.fail(f"{scenario} at {server.name}: {said['fault']}", pytrace=False)
            self._tell(_answer(said, server, person))
        return said["result"]

    def _tell(self, message: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{json.dumps(message)}\n")
        self.process.stdin.flush()

    def _hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        said: dict[str, Any] = json.loads(self.process.stdout.readline())
        return said


@contextmanager
def running_driver() -> Iterator[Driver]:
    """Run the Node process; it ends with its standard input."""
    process = subprocess.Popen(
        [NODE, str(HERE / "drive.mjs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        try:
            yield Driver(process)
        finally:
            process.kill()
            process.wait(PATIENCE_S)


def _answer(asked: dict[str, Any], server: Server, person: Person) -> object:
    """Do what the client cannot."""
    if "advance" in asked:
        server.advance(asked["advance"])
        return None
    try:
        return person.visit(asked["visit"], asked["callback"])
    except Stuck as stuck:
        return {"status": stuck.status, "page": str(stuck)}
