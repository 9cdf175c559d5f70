"""An announcer and its streams on a real log, without a server: readers are pipes in memory."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self, cast
from uuid import UUID

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Scope

from hirewire.conversations.facts import MessageSent
from hirewire.conversations.model import Side
from hirewire.kit.clock import Clock
from hirewire.kit.facts import Position
from hirewire.kit.node_ids import NodeIds
from hirewire.realtime.announcer import Announcer
from hirewire.realtime.cursors import Cursors
from hirewire.realtime.model import Threads
from hirewire.realtime.replays import Patience
from hirewire.realtime.ring import Ring
from hirewire.realtime.routes import MESSAGE_UPDATES, PATH
from hirewire.realtime.streams import Opening, Streams
from hirewire.realtime.updates import KINDS, Updates
from hirewire.runtime.bus import MemoryBus
from hirewire.runtime.db import Database
from hirewire.runtime.db.database import Reader
from hirewire.runtime.log import Log
from hirewire.runtime.log.history import History
from hirewire.runtime.log.store import Entry, read_kinds
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.response import HAND_OVER
from hirewire.web.streams.slot import Pipe
from tests.web.streams.parser import Reader as Parser
from tests.web.streams.pipes import MemoryPipe

ACME: Final = UUID(int=1)
GLOBEX: Final = UUID(int=2)
THREADS: Final = {ACME: UUID(int=11), GLOBEX: UUID(int=12)}
PATIENCE: Final = Patience()
SECRET: Final = "a secret of at least 32 characters"

_TURNS: Final = 30


@dataclass(slots=True)
class Gate:
    """The real database; reads wait while the gate *is_shut*, and *waiting* is how many do."""

    database: Database
    is_shut: bool = False
    waiting: int = 0
    _opened: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reader]:
        while self.is_shut:
            self._opened.clear()
            self.waiting += 1
            try:
                await self._opened.wait()
            finally:
                self.waiting -= 1
            break
        async with self.database.read() as reader:
            yield reader

    def let_through(self) -> None:
        """Let those who wait now have one read."""
        self._opened.set()


@dataclass(frozen=True, slots=True)
class Connection:
    """What the server offers of one connection: its pipe, while its reader is there."""

    ear: "Ear"
    pipe: MemoryPipe

    @property
    def default_headers(self) -> Sequence[tuple[bytes, bytes]]:
        return ()

    @property
    def has_left(self) -> bool:
        return self.ear.pipe is not self.pipe

    def take(self) -> Pipe | None:
        """Hand the connection over, unless its reader left already."""
        return cast(Pipe, self.pipe) if self.ear.pipe is self.pipe else None


@dataclass(slots=True)
class Ear:
    """
    One reader: what they have heard, and where they have been, across connections.

    They listen to all threads of an employer, or to its one.
    """

    employer_id: UUID
    conversation_id: UUID | None = None
    cursor: str = ""
    begins: Position | None = None
    heard: list[str] = field(default_factory=list)
    verdicts: list[dict[str, object]] = field(default_factory=list)
    pipe: MemoryPipe | None = None
    _parser: Parser = field(default_factory=Parser)
    _taken: int = 0

    def connect(self, *, is_stuck: bool) -> Connection:
        """Begin a connection."""
        self.pipe = MemoryPipe(is_stuck=is_stuck)
        self._parser, self._taken = Parser(), 0
        return Connection(self, self.pipe)

    def listen(self) -> None:
        """Read what has come."""
        if self.pipe is None:
            return
        body = self.pipe.received.partition(b"\r\n\r\n")[2]
        end = body.rfind(b"\n\n") + 2 if b"\n\n" in body else 0
        for event in self._parser.read(body[self._taken : end]):
            if event.type == "message-update":
                payload = json.loads(json.loads(event.data)["payload"])
                self.heard.append(payload["eventId"])
            if event.type == "connection-metadata":
                self.verdicts.append(json.loads(event.data))
            self.cursor = event.last_id or self.cursor
        self._taken = max(self._taken, end)

    def leave(self) -> None:
        """Read what has come, and close the connection; what is unsent is lost."""
        self.listen()
        pipe, self.pipe = self.pipe, None
        if pipe is not None:
            pipe.unsent.clear()
            pipe.lose()


@dataclass(slots=True)
class Hall:
    """Streams on *database*; what is said is announced when the test says so."""

    database: Database
    gate: Gate
    streams: Streams
    tasks: asyncio.TaskGroup
    said: list[tuple[Position, UUID, str]] = field(default_factory=list)
    _count: int = 0

    @classmethod
    async def built(
        cls,
        database: Database,
        clock: Clock,
        tasks: asyncio.TaskGroup,
        *,
        frames: int = 4,
        page: int = 2,
        patience: Patience = PATIENCE,
    ) -> Self:
        """Begin at the end of the log, with a ring of so many *frames*."""
        gate = Gate(database)
        hub = Hub(clock, lambda: 0.5)
        cursors = Cursors(SECRET, 7, clock)
        announcer = Announcer(hub, Updates(NodeIds("hirewire.test")), cursors, clock)
        start = await announcer.begin(Log(database, MemoryBus(), clock))
        announcer.ring = Ring(start, frames=frames)
        announcer.follow()
        streams = Streams(
            hub=hub,
            announcer=announcer,
            cursors=cursors,
            history=History(cast(Database, gate)),
            clock=clock,
            log=lambda event, /, **fields: None,
            page=page,
            slice_bytes=1000,
            patience=patience,
        )
        return cls(database, gate, streams, tasks)

    @property
    def head(self) -> Position:
        """How far this process has heard."""
        head = self.streams.announcer.head
        assert head is not None
        return head

    async def say(self, employer_id: UUID) -> None:
        """Write a message down; nobody hears of it yet."""
        message_id = self._next_id()
        async with self.database.unit() as uow:
            uow.tell(_message(employer_id, message_id, uow.now))
        end = await Log(self.database, MemoryBus(), self.streams.clock).end()
        self.said.append((end, employer_id, str(message_id)))

    async def say_at_once(self, employer_id: UUID, count: int) -> None:
        """Write *count* messages down together, and hear of them."""
        message_ids = [self._next_id() for _ in range(count)]
        async with self.database.unit() as uow:
            for message_id in message_ids:
                uow.tell(_message(employer_id, message_id, uow.now))
        told = zip(await self._entries(count), message_ids, strict=True)
        self.said += [(entry.position, employer_id, str(each)) for entry, each in told]
        await self.hear(count)

    async def hear(self, count: int) -> None:
        """Announce the next *count* facts."""
        for entry in await self._entries(count):
            if recorded := entry.recorded():
                self.streams.announcer.announce(recorded)

    async def open(self, ear: Ear, *, is_stuck: bool = False) -> None:
        """Have *ear* come back to where it was; how far that gets is up to the gate."""
        if not ear.cursor:
            ear.begins = self.head
        self.tasks.create_task(self._open(ear, is_stuck=is_stuck))
        await self.turn()

    async def answer(self, ear: Ear) -> ASGIApp:
        """Find out what *ear* is answered, and open nothing yet."""
        opening = Opening(
            kind=MESSAGE_UPDATES,
            connection_id=UUID(int=5),
            threads=Threads(
                employer_ids=(ear.employer_id,), conversation_id=ear.conversation_id
            ),
            lifetime_s=3600.0,
        )
        return await self.streams.open(Request(_scope(ear)), opening)

    async def begin(self, app: ASGIApp, ear: Ear, connection: Connection) -> None:
        """Answer *ear* on a *connection* of theirs."""
        scope = {**_scope(ear), "extensions": {HAND_OVER: connection}}
        await app(scope, _silence, _refuse)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Let everybody act until *is_so*."""
        async with asyncio.timeout(10):
            while not is_so():  # noqa: ASYNC110 - what is waited for sets no event
                await asyncio.sleep(0.001)

    async def turn(self) -> None:
        """Let everybody act who can."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    def due(self, ear: Ear) -> list[str]:
        """List what *ear* is to have heard in the end."""
        assert ear.begins is not None
        return [
            message
            for position, employer_id, message in self.said
            if employer_id == ear.employer_id and position > ear.begins
        ]

    def _next_id(self) -> UUID:
        self._count += 1
        return UUID(int=self.head.seq << 32 | self._count)

    async def _entries(self, count: int) -> list[Entry]:
        async with self.database.read() as reader:
            return await read_kinds(reader, self.head, kinds=KINDS, limit=count)

    async def _open(self, ear: Ear, *, is_stuck: bool) -> None:
        connection = ear.connect(is_stuck=is_stuck)
        await self.begin(await self.answer(ear), ear, connection)


def _scope(ear: Ear) -> Scope:
    return {
        "type": "http",
        "method": "GET",
        "path": PATH,
        "query_string": b"",
        "headers": [(b"last-event-id", ear.cursor.encode())] if ear.cursor else [],
        "http_version": "1.1",
    }


def _message(employer_id: UUID, message_id: UUID, at: datetime) -> MessageSent:
    return MessageSent(
        employer_id=employer_id,
        conversation_id=THREADS[employer_id],
        message_id=message_id,
        side=Side.CANDIDATE,
        sent_at=at,
    )


async def _silence() -> Message:
    return {"type": "http.disconnect"}


async def _refuse(message: Message) -> None:
    raise AssertionError(message)
