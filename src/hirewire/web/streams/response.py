"""
How a stream opens: an ASGI response that hands its connection to the hub.

Where the server offers the hand-over (`hirewire.web.server` does), the head and the first
frames leave in one write and the request's task ends at once. Elsewhere (another server, an
HTTP/2 front end) the task stays, and moves bytes between the hub and `send`. There the server
frames the body, so several events of one turn may share a chunk.
"""

import re
import sys
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from math import inf
from typing import Any, Final, Protocol
from uuid import UUID

from starlette.types import Receive, Scope, Send

from hirewire.web.streams.hub import Hub
from hirewire.web.streams.over_asgi import carry_over_asgi
from hirewire.web.streams.slot import OnClose, Pipe, Reason, Slot, StreamKind

HAND_OVER: Final = "hirewire.stream"

Header = tuple[bytes, bytes]

_HEADERS: Final[tuple[Header, ...]] = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)
_NO_CLIENT: Final = ("", 0)
_CLOSE: Final = (b"connection", b"close")
_CHUNKED: Final = (b"transfer-encoding", b"chunked")
_COME_BACK: Final = (b"retry-after", b"2")
_NOT_IN_A_NAME: Final = re.compile(rb"[^!#$%&'*+\-.^_`|~0-9A-Za-z]")
_NOT_IN_A_VALUE: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class Offer(Protocol):
    """What the server puts into the scope's extensions under `HAND_OVER`."""

    @property
    def default_headers(self) -> Iterable[Header]:
        """The headers that the server adds to every answer."""

    @property
    def has_left(self) -> bool:
        """Whether the client has gone already, be it that nobody has read so far yet."""

    def take(self) -> Pipe | None:
        """Let go of the connection, for good; None when the client has gone already."""


class Log(Protocol):
    """Where a stream is told of when it opens and when it ends; structlog's `info` is one."""

    def __call__(self, event: str, /, **fields: Any) -> Any: ...


def _say_nothing(event: str, /, **fields: object) -> None:
    """Keep no access log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStream:
    """
    A 200 `text/event-stream` answer; return it from a route.

    *first* holds whole frames; *topics*, *accepts*, *lifetime_s*, *holders* and *is_live* are
    `Hub.open`'s; *headers* come on top of the stream's own. While the hub drains, the answer
    is 503 instead.
    """

    hub: Hub
    kind: StreamKind
    topics: tuple[str, ...]
    first: tuple[bytes, ...] = ()
    accepts: frozenset[str] | None = None
    lifetime_s: float = inf
    holders: Collection[UUID] = ()
    is_live: bool = True
    headers: tuple[Header, ...] = ()
    log: Log = _say_nothing
    on_open: Callable[[Slot], object] | None = None
    on_close: OnClose | None = None

    def __post_init__(self) -> None:
        for name, value in self.headers:
            if not name or _NOT_IN_A_NAME.search(name) or _NOT_IN_A_VALUE.search(value):
                msg = f"Not a header: {name!r}: {value!r}"
                raise ValueError(msg)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.hub.is_draining:
            # With the stream's own headers: a page of elsewhere is to read when to come back.
            refusal = [*self.headers, _COME_BACK, (b"content-length", b"0")]
            await _answer(send, 503, refusal)
            return
        headers = [*_HEADERS, *self.headers]
        if scope["method"] == "HEAD":
            await _answer(send, 200, headers)
            return
        offer: Offer | None = scope.get("extensions", {}).get(HAND_OVER)
        if offer is None:
            await carry_over_asgi(headers, receive, send, lambda pipe: self._open(pipe, scope))
            return
        self._hand_over(offer, scope, headers)

    def _hand_over(self, offer: Offer, scope: Scope, headers: list[Header]) -> None:
        pipe = offer.take()
        if pipe is None:
            return
        chunked = self.kind.chunked and scope["http_version"] != "1.0"
        framing = (_CLOSE, _CHUNKED) if chunked else (_CLOSE,)
        named = _named(scope)
        head = _encode_head([*offer.default_headers, *headers, *named, *framing])
        try:
            self._open(pipe, scope, head=head, chunked=chunked)
        except BaseException:
            pipe.abort()  # The server has let go of it: nobody else would.
            raise

    def _open(
        self, pipe: Pipe, scope: Scope, *, head: bytes = b"", chunked: bool = False
    ) -> None:
        host, port = scope.get("client") or _NO_CLIENT
        visit = _Visit(
            log=self.log,
            then=self.on_close,
            path=sys.intern(scope["path"]),
            host=sys.intern(host),
            port=port,
            began_s=self.hub.clock.monotonic(),
        )
        slot = self.hub.open(
            pipe,
            self.kind,
            topics=self.topics,
            head=head,
            first=self.first,
            accepts=self.accepts,
            lifetime_s=self.lifetime_s,
            chunked=chunked,
            holders=self.holders,
            is_live=self.is_live,
            on_close=visit,
        )
        self.log("stream opened", path=visit.path, client=visit.client, kind=self.kind.name)
        if self.on_open is not None:
            self.on_open(slot)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """
    What must be remembered of a request to tell of its end.

    Its strings are those of others, too, so that an open stream weighs less.
    """

    log: Log
    then: OnClose | None
    path: str
    host: str
    port: int
    began_s: float

    @property
    def client(self) -> str:
        return f"{self.host}:{self.port}" if self.host else ""

    def __call__(self, slot: Slot, reason: Reason) -> None:
        self.log(
            "stream closed",
            path=self.path,
            client=self.client,
            kind=slot.kind.name,
            reason=reason.value,
            seconds=round(slot.keeper.clock.monotonic() - self.began_s, 3),
        )
        if self.then is not None:
            self.then(slot, reason)


def has_left(scope: Scope) -> bool:
    """Tell whether a request's client has gone already, where the server can tell."""
    offer: Offer | None = scope.get("extensions", {}).get(HAND_OVER)
    return offer is not None and offer.has_left


def _named(scope: Scope) -> tuple[Header, ...]:
    """Name the request in a head that no middleware sees."""
    request_id: str | None = scope.get("request_id")
    return () if request_id is None else ((b"x-request-id", request_id.encode("latin-1")),)


def _encode_head(headers: Iterable[Header]) -> bytes:
    lines = [b"HTTP/1.1 200 OK", *(b"%b: %b" % header for header in headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n"


async def _answer(send: Send, status: int, headers: list[Header]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body"})
