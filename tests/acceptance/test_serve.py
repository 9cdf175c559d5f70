"""`hirewire serve`: what an operator runs, on one machine and on several."""

import json
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import pytest

from hirewire.accounts.apps.service import Apps
from hirewire.accounts.model import AppTerms, GrantType, OpenEmployer
from hirewire.accounts.service import Accounts
from hirewire.conversations.model import Candidate
from hirewire.conversations.service import Conversations
from hirewire.kit.clock import SystemClock
from hirewire.kit.entropy import SystemEntropy
from hirewire.kit.ids import IdMaker
from hirewire.runtime.db import connect
from tests.acceptance.program import (
    SCOPE,
    SECRET_KEY,
    Program,
    caller,
    graphql,
    next_event,
    refused,
    running,
    token,
)
from tests.fixtures.servers import NatsServer, PostgresServer

pytestmark = pytest.mark.timeout(90)  # Real processes start and stop.


@pytest.fixture(name="database", scope="module")
def _database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("serve") / "hirewire.db"
    assert refused("migrate", database=f"sqlite:{path}").code == 0
    return path


@pytest.fixture(name="program", scope="module")
def _program(database: Path) -> Iterator[Program]:
    with running(
        "serve", "--port", "0", database=f"sqlite:{database}", secret_key=SECRET_KEY
    ) as program:
        yield program


@pytest.fixture(name="client")
async def _client(program: Program) -> AsyncIterator[httpx.AsyncClient]:
    async with caller(program.base_url) as client:
        yield client


class TestServe:
    @pytest.mark.fidelity("sandbox.only-in-dev")
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/_sandbox/demo"),
            ("GET", "/_sandbox/clock"),
            ("POST", "/_sandbox/clock"),
            ("GET", "/_sandbox/mailbox"),
            ("POST", "/_sandbox/reset"),
            ("GET", "/graphql/explorer.js"),
        ],
    )
    async def test_has_no_sandbox(
        self, client: httpx.AsyncClient, method: str, path: str
    ) -> None:
        """
        The control plane does not exist where real people's data lives.
        """
        answer = await client.request(method, path)

        assert answer.status_code == 404
        assert answer.json() == {"code": "http.not_found", "message": "Not Found."}

    async def test_says_that_it_lives_and_is_ready(self, client: httpx.AsyncClient) -> None:
        """
        Probes get their answers, and Prometheus its meters.
        """
        alive = await client.get("/healthz")
        while (ready := await client.get("/readyz")).status_code != 200:
            assert ready.json()["checks"]["log"] == "the log is not followed yet"
            assert ready.headers["retry-after"] == "2"
        meters = await client.get("/metrics")

        assert alive.json() == {"status": "ok"}
        checks = {"database": "ok", "bus": "ok", "log": "ok", "draining": "ok"}
        assert ready.json()["checks"] == checks
        assert 'hirewire_http_requests_total{method="GET",route="/healthz"' in meters.text
        assert "hirewire_streams_open 0.0" in meters.text

    async def test_stops_when_told_to(self, database: Path) -> None:
        """
        SIGTERM ends open streams and the process, without an error.
        """
        with running(
            "serve", "--port", "0", database=f"sqlite:{database}", secret_key=SECRET_KEY
        ) as program:
            async with caller(program.base_url) as client:
                employer, app = _open_accounts(f"sqlite:{database}", "9000002")
                bearer = await token(client, app, employer)
                headers = {"authorization": f"Bearer {bearer}"}
                async with client.stream(
                    "GET", "/sse/notifications/message-update", headers=headers
                ) as stream:
                    lines = stream.aiter_lines()
                    await next_event(lines)
                    code = program.stop()
                    rest = [line async for line in lines]

        assert code == 0
        assert any(line.startswith("retry: ") for line in rest)


class TestServeOnPostgresAndNats:
    async def test_carries_a_message_from_one_process_to_another(
        self, postgres_server: PostgresServer, nats_server: NatsServer
    ) -> None:
        """
        A stream on one server hears what was written through the other.
        """
        settings = {
            "database": postgres_server.dsn(),
            "bus": f"{nats_server.url}/acceptance",
            "secret_key": SECRET_KEY,
            "issuer": "https://id.example",
        }
        employer, app, conversation = await _prepare(postgres_server.dsn())

        with (
            running("serve", "--port", "0", **settings) as one,
            running("serve", "--port", "0", **settings) as two,
        ):
            async with caller(one.base_url) as writer, caller(two.base_url) as reader:
                bearer = await token(writer, app, employer)
                headers = {"authorization": f"Bearer {bearer}"}
                async with reader.stream(
                    "GET", "/sse/notifications/message-update", headers=headers
                ) as stream:
                    lines = stream.aiter_lines()
                    for _ in range(3):
                        await next_event(lines)
                    sent = await graphql(writer, bearer, _SEND, {"id": str(conversation)})
                    event, data = await next_event(lines)

        message = sent["data"]["sendConversationMessage"]["message"]
        assert event == "message-update"
        assert (
            json.loads(json.loads(data)["payload"])["eventId"]
            in b64decode(message["id"]).decode()
        )


_SEND: Final = """
    mutation ($id: ID!) {
      sendConversationMessage(input: {conversationId: $id, text: "Tomorrow at nine?"}) {
        message { id }
      }
    }
"""


async def _prepare(dsn: str) -> tuple[str, dict[str, Any], UUID]:
    """Migrate, and open an employer with its app and a thread."""
    clock, entropy = SystemClock(), SystemEntropy()
    accounts = Accounts(Apps(entropy))
    db = await connect(dsn, clock=clock, new_id=IdMaker(clock, entropy).new)
    await db.migrate()
    async with db.unit() as uow:
        employer = await accounts.open_employer(uow, _KESTREL)
        terms = AppTerms(
            name="kestrel",
            grant_types=frozenset({GrantType.CLIENT_CREDENTIALS}),
            scopes=frozenset(SCOPE.split()),
        )
        app, secret = await accounts.apps.register(uow, employer.id, terms)
        candidate = Candidate(name="Jordan Kim", email="jordan@example.com")
        opened = await Conversations(accounts).open(uow, employer.id, candidate)
    await db.close()
    credentials = {"client_id": app.id, "client_secret": secret.text}
    return employer.id.hex, credentials, opened.id


_KESTREL: Final = OpenEmployer(
    legacy_id="9000003",
    name="Kestrel Foods",
    country="GB",
    currency="GBP",
    time_zone="Europe/London",
)


def _open_accounts(database: str, legacy_id: str) -> tuple[str, dict[str, Any]]:
    """Open an employer and register its app, as an operator does."""
    opened = refused(
        "employers",
        "create",
        "Kestrel Foods",
        "--legacy-id",
        legacy_id,
        "--country",
        "GB",
        "--currency",
        "GBP",
        "--time-zone",
        "Europe/London",
        database=database,
    )
    employer = opened.stdout.strip().removeprefix("employer id: ")
    scopes = [word for scope in SCOPE.split() for word in ("--scope", scope)]
    registered = refused(
        "apps", "create", "kestrel", "--owner", employer, *scopes, database=database
    )
    lines = dict(line.split(": ", 1) for line in registered.stdout.splitlines())
    return employer, {
        "client_id": lines["client id"].strip(),
        "client_secret": lines["client secret"].strip(),
    }
