"""The processes of an installation, which a run kills, stops and starts again."""

import asyncio
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.acceptance.program import Program, behind, logged

SECRET_KEY: Final = "history-tests-keep-no-secrets-0123456789"


@dataclass(slots=True)
class Node:
    """
    One `hirewire serve`; at *port* 0 it has another one after each start.

    What it logs at each start is kept in a file of its own in *logs*, if there is such a
    folder.
    """

    settings: Mapping[str, str]
    name: str = "node"
    logs: Path | None = None
    port: int = 0
    starts: int = 0
    program: Program | None = None
    kills: int = 0
    drains: int = 0
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def base_url(self) -> str | None:
        """Where it is reached; None while it is down."""
        return None if self.program is None else self.program.base_url

    @property
    def has_died(self) -> bool:
        """Whether it ended, and nobody made it."""
        return self.program is not None and self.program.process.poll() is not None

    async def start(self) -> None:
        """Start it, and wait until it serves."""
        self.starts += 1
        log = _log(self.logs, f"{self.name}-{self.starts}")
        self.program = await asyncio.to_thread(
            self._stack.enter_context,
            logged(log, "serve", "--port", str(self.port), **self.settings),
        )

    async def kill(self) -> None:
        """Kill it as a crash does."""
        assert not self.has_died, f"{self.name}-{self.starts} ended by itself"
        program, self.program = self.program, None
        if program is not None:
            self.kills += 1
            await asyncio.to_thread(self.close)

    async def stop(self) -> int:
        """Ask it to stop; it drains its streams. Return its exit code."""
        assert not self.has_died, f"{self.name}-{self.starts} ended by itself"
        program, self.program = self.program, None
        if program is None:
            return 0
        self.drains += 1
        code = await asyncio.to_thread(program.stop)
        await asyncio.to_thread(self.close)
        return code

    def close(self) -> None:
        """Leave nothing of it running."""
        self.program = None
        self._stack.close()


@dataclass(slots=True)
class Installation:
    """Some nodes on one database, and what is before and behind them."""

    settings: Mapping[str, str]
    nodes: list[Node]
    proxy: str | None = None
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def database(self) -> str:
        return self.settings["database"]

    def up(self) -> list[str]:
        """List where a client may come: to the proxy, or to the nodes that are up."""
        if self.proxy is not None:
            return [self.proxy]
        return [url for node in self.nodes if (url := node.base_url) is not None]

    def dead(self) -> list[str]:
        """Name the processes that ended by themselves."""
        nodes = [f"{node.name}-{node.starts}" for node in self.nodes if node.has_died]
        workers = [
            f"worker-{number}"
            for number, worker in enumerate(self.workers)
            if worker.poll() is not None
        ]
        return nodes + workers

    async def start(self) -> None:
        """Start all nodes."""
        await asyncio.gather(*(node.start() for node in self.nodes))


@contextmanager
def installation(
    database: str,
    *,
    nodes: int = 1,
    workers: int = 0,
    logs: Path | None = None,
    **settings: str,
) -> Iterator[Installation]:
    """Prepare an installation on *database*; its processes end with the block."""
    every = {
        "database": database,
        "secret_key": SECRET_KEY,
        "issuer": "https://id.example",
        "heartbeat_s": "1",
        "shutdown_grace_s": "3",
        **settings,
    }
    named = [Node(every, f"node-{number}", logs) for number in range(nodes)]
    found = Installation(every, named)
    with ExitStack() as stack:
        for number in range(workers):
            log = _log(logs, f"worker-{number}")
            found.workers.append(stack.enter_context(behind(log, **every)))
        try:
            yield found
        finally:
            for node in found.nodes:
                node.close()


def _log(folder: Path | None, name: str) -> Path:
    return Path(os.devnull) if folder is None else folder / f"{name}.log"
