"""
The HTTP server: uvicorn, with guarded connections that can be handed over to the stream hub.

A connection that sends its head or body too slowly is closed with 408 (RFC 9110, section
15.5.9), one with an oversized head with 431 (RFC 6585, section 5). On shutdown the streams are
drained first, so that the server never waits for them.
"""

import asyncio
import gc
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from hirewire.kit.clock import Clock, Timer
from hirewire.web.streams.response import HAND_OVER, Header

_BACKLOG: Final = 4096
_GC_THRESHOLD: Final = (20_000, 20, 50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one connection may cost before its request is known."""

    head_bytes: int = 32 * 1024
    head_s: float = 10.0
    body_s: float = 30.0
    keep_alive_s: int = 75
    graceful_s: int = 10


class ServerConfig(uvicorn.Config):
    """uvicorn's configuration, with what our connections need beside it."""

    def __init__(self, app: ASGIApp, *, clock: Clock, limits: Limits) -> None:
        super().__init__(
            app,
            loop="uvloop",
            http=Connection,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=_BACKLOG,
            timeout_keep_alive=limits.keep_alive_s,
            timeout_graceful_shutdown=limits.graceful_s,
        )
        self.clock = clock
        self.limits = limits


class HandOver:
    """One request's offer to let go of its connection (`streams.response.Offer`)."""

    __slots__ = ("connection", "cycle", "server_state")

    def __init__(self, connection: "Connection") -> None:
        self.server_state = connection.server_state
        self.connection: Connection | None = connection
        self.cycle: RequestResponseCycle | None = None

    @property
    def default_headers(self) -> list[Header]:
        """The headers that the server adds to every answer."""
        return self.server_state.default_headers

    def take(self) -> asyncio.Transport | None:
        """Let go of the connection, for good; None when the client has gone already."""
        connection, cycle = self.connection, self.cycle
        self.connection = self.cycle = None
        if connection is None or cycle is None or cycle.response_started:
            return None
        return connection.let_go(cycle)


class Connection(HttpToolsProtocol):
    """One HTTP/1.1 connection, with deadlines, a bound on its head, and a way out."""

    def __init__(
        self,
        config: ServerConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.clock = config.clock
        self.limits = config.limits
        self.deadline: Timer | None = None
        self.offer: HandOver | None = None
        self.asked: RequestResponseCycle | None = None  # the request whose head came last
        self.in_head = False
        self.head_bytes = 0  # an upper bound of the head so far
        self.chunk_bytes = 0
        self.refusal: HTTPStatus | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_within(self.limits.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self._meet_deadline()
        super().connection_lost(exc)
        if self.offer is not None:
            self.offer.connection = self.offer.cycle = None

    def data_received(self, data: bytes) -> None:
        self.chunk_bytes = len(data)
        self.head_bytes += self.chunk_bytes
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self.in_head and self.head_bytes > self.limits.head_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self.deadline is None:
            self._guard()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.in_head = True
        self.head_bytes = self.chunk_bytes
        self.offer = HandOver(self)
        self.scope["extensions"] = {HAND_OVER: self.offer}  # type: ignore[dict-item]

    def on_headers_complete(self) -> None:
        if self.head_bytes > self.limits.head_bytes and self._has_oversized_head():
            self.refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            msg = "The head of the request is too large."
            raise ValueError(msg)  # The parser stops, and `send_400_response` is called.
        super().on_headers_complete()
        self.in_head = False
        self.asked = self.cycle
        if self.offer is not None:
            self.offer.cycle = self.cycle
        self._meet_deadline()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._meet_deadline()

    def send_400_response(self, msg: str) -> None:
        """Answer a head that the parser refused, or that we did while it was parsing."""
        if self.refusal is None:
            super().send_400_response(msg)
        else:
            self._refuse(self.refusal)

    def let_go(self, cycle: RequestResponseCycle) -> asyncio.Transport | None:
        """Release the transport, and make *cycle* end without a word or a log line."""
        if cycle.disconnected or self.transport.is_closing():
            return None
        self.connections.discard(self)
        self.server_state.total_requests += 1
        self._unset_keepalive_if_required()
        self._meet_deadline()
        self.pipeline.clear()
        self.flow.resume_reading()
        cycle.response_started = cycle.response_complete = cycle.disconnected = True
        cycle.message_event.set()
        self.parser = None  # type: ignore[assignment] # It holds on to this object.
        return self.transport

    def _has_oversized_head(self) -> bool:
        # Separators and line ends count as four bytes a header, the request line as its URL.
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        return size > self.limits.head_bytes

    def _guard(self) -> None:
        """Set a deadline for what the client still has to send, if anything."""
        if self.in_head or self._is_idle():
            self._await_within(self.limits.head_s)
        elif self.asked is not None and self.asked.more_body:
            self._await_within(self.limits.body_s)

    def _is_idle(self) -> bool:
        return self.asked is None or self.asked.response_complete

    def _await_within(self, seconds: float) -> None:
        self.deadline = self.clock.call_later(seconds, self._ran_late)

    def _meet_deadline(self) -> None:
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None

    def _ran_late(self) -> None:
        self.deadline = None
        if self._is_idle() and not self.in_head:
            self.transport.close()  # Nothing was asked, so there is nothing to answer.
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    def _refuse(self, status: HTTPStatus) -> None:
        if self.transport.is_closing():
            return
        if self._may_answer():
            self.transport.write(_refusal(status))
        self.transport.close()

    def _may_answer(self) -> bool:
        """Nothing is written in front of, or into, the answer to another request."""
        if self.asked is None or self.asked.response_complete:
            return True
        return not self.in_head and not self.asked.response_started


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
        await self.on_drain()
        await super().shutdown(sockets)
        gc.unfreeze()
        gc.set_threshold(*self.gc_threshold)


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
    limits: Limits = Limits(),
    on_ready: Callable[[int], object] = lambda port: None,
    on_drain: Callable[[], Awaitable[None]] = _nothing_to_drain,
) -> Server:
    """Make a server of *app*; `await server.serve(sockets=[sock])` runs it in this loop."""
    config = ServerConfig(app, clock=clock, limits=limits)
    return Server(config, on_ready=on_ready, on_drain=on_drain)


def serve(server: Server, sock: socket.socket) -> None:
    """Run *server* on a new uvloop until it is told to stop."""
    server.run(sockets=[sock])


def _refusal(status: HTTPStatus) -> bytes:
    return (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        "content-length: 0\r\nconnection: close\r\n\r\n"
    ).encode()
