"""Each client is sent every text that could break a frame, and delivers what was put in."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import httpx_sse
import pytest
import sseclient

from tests.acceptance.program import PATIENCE_S
from tests.clients.realtime.framing import (
    DOCUMENTS,
    END,
    NAMES,
    TYPES,
    VECTORS,
    WAYS,
    Fields,
    Framing,
    heard,
    open_framing,
    say,
    shortened,
)
from tests.clients.realtime.node_client import HERE, listening

pytestmark = [
    pytest.mark.fidelity("realtime.clients.framing"),
    pytest.mark.parametrize("way", WAYS),
    pytest.mark.timeout(60),
]

HIREWIRE: Final = str(Path(sys.executable).with_name("hirewire"))


@pytest.fixture(scope="module")
def framing() -> Iterator[Framing]:
    """The application that sends the vectors."""
    with open_framing() as framing:
        yield framing


@contextmanager
def saying(stream: str, told: list[Fields]) -> Iterator[None]:
    """Have a stream carry all of this, while the block takes it: a MiB waits for its reader."""
    with ThreadPoolExecutor(1) as voice:
        said = voice.submit(say, stream, told)
        yield
        said.result(PATIENCE_S)


def delivered(events: Iterator[Any], stream: str) -> list[Fields]:
    """Have the vectors sent once a client listens, and take what it delivers."""
    notes = [next(events)]
    with saying(stream, VECTORS):
        while notes[-1].event != END["event"]:
            notes.append(next(events))
    return [{"type": each.event, "id": each.id, "data": each.data} for each in notes]


class TestEventsource:
    def test_delivers_what_was_put_in(self, framing: Framing, way: str) -> None:
        """
        npm's: all of it, as it was written, and nothing else.
        """
        stream = framing.stream(way)
        program = HERE / "framing_eventsource.mjs"

        with listening(program, stream, TYPES=json.dumps(TYPES)) as notes:
            notes.wait_for_type("ready")
            say(stream, VECTORS)
            notes.wait_for_type("end")

        assert shortened(notes.seen) == shortened(heard(VECTORS))


class TestHttpxSse:
    def test_delivers_what_was_put_in(self, framing: Framing, way: str) -> None:
        """
        All of it, as it was written, and nothing else.
        """
        stream = framing.stream(way)

        with (
            httpx.Client(timeout=PATIENCE_S) as client,
            httpx_sse.connect_sse(client, "GET", stream) as source,
        ):
            notes = delivered(source.iter_sse(), stream)

        assert shortened(notes) == shortened(heard(VECTORS))


class TestSseclientPy:
    def test_delivers_what_was_put_in(self, framing: Framing, way: str) -> None:
        """
        All of it, as it was written, and nothing else.
        """
        stream = framing.stream(way)

        with httpx.Client(timeout=PATIENCE_S) as client, client.stream("GET", stream) as answer:
            notes = delivered(sseclient.SSEClient(answer.iter_bytes()).events(), stream)

        assert shortened(notes) == shortened(heard(VECTORS))


class TestListen:
    def test_delivers_what_was_put_in(self, framing: Framing, way: str) -> None:
        """
        `hirewire listen` takes JSON documents: their texts come out as they were, CR and all.
        """
        stream, told = framing.stream(way), [*DOCUMENTS, *NAMES]
        process = subprocess.Popen(
            [HIREWIRE, "listen", stream, "--json", "--token=none"],
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        assert process.stdout is not None
        try:
            notes = [json.loads(process.stdout.readline())]
            with saying(stream, told):
                while notes[-1]["event"] != END["event"]:
                    notes.append(json.loads(process.stdout.readline()))
        finally:
            process.kill()
            process.wait(PATIENCE_S)
            process.stdout.close()

        expected = [
            {"event": each["type"], "id": each["id"], "data": json.loads(each["data"])}
            for each in heard(told)
        ]
        assert shortened(notes) == shortened(expected)
