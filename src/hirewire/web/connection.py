"""
One HTTP/1.1 connection: uvicorn's, with deadlines, bounds, and a way to the stream hub.

A head or body that comes too slowly is refused with 408 (RFC 9110, section 15.5.9), an
oversized head with 431 (RFC 6585, section 5), a body that is declared too large with 413
(RFC 9110, section 15.5.14), one without its one `Host` with 400 (RFC 9112, section 3.2). A
refusal waits for the answers to the requests before it.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from math import inf
from typing import Any, Final, NoReturn

import httptools
import uvicorn
from starlette.types import ASGIApp
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.utils import is_ssl
from uvicorn.server import ServerState

from hirewire.kit.clock import Clock, Timer
from hirewire.web.cycle import WHOLE, Cycle
from hirewire.web.streams.peers import has_left
from hirewire.web.streams.response import HAND_OVER, Header

_BACKLOG: Final = 4096
_LAST_RESORT_S: Final = 1
_NOTHING: Final = memoryview(b"")
_SLICE: Final = 4096  # how far the parser reads at once, and how exact unfinished heads count


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one connection may cost before its request is known, and when the server stops."""

    head_bytes: int = 32 * 1024
    body_bytes: int | None = None  # what may be declared; what comes is for the application
    head_s: float = 10.0
    body_s: float = 30.0
    linger_s: float = 2.0
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
            # Requests are refused at the end of the grace time; tasks are canceled after it.
            timeout_graceful_shutdown=limits.graceful_s + _LAST_RESORT_S,
        )
        self.clock = clock
        self.limits = limits


class HandOver:
    """One request's offer to let go of its connection (`streams.response.Offer`)."""

    __slots__ = ("connection", "server_state")

    def __init__(self, connection: "Connection") -> None:
        self.server_state = connection.server_state
        self.connection: Connection | None = connection

    @property
    def default_headers(self) -> list[Header]:
        """The headers that the server adds to every answer."""
        return self.server_state.default_headers

    @property
    def has_left(self) -> bool:
        """Whether the client has gone already, be it that we have not read so far yet."""
        return self.connection is not None and has_left(self.connection.transport)

    def take(self) -> asyncio.Transport | None:
        """Let go of the connection, for good; None when the client has gone already."""
        connection, self.connection = self.connection, None
        return None if connection is None else connection.let_go(self)


class Flow(FlowControl):
    """Pauses reading, and stays paused while much of what was read has to wait."""

    unread = _NOTHING

    def resume_reading(self) -> None:
        if len(self.unread) <= HIGH_WATER_LIMIT:
            super().resume_reading()


