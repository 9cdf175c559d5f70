"""Whatever dies while many listen: nobody loses an update, or gets one twice, or too early."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import httpx
import pytest

from hirewire.kit.entropy import SeededEntropy
from tests.acceptance.program import app_named, caller, demo, developing, graphql, token
from tests.fixtures.database import PostgresTemplate
from tests.fixtures.servers import NatsServer
from tests.history.checker import check
from tests.history.nodes import Installation, installation
from tests.history.readers import Habits, Reader
from tests.history.records import Client, Said
from tests.history.runs import PATIENCE_S, Load, Outcome, read_log, running, until
from tests.history.wire import Frames

pytestmark = pytest.mark.timeout(120)  # Real processes start and stop.


@pytest.fixture(name="embedded")
def _embedded(tmp_path: Path) -> Iterator[Installation]:
    """One process on SQLite."""
    with installation(f"sqlite:{tmp_path / 'hirewire.db'}") as found:
        yield found


@pytest.fixture(name="cluster")
async def _cluster(
    postgres_template: PostgresTemplate, spare_nats_server: NatsServer
) -> AsyncIterator[Installation]:
    """Two web processes and a worker, on PostgreSQL and NATS."""
    async with postgres_template.copy() as database:
        with installation(database, nodes=2, workers=1, bus=spare_nats_server.url) as found:
            yield found


class TestOnSqlite:
    @pytest.mark.fidelity("realtime.resume.once-and-in-order", "typing.cursor")
    async def test_survives_kills_and_restarts(self, embedded: Installation) -> None:
        """
        Killed twice and stopped once, while forty readers come and go and four write.
        """
        node = embedded.nodes[0]
        async with running(embedded, Load()) as run:
            await run.written_more(100)
            await run.restart_killed(node)
            await run.written_more(100)
            await run.restart_drained(node)
            await run.written_more(100)
            await run.restart_killed(node)
            await run.written_more(100)
            outcome = await run.finish()

        expect_all_well(outcome)
        assert (outcome.kills, outcome.drains) == (2, 1)


class TestOnPostgresAndNats:
    @pytest.mark.fidelity("realtime.resume.once-and-in-order")
    async def test_survives_the_loss_of_nodes(self, cluster: Installation) -> None:
        """
        One node publishes and both have readers: each is killed in turn under load.
        """
        publisher, other = cluster.nodes
        async with running(cluster, Load(writes_at=0)) as run:
            await run.written_more(100)
            await other.kill()
            await run.written_more(100)
            await other.start()
            await run.written_more(50)
            await run.restart_killed(publisher)
            await run.written_more(50)
            outcome = await run.finish()

        expect_all_well(outcome)
        assert outcome.kills == 2

    @pytest.mark.fidelity("realtime.resume.once-and-in-order")
    async def test_survives_the_loss_of_the_bus(
        self, cluster: Installation, spare_nats_server: NatsServer
    ) -> None:
        """
        What is said while NATS is away comes by way of the log.
        """
        async with running(cluster, Load()) as run:
            await run.written_more(100)
            spare_nats_server.stop()
            await run.written_more(100)
            spare_nats_server.start()
            await run.written_more(100)
            spare_nats_server.kill()
            spare_nats_server.start()
            await run.written_more(100)
            outcome = await run.finish()

        expect_all_well(outcome)


class TestInTheSandbox:
    @pytest.mark.fidelity("realtime.verdict.expired")
    async def test_survives_moves_of_the_clock(self, tmp_path: Path) -> None:
        """
        A token that ends, here or while away, costs nothing; a day away costs what was said.
        """
        with developing(tmp_path) as program:
            async with caller(program.base_url) as client, asyncio.TaskGroup() as tasks:
                talk = await Talk.begun(client, program.base_url, tmp_path)
                listening = tasks.create_task(talk.reader.run())
                await talk.come()
                await talk.say(3)
                talk.leave()
                await talk.say(2)
                await talk.leap("PT61M")
                await talk.come()
                await talk.say(1)
                await talk.leap("PT61M")
                await talk.say(2)
                talk.leave()
                await talk.leap("PT25H")
                talk.reader.fault = "expired"
                await talk.say(2)
                await talk.come()
                await talk.say(2)
                listening.cancel()
                report = check(await talk.log(), [talk.reader.client])

        assert report.faults == {}, report.examples
        assert report.verdicts == {"recovered": 2, "expired": 1}
        assert report.deliveries == 10


@dataclass(slots=True, kw_only=True)
class Talk:
    """One reader of the demo world, and what is said to it."""

    client: httpx.AsyncClient
    app: dict[str, Any]
    thread: str
    database: str
    since: int
    reader: Reader

    @classmethod
    async def begun(cls, client: httpx.AsyncClient, base_url: str, data: Path) -> Self:
        world = await demo(client)
        app = app_named(world, "agency")
        employer = app["employers"][0]
        database = f"sqlite:{data / 'hirewire.db'}"
        since = len(await read_log(database))
        bearer = await token(client, app, employer)
        started = await graphql(client, bearer, _START)
        return cls(
            client=client,
            app=app,
            thread=started["data"]["startConversation"]["conversation"]["id"],
            database=database,
            since=since,
            reader=Reader(
                client=Client(name="reader", employers=frozenset({employer}), since=since + 1),
                bearer=bearer,
                where=lambda: base_url,
                now=lambda: None,
                entropy=SeededEntropy(1),
                frames=Frames(),
                habits=Habits(stays=True, away_s=0.05),
            ),
        )

    async def come(self) -> None:
        """Open the reader's stream; nothing is said until it is open."""
        self.reader.said = len(await self.log())
        self.reader.may_come.set()
        await self.reader.is_open.wait()
        self.reader.said = None

    def leave(self) -> None:
        self.reader.may_come.clear()
        self.reader.leave()

    async def say(self, times: int) -> None:
        """Send messages, and wait until they are heard if somebody is there."""
        heard = self.reader.deliveries + times
        for number in range(times):
            variables = {"id": self.thread, "text": f"Message {number}"}
            await graphql(self.client, self.reader.bearer, _SEND, variables)
        if self.reader.may_come.is_set():
            await until(lambda: self.reader.deliveries >= heard, PATIENCE_S)

    async def leap(self, duration: str) -> None:
        """Move the clock, which ends the token, and get a new one."""
        answer = await self.client.post("/_sandbox/clock", json={"advance": duration})
        assert answer.status_code == 200
        self.reader.bearer = await token(self.client, self.app, self.app["employers"][0])

    async def log(self) -> list[Said]:
        return [said for said, _ in await read_log(self.database)]


def expect_all_well(outcome: Outcome) -> None:
    """Find no fault, and enough to have proven something."""
    assert outcome.report.faults == {}, (outcome.report.examples, outcome.late)
    assert (outcome.unkept, outcome.astray) == (0, 0)
    assert outcome.report.verdicts.keys() <= {"recovered", "unknown_cursor"}
    assert outcome.report.replayed > 0
    assert outcome.signals > 100
    assert outcome.report.deliveries > 4_000


_START: Final = """mutation {
  startConversation(input: {candidate: {name: "Jordan", email: "jordan@example.com"}}) {
    conversation { id }
  }
}"""
_SEND: Final = """mutation ($id: ID!, $text: String!) {
  sendConversationMessage(input: {conversationId: $id, text: $text}) { message { id } }
}"""
