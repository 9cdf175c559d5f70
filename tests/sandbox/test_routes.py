"""Tests of the sandbox over HTTP."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from hirewire.kit.clock import MovableClock
from hirewire.sandbox.demo import DEMO
from hirewire.sandbox.mailbox import Mail
from hirewire.sandbox.service import Sandbox
from tests.fixtures.database import MORNING
from tests.sandbox.conftest import BASE_URL, NODE_IDS

CONVERSATION = NODE_IDS.mint("Conversation", DEMO.conversations[0].id)


async def messages(sandbox: Sandbox) -> int:
    async with sandbox.database.read() as reader:
        return int(await reader.value("SELECT count(*) FROM conversation_messages"))


class TestDemo:
    @pytest.mark.fidelity("sandbox.demo.document")
    async def test_is_the_documented_document(self, client: httpx.AsyncClient) -> None:
        """The world has the promised fields, and nothing else."""
        answer = await client.get("/_sandbox/demo")

        demo: dict[str, Any] = answer.json()
        assert answer.headers["content-type"] == "application/json"
        assert demo["base_url"] == BASE_URL
        assert [app["name"] for app in demo["apps"]] == [
            "agency",
            "ats",
            "oidc",
            "native",
            "strict",
        ]
        assert {key: set(demo[key][0]) for key in demo if key != "base_url"} == {
            "apps": {
                "name",
                "client_id",
                "client_secret",
                "signing_key",
                "grants",
                "redirect_uris",
                "trusted_domains",
                "employers",
            },
            "people": {"name", "email", "password", "employers"},
            "employers": {"id", "legacy_id", "name", "country", "currency"},
            "interviews": {"id", "title"},
            "conversations": {"id", "employer"},
        }

    async def test_names_only_what_is_in_it(self, client: httpx.AsyncClient) -> None:
        """Every employer that an app, a person or a conversation names is in the list."""
        demo = (await client.get("/_sandbox/demo")).json()

        known = {employer["id"] for employer in demo["employers"]}
        named = {
            employer
            for holder in (*demo["apps"], *demo["people"])
            for employer in holder["employers"]
        } | {conversation["employer"] for conversation in demo["conversations"]}
        assert named <= known

    async def test_gives_ids_as_the_apis_do(self, client: httpx.AsyncClient) -> None:
        """Interviews and conversations have node ids, employers 32 hexadecimal digits."""
        demo = (await client.get("/_sandbox/demo")).json()

        assert [each["id"] for each in demo["interviews"]] == [
            NODE_IDS.mint("VirtualInterviewEvent", each.id) for each in DEMO.interviews
        ]
        assert [each["id"] for each in demo["conversations"]] == [CONVERSATION]
        assert [each["id"] for each in demo["employers"]] == [
            each.id.hex for each in DEMO.employers
        ]


class TestClock:
    async def test_tells_the_time(self, client: httpx.AsyncClient) -> None:
        """The clock's moment and state can be read."""
        answer = await client.get("/_sandbox/clock")

        assert answer.json() == {"now": "2026-03-02T09:00:00Z", "frozen": True, "rate": 1.0}

    async def test_obeys(self, client: httpx.AsyncClient, clock: MovableClock) -> None:
        """An order answers with the time that it is after it."""
        answer = await client.post("/_sandbox/clock", json={"advance": "PT61M"})

        assert answer.json() == {"now": "2026-03-02T10:01:00Z", "frozen": True, "rate": 1.0}
        assert clock.now() == MORNING + timedelta(minutes=61)

    async def test_obeys_whatever_the_content_type(self, client: httpx.AsyncClient) -> None:
        """`curl -d` alone is enough."""
        answer = await client.post(
            "/_sandbox/clock",
            content='{"at":"2026-03-02T12:00:00Z"}',
            headers={"content-type": "application/x-www-form-urlencoded"},
        )

        assert (answer.status_code, answer.json()["now"]) == (200, "2026-03-02T12:00:00Z")

    @pytest.mark.parametrize(
        ("body", "code", "message"),
        [
            (
                '{"at":"2026-03-02T08:00:00Z"}',
                "sandbox.bad_field",
                "`at` would turn the clock back: it is 2026-03-02T09:00:00+00:00 already.",
            ),
            (
                '{"rate":"fast"}',
                "sandbox.bad_field",
                "`rate` is wrong: expected `float | null`, got `str`.",
            ),
            (
                '{"forward":"PT1M"}',
                "sandbox.bad_body",
                "The body is not as expected: Object contains unknown field `forward`.",
            ),
        ],
    )
    async def test_refuses_clearly(
        self,
        client: httpx.AsyncClient,
        clock: MovableClock,
        body: str,
        code: str,
        message: str,
    ) -> None:
        """A wrong order gets 400 with a code and a sentence, and nothing moves."""
        answer = await client.post("/_sandbox/clock", content=body)

        assert answer.status_code == 400
        assert (answer.json()["code"], answer.json()["message"]) == (code, message)
        assert clock.now() == MORNING

    async def test_reads_no_more_than_an_order(
        self, client: httpx.AsyncClient, clock: MovableClock
    ) -> None:
        """A body of a megabyte is refused."""
        answer = await client.post("/_sandbox/clock", content=b" " * 1_000_000)

        assert (answer.status_code, answer.json()["code"]) == (413, "sandbox.large_body")
        assert clock.now() == MORNING