class Connection(HttpToolsProtocol):
    """One HTTP/1.1 connection, with deadlines, bounds, and a way out."""

    __slots__ = (
        "asked",
        "clock",
        "due",
        "has_left",
        "head_bytes",
        "in_head",
        "is_stopping",
        "kept_until",
        "limits",
        "plain_head",
        "refused",
        "running",
        "stopped_at",
        "timer",
        "timer_due",
    )
    flow: Flow

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
        self.due = inf  # when the client is late with what it has begun
        self.kept_until = inf  # when a connection without requests is closed
        self.timer: Timer | None = None  # set for both, and not moved when they move back
        self.timer_due = inf
        self.asked: RequestResponseCycle | None = None  # the request whose head came last
        self.running: RequestResponseCycle | None = None  # the one that is being answered
        self.in_head = False
        self.head_bytes = 0  # of this head, or since the last of this body; its start is free
        self.plain_head = b""  # the head without the upgrade that it asks for
        self.stopped_at = HTTPStatus.BAD_REQUEST  # what it means when the parser fails
        self.refused: HTTPStatus | None = None
        self.has_left = False
        self.is_stopping = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.connections.add(self)
        self.transport = transport
        # As uvicorn does, but for the addresses: asked of a socket, uvloop would keep them for
        # as long as the connection lives, which is long for a stream.
        self.server = _address(transport.get_extra_info("sockname"))
        self.client = _address(transport.get_extra_info("peername"))
        self.scheme = "https" if is_ssl(transport) else "http"
        self.flow = Flow(transport)
        self._await_within(self.limits.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_what_waits()
        if self.running is not None:
            _disconnect(self.running)
        super().connection_lost(exc)
        self.asked = self.running = None
        self.cycle = self.scope = None  # type: ignore[assignment] # They hold on to this object.

    def data_received(self, data: bytes) -> None:
        if self.refused is not None:
            return
        self.kept_until = inf
        flow = self.flow
        if flow.unread or self.pipeline or len(data) > _SLICE:
            flow.unread = memoryview(bytes(flow.unread) + data)
            self._read_on()
        elif (parsed := self._parse(data)) < len(data):
            flow.unread = memoryview(data)[parsed:]
            self._read_on()
        elif self.due == inf:
            self._guard()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.in_head = True
        self.head_bytes = 0
        self.plain_head = b""
        offered: dict[str, Any] = {HAND_OVER: HandOver(self), WHOLE: {}}
        self.scope["extensions"] = offered

    def on_headers_complete(self) -> None:
        if self.head_bytes + _SLICE > self.limits.head_bytes and self._has_oversized_head():
            self._stop_at(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if self.parser.should_upgrade():
            self._ignore_upgrade()
            return
        if self._lacks_its_host():
            self._stop_at(HTTPStatus.BAD_REQUEST)
        if self.limits.body_bytes is not None and self._declares_too_much():
            self._stop_at(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        super().on_headers_complete()
        self.cycle.__class__ = Cycle
        self.asked = self.cycle
        self.in_head = False
        self.headers = []  # What may follow are trailers, which are not the request's headers.
        self.due = inf

    def on_body(self, body: bytes) -> None:
        self.head_bytes = 0
        cycle = self.cycle
        if cycle.response_complete:
            return
        cycle.body += body
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.message_event.set()

    def on_message_complete(self) -> None:
        if not self.plain_head:
            self.cycle.more_body = False
            self.cycle.message_event.set()
            self.due = inf

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            if not self.pipeline and self.refused is None:
                self._read_on()
                self.flow.resume_reading()
        elif self.refused is not None:
            self._leave(_refusal(self.refused))
        else:
            self._keep_alive()

    def shutdown(self) -> None:
        self.is_stopping = True
        if self.has_left:
            self.transport.close()
        else:
            super().shutdown()

    def give_up(self) -> None:
        """Refuse what is not answered when the server has no time left."""
        self.shutdown()
        if self.running is not None and self._is_answering() and not self.has_left:
            self.pipeline.clear()
            self._refuse_running(self.running, HTTPStatus.SERVICE_UNAVAILABLE)

    def let_go(self, offer: HandOver) -> asyncio.Transport | None:
        """Release the transport, and end *offer*'s request without a word or a log line."""
        cycle = self.running
        if cycle is None or not _may_end(cycle, offer) or self.transport.is_closing():
            return None
        self.connections.discard(self)
        self.server_state.total_requests += 1
        self._forget_what_waits()
        self.flow.resume_reading()
        cycle.response_started = cycle.response_complete = True
        _disconnect(cycle)
        self.parser = None  # type: ignore[assignment] # It holds on to this object.
        return self.transport

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self.running = cycle
        super()._start_asgi_task(cycle, app)

    def _read_on(self) -> None:
        """Parse what came, up to a request that has to wait for the answer to another."""
        flow = self.flow
        while flow.unread and not self.pipeline:
            parsed = self._parse(flow.unread[:_SLICE])
            flow.unread = flow.unread[parsed:] if self.refused is None else _NOTHING
        if len(flow.unread) > HIGH_WATER_LIMIT:
            flow.pause_reading()
        if self.due == inf:
            self._guard()

    def _parse(self, piece: bytes | memoryview) -> int:
        """Have the parser read *piece*, and return how far it came."""
        self.head_bytes += len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as stop:
            self._read_plain_head()
            if self.refused is None:
                head_end: int = stop.args[0]
                return head_end
        except httptools.HttpParserError:
            self._refuse(self.stopped_at)
        if self.head_bytes > self.limits.head_bytes and (self.in_head or self._lacks_body()):
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        return len(piece)

    def _ignore_upgrade(self) -> None:
        """
        Keep the head without its upgrade (RFC 9110, section 7.8).

        The parser takes no body behind an upgrade, and stops there. Everything it has
        checked of the head it checks again when it reads what is kept here.
        """
        method = self.parser.get_method()
        if method == b"CONNECT":
            self._stop_at(HTTPStatus.NOT_IMPLEMENTED)
        version = self.parser.get_http_version().encode()
        kept = [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        lines = [b"%b %b HTTP/%b" % (method, self.url, version), *kept]
        self.plain_head = b"\r\n".join(lines) + b"\r\n\r\n"

    def _read_plain_head(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        # As uvicorn does: what follows a request that is the last one is not looked at.
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._parse(self.plain_head)

    def _has_oversized_head(self) -> bool:
        # Separators and line ends count as four bytes a header, the request line as its URL.
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        return size > self.limits.head_bytes

    def _lacks_its_host(self) -> bool:
        named = 0
        for name, _ in self.headers:  # Half the cost of a comprehension, in each request.
            if name == b"host":
                named += 1
        return named > 1 or (not named and self.parser.get_http_version() != "1.0")

    def _declares_too_much(self) -> bool:
        limit = self.limits.body_bytes
        sizes = (int(value) for name, value in self.headers if name == b"content-length")
        return limit is not None and next(sizes, 0) > limit

    def _stop_at(self, status: HTTPStatus) -> NoReturn:
        """Stop the parser in the midst of a head, and have it refused."""
        self.stopped_at = status
        raise ValueError(status.phrase)

    def _lacks_body(self) -> bool:
        return not self.in_head and self.asked is not None and self.asked.more_body

    def _is_answering(self) -> bool:
        return self.running is not None and not self.running.response_complete

    def _guard(self) -> None:
        """Set a deadline for what the client still has to send, if anything."""
        if self.pipeline or self.refused is not None or self.transport.is_closing():
            return
        if self._lacks_body():
            self._await_within(self.limits.body_s)
        elif self.in_head or not self._is_answering():
            self._await_within(self.limits.head_s)

    def _await_within(self, seconds: float) -> None:
        self.due = self.clock.monotonic() + seconds
        self._wake_by(self.due)

    def _keep_alive(self) -> None:
        self.kept_until = self.clock.monotonic() + self.limits.keep_alive_s
        if self.timer_due > self.kept_until:
            self._wake_by(self.kept_until)

    def _wake_by(self, moment: float) -> None:
        """Have the one timer ring at *moment*, unless it does so earlier."""
        if moment >= self.timer_due:
            return
        if self.timer is not None:
            self.timer.cancel()
        self.timer_due = moment
        left_s = max(0.0, moment - self.clock.monotonic())
        self.timer = self.clock.call_later(left_s, self._ring)

    def _ring(self) -> None:
        self.timer, self.timer_due = None, inf
        moment = min(self.due, self.kept_until)
        if self.clock.monotonic() >= moment:
            self._ran_late()
        elif moment < inf:
            self._wake_by(moment)

    def _forget_what_waits(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.timer, self.timer_due, self.due, self.kept_until = None, inf, inf, inf
        self.pipeline.clear()
        self.flow.unread = _NOTHING

    def _ran_late(self) -> None:
        self.due = inf
        if not self.has_left and (self.in_head or self._lacks_body()):
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()  # There is nothing to answer, or it was answered.

    def _refuse(self, status: HTTPStatus) -> None:
        """Refuse what is being read, once everything before it is answered, and leave."""
        if self.refused is not None or self.transport.is_closing():
            return
        self.refused = status
        self.due = inf
        running = self.running
        if self._lacks_body() and running is not None:
            if self.asked is running:
                self._refuse_running(running, status)
                return
            self.pipeline.popleft()
            self.cycle = self.pipeline[0][0] if self.pipeline else running
        if not self._is_answering():
            self._leave(_refusal(status))

    def _refuse_running(self, cycle: RequestResponseCycle, status: HTTPStatus) -> None:
        answer = b"" if cycle.response_started else _refusal(status)
        _disconnect(cycle)
        self._leave(answer)

    def _leave(self, answer: bytes) -> None:
        """
        Say *answer* and no more, and hear the client out for a moment.

        Closing at once would reset the connection while the client is still sending, which
        may cost it the answer (RFC 9112, section 9.6).
        """
        self.has_left = True
        self.transport.write(answer)
        if self.is_stopping or self.transport.is_closing():
            self.transport.close()
            return
        self.flow.resume_reading()
        self._await_within(self.limits.linger_s)
        with suppress(OSError):  # The client may be gone.
            self.transport.write_eof()


def _address(name: object) -> tuple[str, int] | None:
    """Spell an address as ASGI does; a UNIX socket has none that says anything."""
    return (str(name[0]), int(name[1])) if isinstance(name, tuple) else None


def _may_end(cycle: RequestResponseCycle, offer: HandOver) -> bool:
    """Whether *cycle*'s request is the one that *offer* was made to, and has no answer yet."""
    extensions: Mapping[str, object] = cycle.scope.get("extensions", {})
    is_its_own = extensions.get(HAND_OVER) is offer
    return is_its_own and not cycle.response_started and not cycle.disconnected


def _disconnect(cycle: RequestResponseCycle) -> None:
    """Let the application find that nobody waits for its answer."""
    cycle.disconnected = True
    cycle.message_event.set()


def _refusal(status: HTTPStatus) -> bytes:
    later = "retry-after: 1\r\n" if status == HTTPStatus.SERVICE_UNAVAILABLE else ""
    return (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        f"content-length: 0\r\n{later}connection: close\r\n\r\n"
    ).encode()
