"""An announcer and its streams on a real log, without a server: readers are pipes in memory."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Self, cast
from uuid import UUID

from starlette.requests import Request
from starlette.types import Message, Scope

from hirewire.conversations.facts import MessageSent
from hirewire.conversations.model import Side
from hirewire.kit.clock import Clock
from hirewire.kit.facts import Position
from hirewire.kit.node_ids import NodeIds
from hirewire.realtime.announcer import Announcer
from hirewire.realtime.cursors import Cursors
from hirewire.realtime.model import Threads
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
SECRET: Final = "a secret of at least 32 characters"

_TURNS: Final = 30


@dataclass(slots=True)
class Gate:
    """The real database, whose reads wait while the gate *is_shut*."""

    database: Database
    is_shut: bool = False
    _opened: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reader]:
        while self.is_shut:
            self._opened.clear()
            await self._opened.wait()
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
        cls, database: Database, clock: Clock, tasks: asyncio.TaskGroup, *, frames: int = 4
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
            page=2,
            slice_bytes=1000,
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
        self._count += 1
        message_id = UUID(int=self.head.seq << 32 | self._count)
        async with self.database.unit() as uow:
            fact = MessageSent(
                employer_id=employer_id,
                conversation_id=THREADS[employer_id],
                message_id=message_id,
                side=Side.CANDIDATE,
                sent_at=uow.now,
            )
            uow.tell(fact)
        end = await Log(self.database, MemoryBus(), self.streams.clock).end()
        self.said.append((end, employer_id, str(message_id)))

    async def hear(self, count: int) -> None:
        """Announce the next *count* facts."""
        for entry in await self._entries(count):
            if recorded := entry.recorded():
                self.streams.announcer.announce(recorded)

    async def open(self, ear: Ear, *, is_stuck: bool = False) -> None:
        """Have *ear* come back to where it was; how far that gets is up to the gate."""
        if not ear.cursor:
            ear.begins = self.head
        self.tasks.create_task(self._open(ear, ear.connect(is_stuck=is_stuck)))
        await self.turn()

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

    async def _entries(self, count: int) -> list[Entry]:
        async with self.database.read() as reader:
            return await read_kinds(reader, self.head, kinds=KINDS, limit=count)

    async def _open(self, ear: Ear, connection: Connection) -> None:
        headers = [(b"last-event-id", ear.cursor.encode())] if ear.cursor else []
        scope: Scope = {
            "type": "http",
            "method": "GET",
            "path": PATH,
            "query_string": b"",
            "headers": headers,
            "http_version": "1.1",
            "extensions": {HAND_OVER: connection},
        }
        opening = Opening(
            kind=MESSAGE_UPDATES,
            connection_id=UUID(int=5),
            threads=Threads(
                employer_ids=(ear.employer_id,), conversation_id=ear.conversation_id
            ),
            lifetime_s=3600.0,
        )
        app = await self.streams.open(Request(scope), opening)
        await app(scope, _silence, _refuse)


async def _silence() -> Message:
    return {"type": "http.disconnect"}


async def _refuse(message: Message) -> None:
    raise AssertionError(message)
