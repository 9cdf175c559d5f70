"""The Real-time API on the real server, fed by the real log, and clients with bare sockets."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final, Self

from starlette.applications import Starlette

from hirewire.conversations.model import Conversation, Message
from hirewire.kit.caller import Caller
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.kit.ids import IdMaker
from hirewire.kit.node_ids import NodeIds
from hirewire.realtime.announcer import Announcer
from hirewire.realtime.cursors import Cursors
from hirewire.realtime.routes import MESSAGE_UPDATES, PATH, MessageUpdates, routes
from hirewire.realtime.streams import Streams
from hirewire.realtime.updates import Updates
from hirewire.runtime.bus import MemoryBus
from hirewire.runtime.log import Log, Relay
from hirewire.runtime.log.epoch import log_epoch
from hirewire.runtime.log.history import History
from hirewire.server.metrics import Metrics
from hirewire.server.settings import Settings
from hirewire.server.streaming import Doors, Surroundings, open_doors
from hirewire.web.server import bind, build_server
from hirewire.web.streams.hub import Hub
from tests.conversations.tokens import Tokens
from tests.conversations.world import World
from tests.web.server.running import WithoutHandOver
from tests.web.streams.parser import Event, Reader

NODE_IDS: Final = NodeIds("hirewire.test")
SECRET: Final = "a secret of at least 32 characters"
SETTINGS: Final = Settings(secret_key=SECRET)
PATIENCE_S: Final = 10.0
UUID_LENGTH: Final = 36
ID: Final = b"id: " + b"=" * 48 + b"\n"
OPENING: Final = (
    b"event: connection-metadata\n" + ID + b"retry: 3000\n"
    b'data: {"connectionUuid":"' + b"-" * UUID_LENGTH + b'"}\n\n'
    b"event: realtime-connection-config\n" + ID + b'data: {"retryConfig":{"waitMs":3000,'
    b'"maxWaitMs":20000,"multiplier":2.0,"maxAttempts":5,"jitter":0.2}}\n\n'
    b"event: heartbeat\n" + ID + b"data: 0\n\n"
)


@dataclass(slots=True)
class Answer:
    """What the server said to one request; a stream goes on behind it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    status: int
    headers: dict[str, str]
    events: Reader = field(default_factory=Reader)

    @classmethod
    async def to(
        cls, port: int, method: str, target: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Self:
        """Send one request on a connection of its own, and read the head of the answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        lines = [f"{method} {target} HTTP/1.1", "Host: hirewire.test"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"Content-Length: {len(body)}"] if body else []
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        async with asyncio.timeout(PATIENCE_S):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *rest = head.split("\r\n")[:-2]
        pairs = (line.partition(": ") for line in rest)
        fields = {name.lower(): value for name, _, value in pairs}
        return cls(reader, writer, int(first.split()[1]), fields)

    async def body(self) -> Any:
        """Read a JSON body."""
        async with asyncio.timeout(PATIENCE_S):
            raw = await self.reader.readexactly(int(self.headers["content-length"]))
        return json.loads(raw) if raw else None

    async def raw(self, size: int) -> bytes:
        """Read the next bytes of a stream."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.readexactly(size)

    async def next(self, count: int = 1) -> list[Event]:
        """Read the next events of a stream."""
        found: list[Event] = []
        async with asyncio.timeout(PATIENCE_S):
            while len(found) < count:
                found += self.events.read(await self.reader.readuntil(b"\n\n"))
        return found

    async def rest(self) -> list[Event]:
        """Read events until the server ends the stream."""
        async with asyncio.timeout(PATIENCE_S):
            return self.events.read(await self.reader.read())

    async def leave(self) -> None:
        """Close the connection as a tab does."""
        self.writer.close()
        await self.writer.wait_closed()


@dataclass(slots=True)
class RealTime:
    """The running server."""

    world: World
    clock: MovableClock
    tokens: Tokens
    relay: Relay
    streams: Streams
    doors: Doors
    metrics: Metrics
    log: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    port: int = 0

    @property
    def hub(self) -> Hub:
        return self.streams.hub

    async def ask(
        self,
        caller: Caller | None,
        query: str = "",
        *,
        method: str = "GET",
        origin: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        """Send a request as *caller*, from a page of *origin* if from any."""
        given = self.tokens.bearer(caller) if caller else {}
        if origin is not None:
            given["Origin"] = origin
        target = f"{PATH}?{query}" if query else PATH
        given |= headers or {}
        answer = await Answer.to(self.port, method, target, given, body)
        self.answers.append(answer)
        return answer

    async def listen(
        self, caller: Caller, query: str = "", *, origin: str | None = None
    ) -> Answer:
        """Open a stream, and read its first three events."""
        answer = await self.ask(caller, query, origin=origin)
        assert answer.status == 200
        names = [event.type for event in await answer.next(3)]
        assert names == ["connection-metadata", "realtime-connection-config", "heartbeat"]
        return answer

    async def say(self, thread: Conversation, text: str = "Hello") -> Message:
        """Let the candidate write; what it causes is done when this returns."""
        async with self.world.database.unit() as uow:
            message = await self.world.conversations.receive(uow, thread.id, text)
        await self.relay.idle()
        return message

    async def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        await self.clock.advance(timedelta(seconds=seconds))

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Let the server work until *is_so*."""
        async with asyncio.timeout(PATIENCE_S):
            while not is_so():  # noqa: ASYNC110 - what is waited for sets no event
                await asyncio.sleep(0.001)


@asynccontextmanager
async def running(
    world: World,
    clock: MovableClock,
    fraction: Callable[[], float] = lambda: 0.5,
    settings: Settings = SETTINGS,
    *,
    adapted: Callable[[Streams], Streams] = lambda streams: streams,
    hands_over: bool = True,
) -> AsyncIterator[RealTime]:
    """Run the API until the end of the block, with its streams *adapted*."""
    log = Log(world.database, MemoryBus(), clock)
    written: list[tuple[str, dict[str, object]]] = []
    streams = adapted(await _streams(world, clock, Hub(clock, fraction), written))
    tokens, metrics = Tokens(clock), Metrics()
    around = Surroundings(
        settings=settings,
        clock=clock,
        entropy=SeededEntropy(4),
        ids=IdMaker(clock, SeededEntropy(3)),
        node_ids=NODE_IDS,
        db=world.database,
        bus=log.bus,
        accounts=world.accounts,
        tokens=tokens.verifier(),
        streams=streams,
        metrics=metrics,
    )
    with open_doors(around) as doors:
        relay = Relay(world.database, log.bus, clock)
        real_time = RealTime(world, clock, tokens, relay, streams, doors, metrics, log=written)
        async with _serving(real_time, log, hands_over=hands_over):
            yield real_time


async def _streams(
    world: World, clock: MovableClock, hub: Hub, written: list[tuple[str, dict[str, object]]]
) -> Streams:
    cursors = Cursors(SECRET, await log_epoch(world.database, SeededEntropy(3)), clock)
    return Streams(
        hub=hub,
        announcer=Announcer(hub, Updates(NODE_IDS), cursors, clock),
        cursors=cursors,
        history=History(world.database),
        clock=clock,
        log=lambda event, /, **fields: written.append((event, fields)),
    )


@asynccontextmanager
async def _serving(real_time: RealTime, log: Log, *, hands_over: bool) -> AsyncIterator[None]:
    """Serve the endpoint as the server does, with what goes on behind it."""
    hub, doors, announcer = real_time.hub, real_time.doors, real_time.streams.announcer
    endpoint = MessageUpdates(
        db=log.db,
        accounts=real_time.world.accounts,
        entrance=doors.entrance,
        streams=real_time.streams,
        kind=replace(
            MESSAGE_UPDATES,
            beat=announcer.beat,
            warning=doors.notices.expiring,
            farewell=doors.notices.farewell,
        ),
    )
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    app = Starlette(routes=routes(endpoint))
    server = build_server(
        app if hands_over else WithoutHandOver(app),
        clock=real_time.clock,
        on_ready=ready.set_result,
        on_drain=lambda: hub.drain(grace_s=0.05),
    )
    async with log.follow(await announcer.begin(log)) as facts, asyncio.TaskGroup() as tasks:
        announcer.follow()
        jobs = (real_time.relay.run(), announcer.run(facts), *doors.jobs())
        working = [tasks.create_task(job) for job in jobs]
        serving = tasks.create_task(server.serve(sockets=[bind("127.0.0.1", 0)]))
        real_time.port = await ready
        try:
            yield
        finally:
            server.should_exit = True
            await serving
            for answer in real_time.answers:
                answer.writer.transport.abort()
            for task in working:
                task.cancel()
