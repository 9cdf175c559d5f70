"""Replays on the real server, from the log, while the database or the reader is gone."""

import asyncio
import logging
import os
import re
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, cast

import asyncpg
import pytest

from hirewire.conversations.facts import MessageSent
from hirewire.conversations.model import Side
from hirewire.kit.clock import MovableClock
from hirewire.kit.ids import IdMaker
from hirewire.realtime.replay import PAGE
from hirewire.realtime.replays import Patience, Wait
from hirewire.realtime.routes import PATH
from hirewire.realtime.streams import Streams
from hirewire.runtime.db import Database, connect
from hirewire.runtime.log.history import History
from hirewire.web.streams.hub import CAUGHT_UP_BYTES, Hub
from tests.conversations.world import World
from tests.fixtures.database import PostgresTemplate
from tests.fixtures.servers import PostgresServer, running_postgres_server
from tests.realtime.listening import Gate
from tests.realtime.running import PATIENCE_S, Answer, RealTime, running
from tests.realtime.test_resume import forget_frames

MISSED: Final = 2 * PAGE + 50
MORE_THAN_KERNELS_HOLD: Final = 3000
UPDATE: Final = b"event: message-update"

BOTH_WAYS = pytest.mark.parametrize("hands_over", [True, False], ids=["taken", "asgi"])


@dataclass(frozen=True, slots=True)
class Node:
    """The running server, on a PostgreSQL that may fail, and the gate before its log."""

    real_time: RealTime
    world: World
    gate: Gate
    url: str


@pytest.fixture(scope="module")
def failing_postgres() -> Iterator[PostgresTemplate]:
    """A PostgreSQL of these tests, which may stop it."""
    with running_postgres_server() as server:
        template = PostgresTemplate(server)
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, template.make()).result()
        yield template


@asynccontextmanager
async def a_node(
    postgres: PostgresTemplate, clock: MovableClock, ids: IdMaker, *, hands_over: bool
) -> AsyncIterator[Node]:
    """Run a server whose replays wait at the gate for each page."""
    async with postgres.copy() as url:
        database = await connect(url, clock=clock, new_id=ids.new)
        world, gate = await World.built(database), Gate(database)

        def behind_the_gate(streams: Streams) -> Streams:
            history = History(cast(Database, gate))
            return replace(streams, history=history, patience=Patience(database_s=0.5))

        async with running(
            world, clock, adapted=behind_the_gate, hands_over=hands_over
        ) as real_time:
            yield Node(real_time, world, gate, url)
        await database.close()


async def say_at_once(
    real_time: RealTime, world: World, ids: IdMaker, count: int
) -> tuple[str, list[str]]:
    """Write messages down together that only the log has; return the cursor of before, too."""
    head = real_time.streams.announcer.head
    assert head is not None
    said = [ids.new() for _ in range(count)]
    async with world.database.unit() as uow:
        for message_id in said:
            uow.tell(
                MessageSent(
                    employer_id=world.acme.id,
                    conversation_id=world.thread.id,
                    message_id=message_id,
                    side=Side.CANDIDATE,
                    sent_at=uow.now,
                )
            )
    await real_time.relay.idle()
    await real_time.until(lambda: len(real_time.streams.announcer.ring) >= count)
    forget_frames(real_time)
    return real_time.streams.cursors.mint(head), [str(message_id) for message_id in said]


async def ask_again(real_time: RealTime, world: World, cursor: str) -> Answer:
    """Come back to where one has been, by a connection for this one request."""
    headers = {"Last-Event-ID": cursor, "Connection": "close"}
    return await real_time.ask(world.acme_caller, headers=headers)


async def replayed_until(node: Node, cursor: str, fail: Callable[[], Awaitable[None]]) -> bytes:
    """Come back to a stream that is sent a page, then something fails; return its body."""
    real_time, gate = node.real_time, node.gate
    gate.is_shut = True
    asking = asyncio.ensure_future(ask_again(real_time, node.world, cursor))
    for _ in ("what was missed is counted", "and a page of it is read"):
        await real_time.until(lambda: gate.waiting == 1)
        gate.let_through()
        await real_time.until(lambda: gate.waiting == 0)
    await real_time.until(lambda: gate.waiting == 1)
    await fail()
    gate.is_shut = False
    gate.let_through()
    stream = await asking
    assert stream.status == 200
    async with asyncio.timeout(PATIENCE_S):
        return await stream.reader.read()


