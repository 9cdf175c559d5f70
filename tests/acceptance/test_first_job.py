"""An integrator's first job, with the real program: a token, an interview, an echo."""

import json
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.program import (
    DOCUMENTS,
    Program,
    app_named,
    caller,
    demo,
    developing,
    graphql,
    next_event,
    token,
)

README = Path(__file__).parents[2] / "README.md"

pytestmark = pytest.mark.timeout(90)  # Real processes start and stop.


@pytest.fixture(name="program", scope="module")
def _program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with developing(tmp_path_factory.mktemp("dev") / "data") as program:
        yield program


@pytest.fixture(name="client")
async def _client(program: Program) -> AsyncIterator[httpx.AsyncClient]:
    async with caller(program.base_url) as client:
        yield client


@pytest.fixture(name="world")
async def _world(client: httpx.AsyncClient) -> dict[str, Any]:
    return await demo(client)


@pytest.fixture(name="bearer")
async def _bearer(client: httpx.AsyncClient, world: dict[str, Any]) -> str:
    app = app_named(world, "agency")
    return await token(client, app, app["employers"][0])


class TestFirstJob:
    @pytest.mark.fidelity("sandbox.documented-dates", "interviews.create.documented-mutation")
    async def test_schedules_the_documented_interview_and_lists_it(
        self, client: httpx.AsyncClient, bearer: str
    ) -> None:
        """
        The mutation of seed 001 works as it is printed, and its list query finds the result.
        """
        mutation = (DOCUMENTS / "create_event.graphql").read_text()
        query = (DOCUMENTS / "get_event.graphql").read_text()

        created = await graphql(client, bearer, mutation)
        event = created["data"]["createVirtualInterviewEvent"]["event"]
        asked = re.sub(r"ids: \[[^\]]*\]", f'ids: ["{event["id"]}"]', query)
        listed = await graphql(client, bearer, asked)

        assert "errors" not in created
        assert (event["languageCode"], event["countryCode"]) == ("fr", "CA")
        found = listed["data"]["virtualInterviewEvents"]["events"]
        assert [each["id"] for each in found] == [event["id"]]
        assert found[0]["interviewerLobbyUrl"] == event["interviewerLobbyUrl"]

    async def test_hears_a_new_message_as_an_event(
        self, client: httpx.AsyncClient, world: dict[str, Any], bearer: str
    ) -> None:
        """
        What the candidate writes arrives on the open stream, and GraphQL has the message.
        """
        conversation = world["conversations"][0]["id"]
        headers = {"authorization": f"Bearer {bearer}", "x-request-id": "echo-1"}

        async with client.stream(
            "GET", "/sse/notifications/message-update", headers=headers
        ) as stream:
            lines = stream.aiter_lines()
            opening = [(await next_event(lines))[0] for _ in range(3)]
            sent = await client.post(
                f"/_sandbox/conversations/{conversation}/messages", json={"text": "Hello?"}
            )
            event, data = await next_event(lines)

        assert stream.headers.get_list("x-request-id") == ["echo-1"]
        assert sent.status_code == 201
        assert opening == ["connection-metadata", "realtime-connection-config", "heartbeat"]
        assert event == "message-update"
        update = json.loads(data)
        assert update["eventType"] == "new-message"
        assert json.loads(update["payload"])["conversationId"] == conversation

    async def test_lives_through_an_hour_in_a_moment(
        self, client: httpx.AsyncClient, bearer: str
    ) -> None:
        """
        An hour and a minute later, by the sandbox's clock, the token has expired.
        """
        before = await graphql(client, bearer, "{ __typename }")

        moved = await client.post("/_sandbox/clock", json={"advance": "PT61M"})
        after = await graphql(
            client, bearer, "{ findVirtualInterviewEvents(input: {}) { totalCount } }"
        )

        assert moved.status_code == 200
        assert before == {"data": {"__typename": "Query"}}
        assert after["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


class TestGreeting:
    def test_its_commands_can_be_pasted(self, program: Program) -> None:
        """
        What `hirewire dev` prints, pasted whole, gets a token and lists the interviews.
        """
        pasted = program.greeting.replace("curl -sN", "curl -sN --max-time 1")

        done = _paste(pasted)

        assert '"title":"Interview with Jordan Kim"' in done.stdout
        assert re.search(r"event: heartbeat\nid: [\w-]{48}\ndata: 0\n", done.stdout)

    async def test_names_somebody_to_sign_in_as(
        self, program: Program, client: httpx.AsyncClient
    ) -> None:
        """
        Whoever opens its URL for the app `ats` is asked to sign in, as who the greeting says.
        """
        [url] = re.findall(
            r"^# (http\S+/oauth/v2/authorize\?\S+)$", program.greeting, re.MULTILINE
        )

        opened = await client.get(url)
        asked = await client.get(opened.headers["location"])

        assert "# Sign in as rui@alpenblick.example with the password demo-password:\n" in (
            program.greeting
        )
        assert f"# {program.base_url}/console\n" in program.greeting
        assert opened.status_code == 303
        assert asked.headers["location"].startswith("/sign-in?next=")


class TestReadme:
    def test_its_commands_do_what_it_says(self, program: Program) -> None:
        """
        The commands of "The first job", pasted one after the other, end with the echo.
        """
        section = README.read_text().split("## The first job")[1].split("\n## ")[0]
        blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
        script = "".join(blocks).replace("http://127.0.0.1:8000", program.base_url)

        done = _paste(script)

        assert (done.returncode, done.stderr) == (0, "")
        assert '"interviewerLobbyUrl":"' in done.stdout
        assert '"totalCount":' in done.stdout
        assert "event: connection-metadata\n" in done.stdout
        assert "event: message-update\n" in done.stdout


def _paste(script: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["bash", "-uo", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        timeout=15,
        check=False,
    )
