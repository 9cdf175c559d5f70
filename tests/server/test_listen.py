"""`hirewire listen`: what it prints, when it comes back, and how it ends."""

import json
import os
import queue
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any, Final

import httpx
import pytest
from rich.console import Console

from hirewire.kit.clock import SystemClock
from hirewire.server.cli import main
from hirewire.server.cli_listen import Screen, said_of
from hirewire.server.listening import Heard, Pause, Wish
from tests.clients.realtime.station import APP, Station, open_station

pytestmark = pytest.mark.timeout(120)

PATIENCE_S: Final = 50.0
HIREWIRE: Final = str(Path(sys.executable).with_name("hirewire"))
AS_APP: Final = (
    f"--client-id={APP.client_id}",
    f"--employer={APP.employers[0].id.hex}",
)


@dataclass(slots=True)
class Ear:
    """A running `hirewire listen`, and the lines that it printed."""

    process: "subprocess.Popen[str]"
    lines: "queue.Queue[str]" = field(default_factory=queue.Queue)

    def hear(self, name: str) -> dict[str, Any]:
        """Read on until an event of a name."""
        while True:
            event: dict[str, Any] = json.loads(self.lines.get(timeout=PATIENCE_S))
            if event["event"] == name:
                return event

    def collect(self) -> None:
        """Take what it prints, until it ends."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)


@contextmanager
def listening(*arguments: str) -> Iterator[Ear]:
    """Run it."""
    process = subprocess.Popen(
        [HIREWIRE, "listen", *arguments],
        env={**os.environ, "LISTEN_CLIENT_SECRET": str(APP.client_secret)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    ear = Ear(process)
    thread = Thread(target=ear.collect)
    thread.start()
    try:
        yield ear
    finally:
        process.kill()
        process.wait(PATIENCE_S)
        thread.join()
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """A server for all of them, which none may stop."""
    with open_station(tmp_path_factory.mktemp("station")) as station:
        yield station


@pytest.fixture
def own_station(tmp_path: Path) -> Iterator[Station]:
    """A server for one test, which may stop it: its clock forgets its leaps then."""
    with open_station(tmp_path) as station:
        yield station


class TestLines:
    @pytest.mark.fidelity("realtime.listen.comes-back")
    def test_lose_nothing_when_the_server_restarts(self, own_station: Station) -> None:
        """
        It says that it was told to go, comes back where it was, and ends after so many.
        """
        with listening(own_station.base_url, "--json", "--limit=3", *AS_APP) as ear:
            ear.hear("heartbeat")
            said = [own_station.say()]
            heard = [ear.hear("message-update")]
            own_station.restart()
            said += [own_station.say(), own_station.say()]
            told, back = ear.hear("reconnect"), ear.hear("connection-metadata")
            heard += [ear.hear("message-update"), ear.hear("message-update")]
            code = ear.process.wait(PATIENCE_S)

        assert [each["data"]["payload"]["eventId"] for each in heard] == said
        assert [each["lagMs"] >= 0 for each in heard] == [True] * 3
        assert told["data"]["reason"] == "drained"
        assert (back["data"]["recovered"], code) == (True, 0)

    @pytest.mark.fidelity("realtime.listen.renews")
    def test_go_on_with_a_token_that_is_renewed(self, station: Station) -> None:
        """
        When the token has a minute left, the open stream is given another.
        """
        with listening(station.base_url, "--json", *AS_APP) as ear:
            first = ear.hear("connection-metadata")["data"]["connectionUuid"]
            move(station, 3600 - 55)
            expiring = ear.hear("token-expiring")["data"]
            renewed = ear.hear("token-renewed")["data"]

        assert expiring["connectionUuid"] == renewed["connectionUuid"] == first
        assert renewed["expiresAt"] > expiring["expiresAt"]

    @pytest.mark.fidelity("realtime.listen.comes-back")
    def test_begin_where_they_are_told_to(self, station: Station) -> None:
        """
        What came after that event is told first.
        """
        place = place_of(station)
        said = station.say()

        with listening(
            station.base_url, "--json", "--limit=1", f"--last-event-id={place}", *AS_APP
        ) as ear:
            verdict = ear.hear("connection-metadata")["data"]
            heard = ear.hear("message-update")

        assert (verdict["recovered"], verdict["replayed"]) == (True, 1)
        assert heard["data"]["payload"]["eventId"] == said


class TestClosedPipe:
    @pytest.mark.parametrize("form", ["--json", ""])
    def test_ends_it_quietly(self, station: Station, form: str) -> None:
        """
        Whoever reads takes what they want, as `head` does, and hears no complaint.
        """
        program = [HIREWIRE, "listen", station.base_url, *AS_APP, *([form] if form else [])]
        process = subprocess.Popen(
            program,
            env={**os.environ, "LISTEN_CLIENT_SECRET": str(APP.client_secret)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            first = process.stdout.readline()
            process.stdout.close()
            station.say()
            complaint = process.stderr.read()
            code = process.wait(PATIENCE_S)
        finally:
            process.kill()
            process.wait(PATIENCE_S)
            process.stderr.close()

        assert first != ""
        assert (code, complaint) == (0, "")


@pytest.fixture
def heeded_interrupts() -> Iterator[None]:
    """Pass on no deafness to Ctrl-C, such as tests have that a shell runs in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class TestScreen:
    @pytest.mark.usefixtures("heeded_interrupts")
    def test_is_for_people(self, station: Station) -> None:
        """
        One line for each thing that happened, and Ctrl-C ends it quietly.
        """
        with listening(station.base_url, *AS_APP) as ear:
            began = ear.lines.get(timeout=PATIENCE_S)
            said = station.say()
            line = ear.lines.get(timeout=PATIENCE_S)
            ear.process.send_signal(signal.SIGINT)
            code = ear.process.wait(PATIENCE_S)

        assert began.endswith("listening, from now on\n")
        assert "new-message" in line
        assert said in line
        assert code == 130

    @pytest.mark.fidelity("typing.event")
    def test_names_who_types(self, capsys: pytest.CaptureFixture[str]) -> None:
        """
        Their event has no id that could be looked up.
        """
        payload = {"eventId": "019c", "conversationId": "aXJp", "sender": {"name": "Pat Doe"}}
        heard = Heard("message-update", {"eventType": "typing", "payload": payload}, lag_ms=3.0)

        Screen(SystemClock(), Console(no_color=True)).tell(heard)

        assert capsys.readouterr().out[9:] == "typing               aXJp Pat Doe  3 ms\n"

    @pytest.mark.parametrize(
        ("heard", "said"),
        [
            (
                Heard(
                    "connection-metadata", {"recovered": True, "replayed": 3, "reason": None}
                ),
                "listening, nothing lost, 3 to catch up on",
            ),
            (
                Heard(
                    "connection-metadata",
                    {"recovered": False, "replayed": 0, "reason": "expired"},
                ),
                "listening, but what came meanwhile is lost (expired): read the threads anew",
            ),
            (
                Heard("reconnect", {"reason": "drained", "waitMs": 1500}),
                "told to come back in 1.5 s: drained",
            ),
            (
                Heard("disconnected", {"reason": "the stream ended", "waitMs": 3100}),
                "lost: the stream ended; back in 3.1 s",
            ),
        ],
    )
    def test_says_what_became_of_the_stream(self, heard: Heard, said: str) -> None:
        """
        In words.
        """
        assert said_of(heard) == said


