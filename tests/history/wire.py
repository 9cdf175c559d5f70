"""A client's end of one connection: bytes in, events out, without any library for it."""

import asyncio
from collections.abc import Callable
from typing import Final, cast
from uuid import UUID

import httptools
import msgspec

from tests.history.records import METADATA, TYPING, UPDATE, Frame, Verdict

PATH: Final = "/sse/notifications/message-update"
OK: Final = 200

_MOST_KEPT: Final = 100_000


class _Metadata(msgspec.Struct, rename="camel"):
    connection_uuid: UUID
    recovered: bool | None = None
    replayed: int = 0
    reason: str | None = None


class _Update(msgspec.Struct, rename="camel"):
    uuid: UUID
    event_type: str


class Frames:
    """Reads events, each text once: thousands of clients get the same bytes."""

    def __init__(self) -> None:
        self._known: dict[bytes, Frame] = {}

    def read(self, text: bytes) -> Frame:
        """Read one event, without the blank line that ends it."""
        known = self._known.get(text)
        if known is None:
            known = _frame(text)
            if known.event != METADATA and len(self._known) < _MOST_KEPT:
                self._known[text] = known
        return known


class Wire(asyncio.Protocol):
    """
    Asks for a stream and hands its events to *hear* until the connection ends.

    *status* is what was answered, 0 before. What came of an event that was cut off is dropped,
    as the HTML standard has it.
    """

    def __init__(self, request: bytes, frames: Frames, hear: Callable[[Frame], object]) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.status = 0
        self._request = request
        self._frames = frames
        self._hear = hear
        self._parser = httptools.HttpResponseParser(self)
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if not self.ended.done():
            self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        if self.status != OK:
            return
        *whole, self._rest = (self._rest + body).split(b"\n\n")
        for text in whole:
            self._hear(self._frames.read(text))

    def stall(self) -> None:
        """Read nothing until told to go on."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def go_on(self) -> None:
        """Read again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def cut(self) -> None:
        """End the connection at once, in the middle of whatever comes."""
        if self._transport is not None:
            self._transport.abort()
        if not self.ended.done():
            self.ended.set_result(None)


def request(bearer: str, *, cursor: str | None, event_types: frozenset[str] | None) -> bytes:
    """Spell the request for a stream."""
    query = "" if event_types is None else f"?eventTypes={','.join(sorted(event_types))}"
    came = "" if cursor is None else f"Last-Event-ID: {cursor}\r\n"
    return (
        f"GET {PATH}{query} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
        f"Authorization: Bearer {bearer}\r\n{came}\r\n"
    ).encode()


def _frame(text: bytes) -> Frame:
    fields = dict(line.split(b": ", 1) for line in text.split(b"\n"))
    event = fields.get(b"event", b"message").decode()
    place = fields[b"id"].decode() if b"id" in fields else None
    data = fields.get(b"data", b"")
    if event == METADATA:
        told = msgspec.json.decode(data, type=_Metadata)
        verdict = None
        if told.recovered is not None:
            verdict = Verdict(told.recovered, told.replayed, told.reason)
        return Frame(event, place, verdict=verdict)
    if event == UPDATE:
        update = msgspec.json.decode(data, type=_Update)
        is_signal = update.event_type == TYPING
        return Frame(TYPING, place) if is_signal else Frame(event, place, update.uuid)
    return Frame(event, place)
