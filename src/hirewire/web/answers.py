"""Whole answers of endpoints that are asked all the time, in fewer steps than usual."""

from collections.abc import Sequence
from typing import Final

from starlette.types import Receive, Scope, Send

from hirewire.web.cycle import WHOLE

JSON: Final = (b"content-type", b"application/json")

Header = tuple[bytes, bytes]


class Answer:
    """A status, headers as they go over the wire, and a body that is there as a whole."""

    __slots__ = ("body", "headers", "status_code")

    def __init__(self, status_code: int, headers: Sequence[Header], body: bytes) -> None:
        self.status_code = status_code
        self.headers = headers
        self.body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = list(self.headers)
        if WHOLE in scope.get("extensions", ()):
            whole = {"status": self.status_code, "headers": headers, "body": self.body}
            await send({"type": WHOLE, **whole})
            return
        headers.append((b"content-length", b"%d" % len(self.body)))
        await send(
            {"type": "http.response.start", "status": self.status_code, "headers": headers}
        )
        await send({"type": "http.response.body", "body": self.body})
