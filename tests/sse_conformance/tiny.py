"""A tiny server of event streams that does all that is asked for, but for one fault."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, urlsplit

ORIGIN: Final = "https://trusted.example"
TOKEN: Final = "a-token-that-is-good"
LIMIT: Final = 3
HEARTBEAT_S: Final = 1.2
"""At least how often it beats; in fact it does a little earlier."""

_HEAD: Final = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "Vary": "Origin",
    "Connection": "close",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass(slots=True)
class Tiny:
    """The server; *fault* names what it does wrong, and nothing else."""

    fault: str = ""
    heartbeat_s: float = 0.8
    said: list[str] = field(default_factory=list)
    port: int = 0
    stops: int = 0
    _open: int = 0
    _woken: "asyncio.Event" = field(default_factory=asyncio.Event)

    def say(self) -> None:
        """Have something happen."""
        self.said.append(json.dumps({"number": len(self.said)}))
        self._wake()

    def stop(self) -> None:
        """End all streams, and be there again at once."""
        self.stops += 1
        self._wake()

    def _wake(self) -> None:
        woken, self._woken = self._woken, asyncio.Event()
        woken.set()

    async def __call__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with closing(writer), suppress(ConnectionError, asyncio.IncompleteReadError):
            asked = await _asked(reader)
            leaving = asyncio.ensure_future(_gone(reader))
            answering = asyncio.ensure_future(self._answer(asked, writer))
            await asyncio.wait({leaving, answering}, return_when=asyncio.FIRST_COMPLETED)
            leaving.cancel()
            answering.cancel()
            await asyncio.gather(leaving, answering, return_exceptions=True)

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.path == "/say":
            self.say()
            _plain(writer, 204)
        elif asked.path == "/stop":
            _plain(writer, 204)
            self.stop()
        elif asked.method == "OPTIONS":
            self._preflight(asked, writer)
        elif asked.method not in {"GET", "HEAD"}:
            wrong = self.fault == "any method"
            _plain(writer, 200 if wrong else 405, {"Allow": "GET, HEAD, POST, OPTIONS"})
        elif (refusal := self._refusal(asked)) is not None:
            _plain(writer, *refusal)
        else:
            await self._stream(asked, writer)

    def _preflight(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        headers = {"Allow": "GET, HEAD, POST, OPTIONS", "Vary": "Origin"}
        if self.fault == "no Allow":
            del headers["Allow"]
        if asked.headers.get("origin") == ORIGIN or self.fault == "preflight for anybody":
            headers |= {
                "Access-Control-Allow-Origin": asked.headers.get("origin", "*"),
                "Access-Control-Allow-Headers": "Authorization, Last-Event-ID",
            }
        if self.fault == "no Authorization from pages":
            headers["Access-Control-Allow-Headers"] = "Last-Event-ID"
        _plain(writer, 204, headers)

    def _refusal(self, asked: Asked) -> tuple[int, dict[str, str], bytes] | None:
        origin = asked.headers.get("origin", ORIGIN)
        if not self._is_good(asked.headers.get("authorization", "")):
            return 400, {}, b'{"error":"invalid_token"}'
        if origin != ORIGIN and self.fault != "streams for anybody":
            return 403, {}, b'{"error":"access_denied"}'
        if asked.query.get("eventTypes", "a") not in {"a", "b"} and self.fault != "any filter":
            return 400, {}, b'{"error":"invalid_request"}'
        if self._open >= LIMIT and self.fault != "no limit":
            wait = {} if self.fault == "no Retry-After" else {"Retry-After": "1"}
            return 429, wait, b'{"error":"too_many_streams"}'
        return None

    def _is_good(self, authorization: str) -> bool:
        if self.fault == "no token":
            return authorization in {"", f"Bearer {TOKEN}"}
        if self.fault == "any token":
            return bool(authorization)
        return authorization == f"Bearer {TOKEN}"

    async def _stream(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        headers = dict(_HEAD)
        if "origin" in asked.headers and self.fault != "no sharing":
            headers["Access-Control-Allow-Origin"] = asked.headers["origin"]
        headers |= _FAULTY_HEADERS.get(self.fault, {})
        if self.fault in _CHUNK_SIZES:
            headers["Transfer-Encoding"] = "chunked"
        if self.fault == "length":
            headers["Content-Length"] = "100000"
        if asked.method == "HEAD":
            status = 404 if self.fault == "HEAD differs" else 200
            _plain(writer, status, headers)
            return
        _plain(writer, 202 if self.fault == "status" else 200, headers)
        self._open += 1
        try:
            await self._send(asked, writer)
        finally:
            self._open -= 1 if self.fault != "places are not given back" else 0

    async def _send(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        if self.fault == "silence":
            await asyncio.sleep(2.2)
        cursor, fault = self._cursor(asked)
        at = len(self.said) if cursor is None else cursor
        writer.write(self._first(at, fault, asked))
        before = self.stops
        # A new event ends the wait for the next heartbeat, so that each follows the other.
        while self.stops == before:
            for number in self._numbers(at, asked):
                writer.write(self._update(number))
            at = len(self.said)
            await writer.drain()
            woken = self._woken
            try:
                await asyncio.wait_for(woken.wait(), self.heartbeat_s)
            except TimeoutError:
                self._beat(writer, at)
        self._end(writer, at)
        await writer.drain()

    def _numbers(self, at: int, asked: Asked) -> list[int]:
        if asked.query.get("eventTypes") == "b" and self.fault != "filter does nothing":
            return []
        numbers = list(range(at, len(self.said)))
        if self.fault == "lost when live" and len(numbers) == 1:
            return []
        if len(numbers) < 2:  # Only who comes back is sent more at a time.
            return numbers
        if self.fault == "doubles":
            return [*numbers, numbers[-1]]
        if self.fault == "order":
            return numbers[::-1]
        return numbers[1:] if self.fault == "gap" else numbers

    def _beat(self, writer: asyncio.StreamWriter, at: int) -> None:
        if self.fault == "no heartbeat":
            return
        place = 0 if self.fault == "heartbeat stays" else at
        writer.write(self._framed(event="heartbeat", id=str(place), data="0"))

    def _end(self, writer: asyncio.StreamWriter, at: int) -> None:
        if self.fault == "torn end":
            writer.write(b"event: reconnect\ndata: {}")
        elif self.fault != "no last word":
            data = '{"reason":"drained","waitMs":10}'
            writer.write(self._framed(event="reconnect", id=str(at), retry="10", data=data))
        if self.fault in _CHUNK_SIZES:
            writer.write(b"0\r\n\r\n")
        if self.fault == "aborts":
            writer.transport.abort()

    def _cursor(self, asked: Asked) -> tuple[int | None, str | None]:
        header = asked.headers.get("last-event-id", "")
        query = asked.query.get("lastEventId", "")
        if self.fault == "no query":
            query = ""
        given = (query or header) if self.fault == "query wins" else (header or query)
        if not given or self.fault == "no resume":
            return None, None
        if not given.isdigit() or int(given) > len(self.said):
            return None, "unknown_cursor"
        return (0 if self.fault == "from the beginning" else int(given)), None

    def _first(self, at: int, fault: str | None, asked: Asked) -> bytes:
        said: dict[str, object] = {"connectionUuid": "a"}
        has_cursor = bool(asked.headers.get("last-event-id") or asked.query.get("lastEventId"))
        if has_cursor or self.fault == "verdict for all":
            replayed = len(self.said) - at + (1 if self.fault == "miscounts" else 0)
            said |= {"recovered": fault is None, "replayed": replayed, "reason": fault}
        if self.fault == "no verdict":
            said = {"connectionUuid": "a"}
        first = self._framed(
            event="connection-metadata",
            id=str(at),
            retry=_RETRIES.get(self.fault, "1000"),
            data=json.dumps(said),
        )
        return first + self._framed(event="heartbeat", id=str(at), data="0")

    def _update(self, number: int) -> bytes:
        place = {"no id": "", "NUL": f"{number + 1}\0"}.get(self.fault, str(number + 1))
        return self._framed(event="message-update", id=place, data=self.said[number])

    def _framed(self, **fields: str) -> bytes:
        """Spell one event, right, oddly or wrong."""
        if self.fault == "no retry":
            fields.pop("retry", None)
        lines = [f"{name}: {value}" for name, value in fields.items() if value]
        body = _FRAMES.get(self.fault, _framed)(lines, self.said)
        spelled = _CHUNK_SIZES.get(self.fault)
        return body if spelled is None else b"%b\r\n%b\r\n" % (spelled(len(body)), body)


def _framed(lines: list[str], said: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in [*lines, ""]).encode()


Frame = Callable[[list[str], list[str]], bytes]

_FRAMES: Final[dict[str, Frame]] = {
    "CR": lambda lines, _: "".join(f"{line}\r" for line in [*lines, ""]).encode(),
    "CRLF": lambda lines, _: "".join(f"{line}\r\n" for line in [*lines, ""]).encode(),
    "comments": lambda lines, said: (
        b": hello\n:\n" + _framed([*lines, "strange", "x: y"], said)
    ),
    "no space": lambda lines, said: _framed(
        [line.replace(": ", ":", 1) for line in lines], said
    ),
    "no blank line": lambda lines, _: "".join(f"{line}\n" for line in lines).encode(),
    "not UTF-8": lambda lines, said: b"x: \xff\n" + _framed(lines, said),
    "BOM": lambda lines, said: b"\xef\xbb\xbf" + _framed(lines, said),
}
_CHUNK_SIZES: Final[dict[str, Callable[[int], bytes]]] = {
    "chunks": lambda size: b"%X ; name=value" % size,
    "0x in a chunk's size": lambda size: b"0x%x" % size,
    "a chunk's size signed": lambda size: b"+%x" % size,
    "a chunk's size spaced": lambda size: b" %x" % size,
    "a chunk's size grouped": lambda size: "_".join(f"{size:x}").encode(),
    "no end of a chunk": lambda _: b"f" * 16,
}
_RETRIES: Final = {"bad retry": "3s"}
_FAULTY_HEADERS: Final = {
    "content type": {"Content-Type": "text/plain"},
    "charset": {"Content-Type": "text/event-stream; charset=latin-1"},
    "cached": {"Cache-Control": "max-age=60"},
    "coding": {"Content-Encoding": "gzip"},
    "no Vary": {"Vary": "Accept"},
}
FAULTS_THAT_ARE_NONE: Final = ("", "CR", "CRLF", "comments", "no space", "chunks")


async def _gone(reader: asyncio.StreamReader) -> None:
    """Wait for a client to leave."""
    while await reader.read(1024):
        pass


async def _asked(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.rstrip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    parts = urlsplit(target)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return Asked(method, parts.path, query, headers)


def _plain(
    writer: asyncio.StreamWriter,
    status: int,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
) -> None:
    lines = [f"HTTP/1.1 {status} As said"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    writer.write("\r\n".join([*lines, "", ""]).encode() + body)


@asynccontextmanager
async def tiny(fault: str = "") -> AsyncIterator[Tiny]:
    """Run one on a free port."""
    server = Tiny(fault)
    listening = await asyncio.start_server(server, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        server.stop()
        listening.close()
