"""
HTTP/1.1 over a plain socket, as little as event streams need.

Nothing is done behind the caller's back: no redirect, no retry, no decoding, no buffer that
waits for more. Transfer codings are read as RFC 9112, sections 6 and 7 have them.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import SplitResult, quote, urlencode, urlsplit

PORTS: Final = {"http": 80, "https": 443}
CONNECT_S: Final = 10.0

_AT_ONCE: Final = 65_536
_LONGEST_HEAD: Final = 262_144
_LARGEST_CHUNK: Final = 16 * 1_048_576
# RFC 9112, section 7.1; an extension may have white space before it, for history's sake.
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]+)(?:[ \t]*;[^\r\n]*)?")
_TO_COME: Final = 199
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_NO_BODY: Final = frozenset({204, 304})


class NotHttp(Exception):
    """What came is no answer in HTTP/1.1, or ends in the middle of one."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to ask: an `http` or `https` URL, split; *target* is its path and query."""

    scheme: str
    host: str
    port: int
    target: str

    @classmethod
    def of(cls, url: str) -> Self:
        """
        Split *url*.

        Raises:
            ValueError: it is none of HTTP.
        """
        parts: SplitResult = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            msg = f"'{url}' is no http or https URL."
            raise ValueError(msg)
        target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
        if parts.query:
            target += "?" + quote(parts.query, safe="/?%:@!$&'()*+,;=~-._")
        return cls(parts.scheme, parts.hostname, parts.port or PORTS[parts.scheme], target)

    def asking(self, parameters: Mapping[str, str]) -> "Address":
        """Add *parameters* to the query."""
        if not parameters:
            return self
        joint = "&" if "?" in self.target else "?"
        target = f"{self.target}{joint}{urlencode(parameters)}"
        return Address(self.scheme, self.host, self.port, target)

    @property
    def origin(self) -> str:
        """The scheme, host and port, as `Origin` and `Host` spell them."""
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """The host and, where it is not the usual one, the port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(slots=True)
class Answer:
    """A status, headers, and a body that is read as it comes."""

    status: int
    headers: tuple[tuple[str, str], ...]
    _reader: asyncio.StreamReader = field(repr=False)
    _has_body: bool = True
    _left: int | None = None
    _size: int | None = None

    def __post_init__(self) -> None:
        length = self.header("content-length")
        if length is not None and not self.is_chunked:
            self._left = int(length) if length.isascii() and length.isdigit() else 0

    @property
    def is_chunked(self) -> bool:
        return (self.header("transfer-encoding") or "").lower() == "chunked"

    def header(self, name: str) -> str | None:
        """Find a header; None without, joined by commas where it came more than once."""
        found = [value for key, value in self.headers if key == name]
        return ", ".join(found) if found else None

    async def read(self) -> bytes:
        """
        Return the next bytes of the body as soon as there are any; empty at its end.

        Raises:
            NotHttp: the body is cut off, or not framed as it says.
        """
        if not self._has_body:
            return b""
        try:
            part = await (self._chunk() if self.is_chunked else self._plain())
        except (ConnectionError, asyncio.IncompleteReadError, ValueError) as error:
            raise NotHttp(f"The body is cut off: {error}") from error
        self._has_body = bool(part)
        return part

    async def rest(self) -> bytes:
        """Return all that is left of the body."""
        parts = []
        while part := await self.read():
            parts.append(part)
        return b"".join(parts)

    async def _plain(self) -> bytes:
        if self._left is None:
            return await self._reader.read(_AT_ONCE)
        part = await self._reader.read(min(self._left, _AT_ONCE)) if self._left else b""
        if self._left and not part:
            raise NotHttp("The body is shorter than Content-Length says.")
        self._left -= len(part)
        return part

    async def _chunk(self) -> bytes:
        """Read one chunk; who gives up in the middle of it may come back for the whole."""
        if self._size is None:
            self._size = _size_in((await self._reader.readuntil(b"\r\n"))[:-2])
        if self._size == 0:
            await self._skip_trailers()
            return b""
        part = await self._reader.readexactly(self._size + 2)
        self._size = None
        if not part.endswith(b"\r\n"):
            raise NotHttp("A chunk is longer than it says.")
        return part[:-2]

    async def _skip_trailers(self) -> None:
        """Read to the empty line after the last chunk (RFC 9112, section 7.1.2)."""
        line = await self._reader.readuntil(b"\r\n")
        while line != b"\r\n":
            line = await self._reader.readuntil(b"\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request: where to, how, and with what."""

    address: Address
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    def encode(self) -> bytes:
        """
        Spell it; `Host`, `Connection` and the body's length come by themselves.

        Raises:
            ValueError: a header would be two.
        """
        headers = {
            "Host": self.address.authority,
            "Connection": "close",
            **self.headers,
            **({"Content-Length": str(len(self.body))} if self.method in _WITH_BODY else {}),
        }
        lines = [f"{self.method} {self.address.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if any("\r" in line or "\n" in line for line in lines):
            msg = "A line of a request holds no line break."
            raise ValueError(msg)
        return "\r\n".join([*lines, "", ""]).encode("utf-8") + self.body


@asynccontextmanager
async def asked(
    question: Question, *, trust: ssl.SSLContext | None = None
) -> AsyncIterator[Answer]:
    """
    Ask, and have the answer until the block ends, which closes the connection.

    Raises:
        OSError: nobody answers there.
        NotHttp: what is answered is not HTTP/1.1.
    """
    address = question.address
    tls = (trust or ssl.create_default_context()) if address.scheme == "https" else None
    async with asyncio.timeout(CONNECT_S):
        reader, writer = await asyncio.open_connection(
            address.host, address.port, ssl=tls, limit=_LONGEST_HEAD
        )
    try:
        writer.write(question.encode())
        await writer.drain()
        yield await _answer(reader, question.method)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def _size_in(line: bytes) -> int:
    """Read the line before a chunk, as strictly as the standard spells it."""
    found = _CHUNK_SIZE.fullmatch(line)
    if found is None:
        raise NotHttp(f"A chunk's size is {line[:60]!r}.")
    size = int(found[1], 16)
    if size > _LARGEST_CHUNK:
        raise NotHttp(f"A chunk is of {size} bytes; more than {_LARGEST_CHUNK} are not read.")
    return size


async def _answer(reader: asyncio.StreamReader, method: str) -> Answer:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise NotHttp(f"The answer has no head: {error}") from error
    first, *lines = head[:-4].split("\r\n")
    version, _, rest = first.partition(" ")
    code = rest[:3]
    if not version.startswith("HTTP/1.") or not code.isdigit():
        raise NotHttp(f"The answer begins with {first[:60]!r}.")
    status = int(code)
    if status <= _TO_COME:
        return await _answer(reader, method)
    pairs = (line.partition(":") for line in lines)
    headers = tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)
    has_body = method != "HEAD" and status not in _NO_BODY
    return Answer(status, headers, reader, has_body)
