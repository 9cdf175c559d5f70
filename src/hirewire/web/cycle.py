"""
A request and its answer, as uvicorn has it; an answer may come whole, in one message.

Of what an answer costs the server, checking each header and writing twice is a good part. An
application that finds `WHOLE` among a request's extensions may send one message of that type,
with `status`, `headers` (without content-length) and `body`.
"""

from collections.abc import Iterable
from typing import Any, Final

from starlette.types import Message
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

WHOLE: Final = "hirewire.whole_answer"

_CLOSE: Final = b"connection: close\r\n"


class Cycle(RequestResponseCycle):
    """Made of one of uvicorn's own, by taking its class."""

    async def send(self, message: Any) -> None:
        if message["type"] != WHOLE:
            await super().send(message)
            return
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if self.response_started:
            msg = "The answer was begun already."
            raise RuntimeError(msg)
        self._write(message)

    def _write(self, message: Message) -> None:
        body: bytes = message["body"]
        head = _lines([*self.default_headers, *message["headers"]])
        length = b"content-length: %d\r\n" % len(body)
        last = b"\r\n" if self.keep_alive else _CLOSE + b"\r\n"
        shown = b"" if self.scope["method"] == "HEAD" else body
        self.response_started = self.response_complete = True
        self.waiting_for_100_continue = False
        self.transport.write(
            b"".join((STATUS_LINE[message["status"]], head, length, last, shown))
        )
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()


def _lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Spell the headers, and refuse any that would be more than one line."""
    lines = [b"%b: %b\r\n" % header for header in headers]
    block = b"".join(lines)
    if block.count(b"\n") + block.count(b"\r") != 2 * len(lines) or b"\0" in block:
        msg = "A header is not one line."
        raise ValueError(msg)
    return block
