"""
From a commit to the sockets: database, log, relay, announcer and hub, as `serve` wires them.

    python -m bench.realtime.pipeline PORT SECONDS RATE [apart]

`POST /pub` begins: for SECONDS, RATE units of work a second are committed to SQLite (with
`synchronous=FULL`), each telling the fact of a message to a thread by chance. With `apart` a
stream hears its own thread, otherwise everything. `GET /figures` says when each message was
committed, when it had been written to its last socket, and how many waited, at the least and at
most, in each second.
"""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterable, Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hirewire.conversations.facts import MessageSent
from hirewire.conversations.model import Side
from hirewire.kit.clock import SystemClock
from hirewire.kit.entropy import SystemEntropy
from hirewire.kit.facts import Recorded
from hirewire.kit.ids import IdMaker
from hirewire.kit.node_ids import NodeIds
from hirewire.realtime.announcer import Announcer
from hirewire.realtime.cursors import Cursors
from hirewire.realtime.frames import HEARTBEAT
from hirewire.realtime.model import conversation_topic, topic_of
from hirewire.realtime.updates import Updates
from hirewire.runtime.bus import MemoryBus
from hirewire.runtime.db import Database, UnitOfWork, connect
from hirewire.runtime.log import Log, Relay
from hirewire.runtime.log.epoch import log_epoch
from hirewire.web.server import bind, build_server
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.response import EventStream
from hirewire.web.streams.slot import StreamKind

THREADS: Final = 10_000
EMPLOYER: Final = UUID(int=1)
SECRET: Final = "the benchmark's own, at least thirty-two bytes"
CLOCK: Final = SystemClock()
_NUMBER_SHIFT: Final = 96


@dataclass(slots=True)
class Course:
    """What became of each message, in nanoseconds of the monotonic clock."""

    db: Database
    hub: Hub
    announcer: Announcer
    committed: dict[int, int] = field(default_factory=dict)
    written: dict[int, int] = field(default_factory=dict)
    unwritten: list[int] = field(default_factory=list)
    waiting: list[list[int]] = field(default_factory=list)

    def note_commit(self, uow: UnitOfWork) -> None:
        now_ns = time.monotonic_ns()
        for fact in uow.facts:
            if isinstance(fact, MessageSent):
                self.committed[_number(fact)] = now_ns

    def note_flush(self) -> None:
        self.written.update(dict.fromkeys(self.unwritten, time.monotonic_ns()))
        self.unwritten.clear()

    async def announce(self, facts: AsyncIterable[Recorded]) -> None:
        async for recorded in facts:
            self.announcer.announce(recorded)
            if isinstance(recorded.fact, MessageSent):
                self.unwritten.append(_number(recorded.fact))

    async def send(self, seconds: int, rate: int) -> None:
        """Send at a steady pace, whether or not what came before is done."""
        dice = random.Random(1)  # noqa: S311 - which thread gets a message is no secret
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in range(seconds * rate):
                wait_s = began + number / rate - time.monotonic()
                if wait_s > 0:
                    await asyncio.sleep(wait_s)
                if not number % rate:
                    self.waiting.append([number, 0])
                least, most = self.waiting[-1]
                now = number - len(self.written)  # not committed yet, or not written yet
                self.waiting[-1] = [min(least, now), max(most, now)]
                group.create_task(self._say(number, UUID(int=dice.randrange(THREADS))))

    async def _say(self, number: int, conversation_id: UUID) -> None:
        async with self.db.unit() as uow:
            uow.tell(
                MessageSent(
                    employer_id=EMPLOYER,
                    conversation_id=conversation_id,
                    message_id=UUID(int=number << _NUMBER_SHIFT),
                    side=Side.CANDIDATE,
                    sent_at=CLOCK.now(),
                )
            )


async def main(port: int, seconds: int, rate: int, *, apart: bool) -> None:
    entropy = SystemEntropy()
    with tempfile.TemporaryDirectory() as folder:
        new_id = IdMaker(CLOCK, entropy).new
        db = await connect(f"sqlite:{folder}/hirewire.db", clock=CLOCK, new_id=new_id)
        await db.migrate()
        hub, bus = Hub(CLOCK, entropy.fraction), MemoryBus()
        cursors = Cursors(SECRET, await log_epoch(db, entropy), CLOCK)
        announcer = Announcer(hub, Updates(NodeIds("bench.test")), cursors, CLOCK)
        course = Course(db, hub, announcer)
        db.committed.append(course.note_commit)
        hub.on_flushed.append(course.note_flush)
        log = Log(db, bus, CLOCK)
        async with log.follow(await announcer.begin(log)) as facts, asyncio.TaskGroup() as jobs:
            announcer.follow()
            working = [
                jobs.create_task(Relay(db, bus, CLOCK).run()),
                jobs.create_task(course.announce(facts)),
            ]

            def begin() -> None:
                working.append(jobs.create_task(course.send(seconds, rate)))

            app = _app(course, begin, apart=apart)
            server = build_server(app, clock=CLOCK, on_drain=hub.drain)
            await server.serve(sockets=[bind("127.0.0.1", port)])
            for task in working:
                task.cancel()
        await db.close()


def _app(course: Course, begin: Callable[[], None], *, apart: bool) -> Starlette:
    kind = StreamKind(name="bench", beat=course.announcer.beat)

    async def stream(request: Request) -> EventStream:
        thread = UUID(int=int(request.query_params["n"]))
        topic = conversation_topic(thread) if apart else topic_of(EMPLOYER)
        return EventStream(hub=course.hub, kind=kind, topics=(topic,), first=(HEARTBEAT,))

    async def publish(request: Request) -> Response:
        begin()
        return Response(status_code=202)

    async def figures(request: Request) -> JSONResponse:
        numbers = range(len(course.committed))
        return JSONResponse(
            {
                "committed": [course.committed[number] for number in numbers],
                "written": [course.written[number] for number in numbers],
                "waiting": course.waiting,
            }
        )

    return Starlette(
        routes=[
            Route("/stream", stream),
            Route("/pub", publish, methods=["POST"]),
            Route("/figures", figures),
        ]
    )


def _number(sent: MessageSent) -> int:
    return sent.message_id.int >> _NUMBER_SHIFT


if __name__ == "__main__":
    _port, _seconds, _rate, *_how = sys.argv[1:]
    uvloop.run(main(int(_port), int(_seconds), int(_rate), apart=_how == ["apart"]))