async def replayed(node: Node, cursor: str, count: int) -> bytes:
    """Come back to a stream, and read so many updates."""
    stream = await ask_again(node.real_time, node.world, cursor)
    body = b""
    async with asyncio.timeout(PATIENCE_S):
        while body.count(UPDATE) < count or not body.endswith((b"\n\n", b"\n\n\r\n")):
            body += await stream.reader.read(2**16)
    await stream.leave()
    return body


def heard_in(body: bytes) -> list[str]:
    """Name the messages that updates are about, however the body is framed."""
    return [each.decode() for each in re.findall(rb'eventId\\":\\"([0-9a-f-]{36})', body)]


def last_id_in(body: bytes) -> str:
    """Find the last cursor that a reader was sent."""
    last: bytes = re.findall(rb"\nid: (\S+)\n", body)[-1]
    return last.decode()


def processes_of(server: PostgresServer) -> list[int]:
    """List the processes of a server: the first, and those that it began."""
    first = (server.directory / "data" / "postmaster.pid").read_text().split()[0]
    others = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    return [int(first), *map(int, others)]


def signal_all(processes: list[int], number: signal.Signals) -> None:
    """Send a signal to each process that is still there."""
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


def given_up(real_time: RealTime) -> dict[str, int]:
    """Why replays were given up, and how often."""
    causes = real_time.streams.recoveries.replays.given_up
    return {cause.value: count for cause, count in causes.items() if count}


def ends_of(real_time: RealTime) -> list[object]:
    """Why streams ended, in the order in which it was logged."""
    return [more["reason"] for event, more in real_time.log if event == "stream closed"]


@pytest.mark.timeout(60)
class TestDatabase:
    @BOTH_WAYS
    @pytest.mark.fidelity("realtime.replay.database-failed")
    async def test_killed_between_two_pages(
        self,
        failing_postgres: PostgresTemplate,
        clock: MovableClock,
        ids: IdMaker,
        caplog: pytest.LogCaptureFixture,
        *,
        hands_over: bool,
    ) -> None:
        """
        The stream ends once and in good order; its reader comes back later, and lost nothing.
        """

        async def crash() -> None:
            await asyncio.to_thread(failing_postgres.server.crash)

        async with a_node(failing_postgres, clock, ids, hands_over=hands_over) as node:
            real_time = node.real_time
            cursor, said = await say_at_once(real_time, node.world, ids, MISSED)

            body = await replayed_until(node, cursor, crash)
            await asyncio.to_thread(failing_postgres.server.start)
            await real_time.until(lambda: real_time.doors.seats.here.total == 0)
            ended = (real_time.hub.open_streams, given_up(real_time), ends_of(real_time))
            rest = await replayed(node, last_id_in(body), MISSED - PAGE)

        assert heard_in(body) == said[:PAGE]
        assert body.count(b'data: {"reason":"closed","waitMs":1750}') == 1
        assert b"HTTP/1.1 " not in body
        assert ended == (0, {"database_failed": 1}, ["closed"])
        assert heard_in(rest) == said[PAGE:]
        assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []

    @pytest.mark.fidelity("realtime.replay.database-slow")
    async def test_locked_between_two_pages(
        self, failing_postgres: PostgresTemplate, clock: MovableClock, ids: IdMaker
    ) -> None:
        """
        A page that does not come is not waited for; its reader goes on when it is back.
        """
        async with a_node(failing_postgres, clock, ids, hands_over=True) as node:
            real_time = node.real_time
            cursor, said = await say_at_once(real_time, node.world, ids, MISSED)
            other = await asyncpg.connect(node.url)

            async def lock() -> None:
                await other.execute("BEGIN; LOCK TABLE facts IN ACCESS EXCLUSIVE MODE")

            body = await replayed_until(node, cursor, lock)
            await real_time.until(lambda: real_time.doors.seats.here.total == 0)
            ended = (real_time.hub.open_streams, given_up(real_time), ends_of(real_time))
            await other.execute("ROLLBACK")
            await other.close()
            rest = await replayed(node, last_id_in(body), MISSED - PAGE)

        assert ended == (0, {"database_slow": 1}, ["closed"])
        assert heard_in(body) + heard_in(rest) == said

    @pytest.mark.fidelity("realtime.replay.database-slow")
    async def test_frozen_between_two_pages(
        self, failing_postgres: PostgresTemplate, clock: MovableClock, ids: IdMaker
    ) -> None:
        """
        The stream ends, and its replay with it, while the page cannot be had.
        """
        async with a_node(failing_postgres, clock, ids, hands_over=True) as node:
            real_time = node.real_time
            replays = real_time.streams.recoveries.replays
            cursor, said = await say_at_once(real_time, node.world, ids, MISSED)
            server = processes_of(failing_postgres.server)

            async def freeze() -> None:
                signal_all(server, signal.SIGSTOP)

            try:
                body = await replayed_until(node, cursor, freeze)
                seen = given_up(real_time)
                await real_time.until(lambda: not replays.waiting()[Wait.DATABASE])
            finally:
                signal_all(server, signal.SIGCONT)
            rest = await replayed(node, last_id_in(body), MISSED - PAGE)

        assert seen == {"database_slow": 1}
        assert (given_up(real_time), ends_of(real_time)[0]) == ({"database_slow": 1}, "closed")
        assert heard_in(body) + heard_in(rest) == said