class TestRefusals:
    def test_end_it(self, station: Station, capsys: pytest.CaptureFixture[str]) -> None:
        """
        Nothing is tried again where that would not help.
        """
        code = refused(station.base_url, "--token=nonsense")

        said = capsys.readouterr()
        assert (code, said.out) == (2, "")
        assert "invalid_token" in said.err

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("ftp://x", "--token=t"), "hirewire: URL takes an http or https URL.\n"),
            (("http://127.0.0.1:1", "--client-id=a"), "--client-secret beside it"),
            (("http://127.0.0.1:1",), "--token, or --client-id and --client-secret"),
        ],
    )
    def test_of_what_makes_no_sense(
        self, arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        Before anybody is asked.
        """
        code = refused(*arguments)

        assert code == 2
        assert said in capsys.readouterr().err


class TestPause:
    @pytest.mark.fidelity("realtime.listen.comes-back")
    def test_is_what_the_server_recommends(self) -> None:
        """
        Longer each time up to the longest, give or take the jitter.
        """
        pause = Pause()
        pause.learn(
            {
                "retryConfig": {
                    "waitMs": 100,
                    "maxWaitMs": 350,
                    "multiplier": 2.0,
                    "maxAttempts": 5,
                    "jitter": 0.2,
                }
            }
        )

        waits = [pause.next_s(0.5) for _ in range(4)]
        pause.tries = 0

        assert waits == [0.1, 0.2, 0.35, 0.35]
        assert pause.next_s(0.0) == pytest.approx(0.08)
        assert pause.next_s(1.0) == pytest.approx(0.24)


class TestWish:
    def test_finds_the_stream(self) -> None:
        """
        Below a server, or where it is said to be; a secret is not shown.
        """
        below = Wish(url="http://h:8000", event_types="new-message", token="a-secret")
        there = Wish(url="https://h/streams?x=1")

        assert below.address().target == (
            "/sse/notifications/message-update?eventTypes=new-message"
        )
        assert there.address().target == "/streams?x=1"
        assert "a-secret" not in repr(below)


def refused(*arguments: str) -> object:
    """Run it here, where it has to give up at once, and return its exit code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["hirewire", "listen", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
    return end.value.code


def place_of(station: Station) -> str:
    """Listen for a moment, and return where the stream is."""
    headers = {"Authorization": f"Bearer {station.token()}"}
    with httpx.stream("GET", station.stream, headers=headers, timeout=PATIENCE_S) as answer:
        return next(
            line.removeprefix("id: ") for line in answer.iter_lines() if line.startswith("id: ")
        )


def move(station: Station, seconds: int) -> None:
    """Turn the server's clock ahead."""
    answer = httpx.post(
        f"{station.base_url}/_sandbox/clock",
        json={"advance": f"PT{seconds}S"},
        timeout=PATIENCE_S,
    )
    answer.raise_for_status()
