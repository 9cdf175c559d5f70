"""Where a run of the history bench takes place, and what can happen to it there."""

import asyncio
import socket
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from tests.fixtures.servers import (
    NatsServer,
    PostgresServer,
    running_nats_server,
    running_postgres_server,
)
from tests.history.nodes import Installation, installation
from tests.history.runs import Run

FIXED_PORTS: Final = (21_000, 21_100)
NGINX_CONF: Final = Path(__file__).parents[2] / "deploy" / "nginx.conf"

Blow: TypeAlias = Callable[[Run], Awaitable[None]]


@dataclass(slots=True)
class Site:
    """Where a run takes place, what can happen to it, and how often which server went."""

    where: Installation
    blows: tuple[Blow, ...] = ()
    nats_losses: int = 0
    postgres_losses: int = 0


@contextmanager
def embedded(logs: Path | None) -> Iterator[Site]:
    """One process on SQLite; what processes log is kept in *logs*, if that is somewhere."""
    with (
        tempfile.TemporaryDirectory() as folder,
        installation(f"sqlite:{Path(folder, 'hirewire.db')}", logs=logs) as where,
    ):
        yield Site(where, (_kill(0), _kill(0), _drain(0)))


@contextmanager
def cluster(logs: Path | None) -> Iterator[Site]:
    """Two web processes and a worker, on PostgreSQL and NATS."""
    with (
        running_postgres_server() as postgres,
        running_nats_server() as nats,
        installation(postgres.dsn(), nodes=2, workers=1, logs=logs, bus=nats.url) as where,
    ):
        site = Site(where)
        site.blows = (
            _kill(1, away=200),
            _kill(0, away=200),
            _stop_nats(site, nats),
            _drain(0),
            _kill(1),
            _kill_nats(site, nats),
            _drain(1),
            _crash_postgres(site, postgres),
        )
        yield site


@contextmanager
def proxied(logs: Path | None) -> Iterator[Site]:
    """The same behind nginx with `deploy/nginx.conf`: clients know one address only."""
    with cluster(logs) as site:
        proxy, *ports = _free_ports(1 + len(site.where.nodes))
        for node, port in zip(site.where.nodes, ports, strict=True):
            node.port = port
        with _nginx(proxy, ports):
            site.where.proxy = f"http://127.0.0.1:{proxy}"
            yield site


SETUPS: Final = {"embedded": embedded, "cluster": cluster, "proxied": proxied}


@contextmanager
def _nginx(port: int, upstreams: Sequence[int]) -> Iterator[None]:
    """Run Debian's nginx with our configuration, at other addresses."""
    configuration = NGINX_CONF.read_text().replace("listen 8080", f"listen 127.0.0.1:{port}")
    for number, upstream in enumerate(upstreams, 1):
        configuration = configuration.replace(f"web{number}:8000", f"127.0.0.1:{upstream}")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "nginx.conf").write_text(configuration)
        at = ["nginx", "-p", folder, "-c", f"{folder}/nginx.conf", "-e", f"{folder}/errors"]
        globally = f"daemon off; pid {folder}/pid;"
        subprocess.run([*at, "-t", "-q", "-g", globally], check=True)
        server = subprocess.Popen([*at, "-g", globally])
        try:
            yield
        finally:
            server.terminate()
            server.wait()


def _free_ports(count: int) -> list[int]:
    """Find ports that no outgoing connection takes while a node is away."""
    found: list[int] = []
    for port in range(*FIXED_PORTS):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                found.append(port)
        if len(found) == count:
            return found
    sys.exit("history: no free ports")


def _kill(number: int, *, away: int = 0) -> Blow:
    """Kill a node, and start it again when *away* more updates were written elsewhere."""

    async def blow(run: Run) -> None:
        node = run.where.nodes[number]
        await node.kill()
        if away:
            await run.written_more(away)
        await node.start()

    return blow


def _drain(number: int) -> Blow:
    async def blow(run: Run) -> None:
        await run.restart_drained(run.where.nodes[number])

    return blow


def _stop_nats(site: Site, nats: NatsServer) -> Blow:
    """Stop NATS for as long as a few hundred updates take."""

    async def blow(run: Run) -> None:
        site.nats_losses += 1
        await asyncio.to_thread(nats.stop)
        await run.written_more(200)
        await asyncio.to_thread(nats.start)

    return blow


def _kill_nats(site: Site, nats: NatsServer) -> Blow:
    async def blow(run: Run) -> None:
        site.nats_losses += 1
        await asyncio.to_thread(nats.kill)
        await asyncio.to_thread(nats.start)

    return blow


def _crash_postgres(site: Site, postgres: PostgresServer) -> Blow:
    async def blow(run: Run) -> None:
        site.postgres_losses += 1
        await asyncio.to_thread(postgres.crash)
        await asyncio.to_thread(postgres.start)

    return blow
