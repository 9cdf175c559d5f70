"""While PostgreSQL is away every API says so in its own words, and is back when it is."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest
from structlog.testing import capture_logs

from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.sandbox.demo import DEMO
from hirewire.sandbox.mailbox import Delivery, Mailbox
from hirewire.server.app import build_app
from hirewire.server.mailing import sender_of
from hirewire.server.parts import Parts, open_parts, open_store
from hirewire.server.playground import playground
from hirewire.server.run import working
from hirewire.server.settings import Settings
from tests.fixtures.background import until
from tests.fixtures.cut import cuttable
from tests.fixtures.database import MORNING, PostgresTemplate
from tests.fixtures.servers import PostgresServer

BASE: Final = "http://127.0.0.1:8123"
STREAM: Final = "/sse/notifications/message-update"
ORIGIN: Final = {"origin": "https://careers.example"}
AGENCY: Final = next(app for app in DEMO.apps if app.terms.name == "agency")
CREDENTIALS: Final = {
    "grant_type": "client_credentials",
    "client_id": AGENCY.client_id,
    "client_secret": AGENCY.client_secret,
    "employer": AGENCY.employers[0].id.hex,
    "scope": "employer_access conversations",
}
SAID: Final = "The database does not answer: try again in 2 s."
UNHEARD: Final = (
    "The database was lost while it stored this. It may have been done: look before you "
    "repeat it."
)
TOLD: Final = "SELECT count(*) FROM facts WHERE kind = 'conversation.message_sent'"
LIST: Final = "{ conversations(first: 1) { conversations { id } } }"
SEND: Final = """
    mutation ($input: SendConversationMessageInput!) {
      sendConversationMessage(input: $input) { message { id } }
    }
"""


THREAD: Final = DEMO.conversations[0].id
NOBODYS: Final = "t" * 43
BACK: Final = {
    "query": 200,
    "page's query": 200,
    "page's preflight": 403,
    "mutation": 200,
    "sandbox": 201,
    "readiness": 200,
    "tokens": 200,
    "par": 400,
    "introspect": 200,
    "revoke": 200,
    "userinfo": 403,
    "page's userinfo": 403,
    "authorize": 400,
    "stream": 200,
    "page's stream": 403,
    "stream's preflight": 403,
    "renewal": 403,
    "console's stream": 401,
    "lobby's stream": 404,
    "candidate's stream": 404,
    "console": 303,
    "sign in": 200,
    "lobby": 404,
    "candidate": 404,
}
# What does without the database: who asks is told that streams cannot open yet, or that too.
MAY_NOT_ASK_IT: Final = {"console's stream", "candidate's stream", "stream", "page's stream"}


@dataclass(frozen=True, slots=True)
class Program:
    """All that `hirewire dev` answers, on PostgreSQL."""

    parts: Parts
    clock: MovableClock
    http: httpx.AsyncClient

    async def bearer(self) -> dict[str, str]:
        """Have the agency's app get a token."""
        answer = await self.http.post("/oauth/v2/tokens", data=CREDENTIALS)
        return {"authorization": f"Bearer {answer.json()['access_token']}"}

    async def written(self) -> tuple[int, int]:
        """How many messages were told of, and how many are stored."""
        async with self.parts.db.read() as reader:
            return (
                await reader.value(TOLD),
                await reader.value("SELECT count(*) FROM conversation_messages"),
            )

    async def send(self, bearer: dict[str, str], **more: str) -> Any:
        """Send a message to the candidate, by GraphQL."""
        answer = await self.http.send(sending(self, bearer, **more))
        assert answer.status_code == 200
        return answer.json()