class TestMailbox:
    async def test_is_empty_at_first(self, client: httpx.AsyncClient) -> None:
        """No mail was sent."""
        assert (await client.get("/_sandbox/mailbox")).json() == []

    async def test_shows_what_was_sent(
        self, client: httpx.AsyncClient, sandbox: Sandbox
    ) -> None:
        """A mail is shown with all that is in it."""
        sandbox.mailbox.deliver(
            Mail(
                sender="a@x",
                to=("b@x",),
                subject="Hi",
                text="There.",
                sent_at=MORNING,
                message_id="<1@x>",
            )
        )

        answer = await client.get("/_sandbox/mailbox")

        assert answer.json() == [
            {
                "id": "1",
                "message_id": "<1@x>",
                "sender": "a@x",
                "to": ["b@x"],
                "subject": "Hi",
                "text": "There.",
                "html": "",
                "calendar": None,
                "sent_at": "2026-03-02T09:00:00Z",
            }
        ]


class TestCandidate:
    @pytest.mark.fidelity("sandbox.candidate-writes")
    @pytest.mark.parametrize("id", [CONVERSATION, str(DEMO.conversations[0].id)])
    async def test_writes(self, client: httpx.AsyncClient, sandbox: Sandbox, id: str) -> None:
        """The candidate's message is the thread's next."""
        answer = await client.post(
            f"/_sandbox/conversations/{id}/messages", json={"text": "Thank you!"}
        )

        assert answer.status_code == 201
        assert answer.json().keys() == {"id", "conversation", "text", "sent_at"}
        assert answer.json()["conversation"] == CONVERSATION
        assert await messages(sandbox) == 3

    @pytest.mark.parametrize(
        "id", ["nonsense", "00000000-0000-7000-8000-000000000000", DEMO.employers[0].id.hex]
    )
    async def test_of_no_conversation_is_refused(
        self, client: httpx.AsyncClient, sandbox: Sandbox, id: str
    ) -> None:
        """An unknown conversation is not found, and the demo document is pointed at."""
        answer = await client.post(
            f"/_sandbox/conversations/{id}/messages", json={"text": "Hello?"}
        )

        assert (answer.status_code, answer.json()["message"]) == (
            404,
            f"There is no conversation '{id}'; GET /_sandbox/demo names one.",
        )
        assert await messages(sandbox) == 2

    @pytest.mark.parametrize(
        "body",
        [{}, {"text": ""}, {"text": "x" * 10_001}, {"text": 7}, {"text": "a", "b": 1}, []],
    )
    async def test_with_nothing_to_say_is_refused(
        self, client: httpx.AsyncClient, sandbox: Sandbox, body: object
    ) -> None:
        """A message without a text, with too much of it, or with something else is refused."""
        answer = await client.post(
            f"/_sandbox/conversations/{CONVERSATION}/messages", json=body
        )

        assert answer.status_code == 400
        assert await messages(sandbox) == 2

    @pytest.mark.parametrize("text", ["\\ud83d", "a\\ud83d b", "\\udcac"])
    async def test_with_half_a_character_is_told_so(
        self, client: httpx.AsyncClient, sandbox: Sandbox, text: str
    ) -> None:
        """A surrogate without its other half is named, and nothing is written."""
        answer = await client.post(
            f"/_sandbox/conversations/{CONVERSATION}/messages",
            content=f'{{"text": "{text}"}}'.encode(),
        )

        assert (answer.status_code, answer.json()["message"]) == (
            400,
            "The body is not as expected: it has a surrogate, \\ud800 to \\udfff, alone.",
        )
        assert await messages(sandbox) == 2


class TestReset:
    async def test_starts_over(
        self, client: httpx.AsyncClient, sandbox: Sandbox, forgotten: list[str]
    ) -> None:
        """After a reset the clock runs in real time, and the world is new."""
        await client.post(
            f"/_sandbox/conversations/{CONVERSATION}/messages", json={"text": "Bye!"}
        )
        await client.post("/_sandbox/clock", json={"advance": "P60D"})

        answer = await client.post("/_sandbox/reset")

        assert (answer.status_code, answer.json()["frozen"]) == (200, False)
        assert answer.json()["now"].startswith("2026-03-02T09:00")
        assert await messages(sandbox) == 2
        assert forgotten == ["keys", "streams"]


class TestGuard:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/_sandbox/demo"),
            ("GET", "/_sandbox/clock"),
            ("POST", "/_sandbox/clock"),
            ("GET", "/_sandbox/mailbox"),
            ("POST", "/_sandbox/reset"),
            ("POST", f"/_sandbox/conversations/{CONVERSATION}/messages"),
        ],
    )
    async def test_stands_before_every_route(
        self, client: httpx.AsyncClient, sandbox: Sandbox, method: str, path: str
    ) -> None:
        """A page of another site, and one by another name, get 403 and change nothing."""
        body = '{"advance":"PT1H","text":"evil"}'

        page = await client.request(
            method, path, content=body, headers={"origin": "https://evil.example"}
        )
        name = await client.request(
            method, path, content=body, headers={"host": "evil.example"}
        )

        assert (page.status_code, page.json()["code"]) == (403, "sandbox.foreign_page")
        assert (name.status_code, name.json()["code"]) == (403, "sandbox.foreign_host")
        assert sandbox.clock.now() == MORNING
        assert await messages(sandbox) == 2
