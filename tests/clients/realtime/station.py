"""A server that is stopped and started again under its clients, and who writes on it."""

import base64
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from hirewire.sandbox.demo import DEMO, DemoApp
from tests.acceptance.program import PATIENCE_S, Program, running

PATH: Final = "/sse/notifications/message-update"
ORIGIN: Final = "http://localhost:3000"
"""The trusted domain of the app that listens."""

APP: Final = next(app for app in DEMO.apps if app.terms.name == "ats")
AGENCY: Final = next(app for app in DEMO.apps if app.terms.name == "agency")
"""An app whose employer has people, who see its threads in the console."""

_START: Final = """mutation { startConversation(input: {
  candidate: {name: "Robin Roe", email: "robin@people.example"}
}) { conversation { id } } }"""
SAY: Final = """mutation ($id: ID!, $text: String!) {
  sendConversationMessage(input: {conversationId: $id, text: $text}) { message { id } }
}"""


@dataclass(slots=True)
class Station:
    """`hirewire dev` at one address, whichever process is behind it."""

    data: Path
    settings: dict[str, str]
    programs: ExitStack
    program: Program
    app: DemoApp = APP
    said: list[str] = field(default_factory=list)
    thread: str = ""

    @property
    def base_url(self) -> str:
        return self.program.base_url

    @property
    def stream(self) -> str:
        """The URL of the stream."""
        return self.base_url + PATH

    @property
    def graphql(self) -> str:
        """The URL of the GraphQL endpoint."""
        return f"{self.base_url}/graphql"

    def token(self, scope: str = "employer_access conversations") -> str:
        """Get an access token of the app."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.app.client_id,
            "client_secret": self.app.client_secret,
            "employer": self.app.employers[0].id.hex,
            "scope": scope,
        }
        answer = httpx.post(f"{self.base_url}/oauth/v2/tokens", data=form, timeout=PATIENCE_S)
        minted: str = answer.raise_for_status().json()["access_token"]
        return minted

    def say(self, text: str = "Hello") -> str:
        """Write a message, and return what events call it."""
        made = self.ask(SAY, {"id": self.thread, "text": text})
        event_id = event_id_of(made)
        self.said.append(event_id)
        return event_id

    def ask(self, query: str, variables: dict[str, str] | None = None) -> dict[str, Any]:
        """Run a GraphQL operation, and return its data."""
        answer = httpx.post(
            self.graphql,
            json={"query": query, "variables": variables or {}},
            headers={"Authorization": f"Bearer {self.token()}"},
            timeout=PATIENCE_S,
        )
        body: dict[str, Any] = answer.raise_for_status().json()
        assert "errors" not in body, body
        found: dict[str, Any] = body["data"]
        return found

    def restart(self) -> None:
        """Stop the server gently, and start it again at the same address."""
        self.stop()
        self.start()

    def stop(self) -> None:
        """Stop the server gently: its streams are told to come back."""
        self.program.process.send_signal(signal.SIGTERM)
        self.program.process.wait(PATIENCE_S)

    def start(self) -> None:
        """Start the server again."""
        port = self.base_url.rpartition(":")[2]
        self.program = self.programs.enter_context(_running(self.data, port, self.settings))


def event_id_of(made: dict[str, Any]) -> str:
    """Name the event of the message that was *made*."""
    spelled = made["sendConversationMessage"]["message"]["id"]
    return base64.b64decode(spelled).decode().rpartition("/")[2]


def _running(data: Path, port: str, settings: dict[str, str]) -> Any:
    return running("dev", "--port", port, "--data", str(data), **settings)


@contextmanager
def open_station(data: Path, app: DemoApp = APP, **settings: str) -> Iterator[Station]:
    """Run one, with a thread to write to, and *app* to write as."""
    with ExitStack() as programs:
        program = programs.enter_context(_running(data, "0", settings))
        station = Station(data, settings, programs, program, app)
        station.thread = station.ask(_START)["startConversation"]["conversation"]["id"]
        yield station