@asynccontextmanager
async def running(url: str) -> AsyncIterator[Program]:
    """Run the program on the database at *url*, with nobody at work behind it."""
    clock = MovableClock(MORNING, frozen=True)
    settings = Settings(database=url, secret_key="k" * 32, base_url=BASE, access_log="none").at(
        "127.0.0.1", 8123
    )
    mailbox = Mailbox()
    async with open_store(settings, clock=clock, entropy=SeededEntropy(1)) as store:
        delivery = Delivery(mailbox, clock, sender_of(settings))
        async with open_parts(store, delivery) as parts:
            ground = playground(parts, clock, mailbox)
            await ground.sandbox.prepare()
            transport = httpx.ASGITransport(build_app(parts, ground.routes))
            async with httpx.AsyncClient(transport=transport, base_url=BASE) as http:
                yield Program(parts, clock, http)


@asynccontextmanager
async def crashing(server: PostgresServer) -> AsyncIterator[None]:
    """End the server of all tests here, and start it again whatever happens."""
    server.crash()
    try:
        yield
    finally:
        server.start()


@pytest.mark.fidelity("outages.every-dialect", "outages.nothing-half-done")
async def test_every_api_is_back_with_the_database(
    postgres_template: PostgresTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Each dialect refuses for a while with 503 and when to come back, GraphQL in its answer;
    each request is one line in the log, and nothing has to be restarted or is half done.
    """
    monkeypatch.setattr("hirewire.realtime.announcer.PATIENCE_S", 0.1)
    async with (
        postgres_template.copy() as url,
        running(url) as program,
        working(program.parts),
    ):
        bearer = await program.bearer()
        before = await program.written()

        async with crashing(postgres_template.server):
            with capture_logs() as lines:
                refused = await ask_all(program, bearer)
        await program.clock.advance(timedelta(seconds=10))
        await until(lambda: program.parts.streams.announcer.is_following)
        after = await program.written()
        answered = await ask_all(program, bearer)

    assert after == before
    for name in ("query", "page's query", "mutation"):
        assert refused.pop(name).json()["errors"][0]["extensions"] == {
            "code": "DOWNSTREAM_SERVICE_ERROR",
            "message": SAID,
            "logLevel": "INFO",
            "reason": "database.away",
        }
    assert {name: answer.status_code for name, answer in refused.items()} == dict.fromkeys(
        refused, 503
    )
    assert {answer.headers["retry-after"] for answer in refused.values()} == {"2"}
    for name in ("tokens", "par", "introspect", "revoke", "userinfo", "renewal"):
        assert refused[name].json() == {
            "error": "temporarily_unavailable",
            "error_description": SAID,
        }
    for name in ("authorize", "console", "sign in", "lobby", "candidate"):
        assert "Please try again shortly" in refused[name].text
    assert refused["page's stream"].json()["error"] == "temporarily_unavailable"
    assert refused["sandbox"].json()["code"] == "database.away"
    assert_told_once(lines, [each for name, each in refused.items() if name in MAY_NOT_ASK_IT])
    assert {name: answer.status_code for name, answer in answered.items()} == BACK


@pytest.mark.fidelity("outages.commit-unheard")
async def test_a_message_whose_commit_nobody_heard_is_sent_once(
    postgres_template: PostgresTemplate,
) -> None:
    """
    The refusal does not say that nothing was done, and the same key sends no second one.
    """
    async with (
        postgres_template.copy() as url,
        cuttable(url) as line,
        running(line.url) as program,
    ):
        bearer = await program.bearer()
        facts, messages = await program.written()
        line.cuts = 1

        unheard = await program.send(bearer, idempotencyKey="once")
        again = await program.send(bearer, idempotencyKey="once")

        assert await program.written() == (facts + 1, messages + 1)
    (error,) = unheard["errors"]
    assert (unheard["data"], error["message"]) == ({"sendConversationMessage": None}, UNHEARD)
    assert error["extensions"]["code"] == "DOWNSTREAM_SERVICE_ERROR"
    assert error["extensions"]["reason"] == "database.commit_unheard"
    assert again["data"]["sendConversationMessage"]["message"]["id"]


def assert_told_once(
    lines: list[MutableMapping[str, Any]], others: list[httpx.Response]
) -> None:
    """Each request that met the outage is one warning that names it, without a traceback."""
    told = [line for line in lines if line.get("area") == "http"]
    ids = [line["request_id"] for line in told]
    assert {(line["event"], line["log_level"]) for line in told} == {
        ("request.unavailable", "warning")
    }
    assert len(ids) == len(set(ids))
    assert len(ids) + len(others) >= len(BACK)
    assert not [line for line in lines if "exc_info" in line or "trace" in line]


async def ask_all(program: Program, bearer: dict[str, str]) -> dict[str, httpx.Response]:
    """Send one request or more in each dialect, all of which need the database."""
    requests = {
        **of_the_api(program, bearer),
        **of_authorization(program, bearer),
        **of_streams(program, bearer),
        **of_pages(program),
    }
    answers = await asyncio.gather(*map(program.http.send, requests.values()))
    return dict(zip(requests, answers, strict=True))


def of_the_api(program: Program, bearer: dict[str, str]) -> dict[str, httpx.Request]:
    make = program.http.build_request
    of_page = {**bearer, **ORIGIN}
    thread = program.parts.node_ids.mint("Conversation", THREAD)
    return {
        "query": make("POST", "/graphql", json={"query": LIST}, headers=bearer),
        "page's query": make("POST", "/graphql", json={"query": LIST}, headers=of_page),
        "page's preflight": make("OPTIONS", "/graphql", headers=ORIGIN),
        "mutation": sending(program, bearer),
        "sandbox": make(
            "POST", f"/_sandbox/conversations/{thread}/messages", json={"text": "Hello"}
        ),
        "readiness": make("GET", "/readyz"),
    }


def of_authorization(program: Program, bearer: dict[str, str]) -> dict[str, httpx.Request]:
    make = program.http.build_request
    about = {**CREDENTIALS, "token": "x"}
    asked = {"client_id": AGENCY.client_id, "redirect_uri": "https://elsewhere.example"}
    return {
        "tokens": make("POST", "/oauth/v2/tokens", data=CREDENTIALS),
        "par": make("POST", "/oauth/v2/par", data=CREDENTIALS),
        "introspect": make("POST", "/oauth/v2/introspect", data=about),
        "revoke": make("POST", "/oauth/v2/revoke", data=about),
        "userinfo": make("GET", "/v2/api/userinfo", headers=bearer),
        "page's userinfo": make("GET", "/v2/api/userinfo", headers={**bearer, **ORIGIN}),
        "authorize": make("GET", "/oauth/v2/authorize", params=asked),
    }


def of_streams(program: Program, bearer: dict[str, str]) -> dict[str, httpx.Request]:
    make = program.http.build_request
    nobodys = {"connectionUuid": str(THREAD)}
    return {
        "stream": make("HEAD", STREAM, headers=bearer),
        "page's stream": make("GET", STREAM, headers={**bearer, **ORIGIN}),
        "stream's preflight": make("OPTIONS", STREAM, headers=ORIGIN),
        "renewal": make("POST", STREAM, json=nobodys, headers=bearer),
        "console's stream": make("GET", "/console/streams/events"),
        "lobby's stream": make("GET", f"/lobby/{NOBODYS}/events"),
        "candidate's stream": make("GET", f"/conversations/{NOBODYS}/events"),
    }


def of_pages(program: Program) -> dict[str, httpx.Request]:
    make = program.http.build_request
    return {
        "console": make("GET", "/console"),
        "sign in": make("GET", "/sign-in"),
        "lobby": make("GET", f"/lobby/{NOBODYS}"),
        "candidate": make("GET", f"/conversations/{NOBODYS}"),
    }


def sending(program: Program, bearer: dict[str, str], **more: str) -> httpx.Request:
    thread = program.parts.node_ids.mint("Conversation", THREAD)
    asked = {"conversationId": thread, "text": "Hello", **more}
    body = {"query": SEND, "variables": {"input": asked}}
    return program.http.build_request("POST", "/graphql", json=body, headers=bearer)
