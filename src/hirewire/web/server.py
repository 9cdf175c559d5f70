"""
The HTTP server: uvicorn, with guarded connections that can be handed over to the stream hub.

On shutdown the streams are drained first, so that the server never waits for them.
"""

import gc
import socket
from collections.abc import Awaitable, Callable
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from hirewire.kit.clock import Clock
from hirewire.web.connection import Connection, Limits, ServerConfig

__all__ = ["Limits", "Server", "bind", "build_server", "serve"]

_GC_THRESHOLD: Final = (20_000, 20, 50)
_LIMITS: Final = Limits()


class Server(uvicorn.Server):
    """uvicorn's server, which tells when it is ready and drains streams when it stops."""

    def __init__(
        self,
        config: ServerConfig,
        *,
        on_ready: Callable[[int], object],
        on_drain: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(config)
        self.clock = config.clock
        self.grace_s = config.limits.graceful_s
        self.on_ready = on_ready
        self.gc_threshold = gc.get_threshold()
        self.on_drain = on_drain

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        await self.on_tick(0)  # The first answer has a date, too.
        # What lives now lives as long as the process: later collections need not look at it.
        gc.collect()
        gc.freeze()
        # Requests make little garbage in cycles: look for it a thirtieth as often.
        gc.set_threshold(*_GC_THRESHOLD)
        self.on_ready(self.servers[0].sockets[0].getsockname()[1])

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        # Not after the drain: EventSource is back sooner where another reader takes long to
        # leave, and after a 503 on a kept connection it never comes again.
        for connection in list(self.server_state.connections):
            connection.shutdown()
        last_call = self.clock.call_later(self.grace_s, self._give_up)
        await self.on_drain()
        await super().shutdown(sockets)
        last_call.cancel()
        gc.unfreeze()
        gc.set_threshold(*self.gc_threshold)

    def _give_up(self) -> None:
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection):
                connection.give_up()


def bind(host: str, port: int) -> socket.socket:
    """
    Bind a listening address, so that a port in use is found before anything else starts.

    Raises:
        OSError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    sock.settimeout(0)
    return sock


async def _nothing_to_drain() -> None:
    """Hold no streams."""


def build_server(
    app: ASGIApp,
    *,
    clock: Clock,
    limits: Limits = _LIMITS,
    on_ready: Callable[[int], object] = lambda port: None,
    on_drain: Callable[[], Awaitable[None]] = _nothing_to_drain,
) -> Server:
    """Make a server of *app*; `await server.serve(sockets=[sock])` runs it in this loop."""
    config = ServerConfig(app, clock=clock, limits=limits)
    return Server(config, on_ready=on_ready, on_drain=on_drain)


def serve(server: Server, sock: socket.socket) -> None:
    """Run *server* on a new uvloop until it is told to stop."""
    server.run(sockets=[sock])
