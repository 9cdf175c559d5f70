"""A small application on the real server, and clients that speak to it over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import inf

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from hirewire.kit.clock import MovableClock
from hirewire.web.answers import Answer
from hirewire.web.connection import Connection, Limits
from hirewire.web.server import Server, bind, build_server
from hirewire.web.streams.frames import frame
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.peers import PeerWatch
from hirewire.web.streams.response import HAND_OVER, EventStream
from hirewire.web.streams.slot import Slot, StreamKind

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
HELLO = frame(event="hello", data="0")
GET = b"GET /stream HTTP/1.1\r\nHost: h\r\n\r\n"
PLAIN = StreamKind(name="plain", longest_life_s=inf)
PATIENCE_S = 10.0
LIMITS = Limits()
WATCH = PeerWatch()


@dataclass(slots=True)
class Client:
    """One connection to the server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def hear(self, size: int) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.readexactly(size)

    async def hear_until(self, end: bytes) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.readuntil(end)

    async def hear_all(self) -> bytes:
        """Everything until the server closes."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.read()

    async def leave(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


class Watched(Connection):
    """A connection that counts what it is given."""

    taken_bytes = 0

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.taken_bytes += len(data)


@dataclass(slots=True)
class World:
    """The running server and what it is made of."""

    hub: Hub
    clock: MovableClock
    kind: StreamKind = PLAIN
    log: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    clients: list[Client] = field(default_factory=list)
    on_open: Callable[[Slot], object] | None = None
    port: int = 0
    server: Server = field(init=False)
    ended: "asyncio.Task[None]" = field(init=False)

    @property
    def connections(self) -> list[Watched]:
        return [held for held in self.state.connections if isinstance(held, Watched)]

    @property
    def state(self) -> ServerState:
        return self.server.server_state

    async def connect(self, *, buffer_bytes: int = 2**25) -> Client:
        client = Client(
            *await asyncio.open_connection("127.0.0.1", self.port, limit=buffer_bytes)
        )
        self.clients.append(client)
        return client

    async def listen(self, *, buffer_bytes: int = 2**25) -> Client:
        """Open a stream and read its head and first frame."""
        client = await self.connect(buffer_bytes=buffer_bytes)
        await client.say(GET)
        await client.hear_until(HELLO)
        return client

    async def taken_in(self, client: Client, data: bytes) -> None:
        """Let *client*, the only one, say *data*, and the server read it before we go on."""
        await self.until(lambda: len(self.connections) == 1)
        (connection,) = self.connections
        before = connection.taken_bytes
        await client.say(data)
        await self.until(lambda: connection.taken_bytes == before + len(data))

    async def wait(self, seconds: float) -> None:
        await self.clock.advance(timedelta(seconds=seconds))

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Let the server work until *is_so*."""
        async with asyncio.timeout(PATIENCE_S):
            while not is_so():  # noqa: ASYNC110 - what is waited for sets no event
                await asyncio.sleep(0.001)

    async def streams(self, count: int) -> None:
        await self.until(lambda: self.hub.open_streams == count)

    def note(self, event: str, /, **fields: object) -> None:
        self.log.append((event, fields))

    def application(self) -> Starlette:
        routes = [
            Route("/stream", self._stream),
            Route("/gated", self._gated),
            Route("/echo", self._echo, methods=["POST"]),
            Route("/wait", self._wait, methods=["POST"]),
            Route("/headers", self._headers, methods=["POST"]),
            Route("/ignore", self._ignore, methods=["POST"]),
            Route("/whole", Answer(200, ((b"x-more", b"yes"),), b"all of it")),
            Route("/split", Answer(200, ((b"x-more", b"yes\r\nx-evil: 1"),), b"")),
        ]
        return Starlette(routes=routes)

    async def _stream(self, request: Request) -> EventStream:
        return EventStream(
            hub=self.hub,
            kind=self.kind,
            topics=("t",),
            first=(HELLO,),
            headers=((b"x-more", b"yes"),),
            log=self.note,
            on_open=self.on_open,
        )

    async def _gated(self, request: Request) -> EventStream:
        self.entered.set()
        await self.gate.wait()
        return await self._stream(request)

    async def _echo(self, request: Request) -> Response:
        try:
            return Response(await request.body())
        except ClientDisconnect:
            return Response()

    async def _wait(self, request: Request) -> Response:
        body = await request.body()
        self.entered.set()
        await self.gate.wait()
        return Response(body)

    async def _headers(self, request: Request) -> Response:
        await request.body()
        return Response(
            "".join(f"{name}: {value}\n" for name, value in request.headers.items())
        )

    async def _ignore(self, request: Request) -> Response:
        return Response()


@dataclass(frozen=True, slots=True)
class WithoutHandOver:
    """Hides the hand-over, as a server that knows nothing of it would."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.get("extensions", {}).pop(HAND_OVER, None)
        await self.app(scope, receive, send)


@asynccontextmanager
async def running(
    *,
    kind: StreamKind = PLAIN,
    hands_over: bool = True,
    limits: Limits = LIMITS,
    watch: PeerWatch = WATCH,
) -> AsyncIterator[World]:
    clock = MovableClock(START, frozen=True)
    hub = Hub(clock, lambda: 0.5, watch=watch)
    world = World(hub, clock, kind)
    app: ASGIApp = world.application()
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    world.server = build_server(
        app if hands_over else WithoutHandOver(app),
        clock=clock,
        limits=limits,
        on_ready=ready.set_result,
        on_drain=lambda: hub.drain(grace_s=0.05),
    )
    world.server.config.http = Watched
    sock = bind("127.0.0.1", 0)
    world.ended = asyncio.create_task(world.server.serve(sockets=[sock]))
    try:
        world.port = await ready
        yield world
    finally:
        world.server.should_exit = True
        await world.ended
        for client in world.clients:
            client.writer.transport.abort()
        await asyncio.sleep(0.01)