class TestReader:
    @pytest.mark.fidelity("realtime.replay.reader-stalled")
    async def test_that_never_reads(
        self, world: World, clock: MovableClock, ids: IdMaker
    ) -> None:
        """
        Little waits for it, soon its stream is closed as slow, and nothing is left of it.
        """

        def impatient(streams: Streams) -> Streams:
            return replace(streams, patience=Patience(reader_s=0.3))

        async with running(world, clock, adapted=impatient) as real_time:
            hub = real_time.hub
            cursor, said = await say_at_once(real_time, world, ids, MORE_THAN_KERNELS_HOLD)
            unsent: list[int] = []

            with silent_reader(real_time, world, cursor) as reader:
                await real_time.until(lambda: hub.open_streams == 1)
                await real_time.until(lambda: _has_ended(hub, unsent))
                await real_time.pass_time(6)
                left = (hub.unsent_bytes, real_time.doors.seats.here.total)
                heard = heard_in(taken_from(reader))

        assert CAUGHT_UP_BYTES < max(unsent) <= CAUGHT_UP_BYTES + PAGE * 512
        assert (given_up(real_time), ends_of(real_time)) == ({"reader_stalled": 1}, ["slow"])
        assert left == (0, 0)
        assert 0 < len(heard) < len(said)
        assert heard == said[: len(heard)]


def _has_ended(hub: Hub, unsent: list[int]) -> bool:
    """Note how much waits for the reader, until its stream has ended."""
    unsent.append(hub.unsent_bytes)
    return hub.open_streams == 0


@contextmanager
def silent_reader(real_time: RealTime, world: World, cursor: str) -> Iterator[socket.socket]:
    """Ask for a stream, with little room for what comes, and read nothing."""
    bearer = real_time.tokens.bearer(world.acme_caller)
    lines = [f"GET {PATH} HTTP/1.1", "Host: hirewire.test", f"Last-Event-ID: {cursor}"]
    lines += [f"{name}: {value}" for name, value in bearer.items()]
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.connect(("127.0.0.1", real_time.port))
        reader.sendall("\r\n".join([*lines, "", ""]).encode())
        reader.setblocking(False)  # noqa: FBT003 - the socket's own interface
        yield reader


def taken_from(reader: socket.socket) -> bytes:
    """All that waits to be read."""
    parts = []
    with suppress(BlockingIOError, ConnectionResetError):
        while part := reader.recv(2**20):
            parts.append(part)
    return b"".join(parts)
