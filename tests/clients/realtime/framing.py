"""The framing vectors on real streams: what is sent, and what every client has to deliver."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any, Final

import httpx

from tests.acceptance.program import PATIENCE_S
from tests.clients.realtime.framing_server import KINDS, READY
from tests.web.streams.vectors import DATA, LARGE

BOM: Final = "\ufeff"
WAYS: Final = tuple(KINDS)

Fields = dict[str, str]

TEXTS: Final[list[Fields]] = [
    {"event": "text", "id": f"t{number}", "data": written}
    for number, (written, _) in enumerate(DATA.values())
]
"""Each vector as the data of an event."""

DOCUMENTS: Final[list[Fields]] = [
    {"event": "json", "id": f"j{number}", "data": json.dumps(text, ensure_ascii=False)}
    for number, text in enumerate(["a\0b", *(written for written, _ in DATA.values())])
]
"""Each vector, and NUL, in a JSON document, as all of our APIs send what people write."""

NAMES: Final[list[Fields]] = [
    {"event": text, "id": text, "data": json.dumps(text, ensure_ascii=False)}
    for text in (written for written, _ in DATA.values())
    if text not in {"", LARGE} and not re.search("[\r\n]", text)
]
"""Each vector of one line as the name and as the id of an event."""

VECTORS: Final = [*TEXTS, *DOCUMENTS, *NAMES]
TYPES: Final = ["ready", "text", "json", *(each["event"] for each in NAMES), "end"]
BEGIN: Final = {"event": "ready", "id": "0", "data": "0"}
END: Final = {"event": "end", "id": "end", "data": "0"}
UNHEARD: Final = {"event": "text", "id": "u", "data": "goes down with the one beside it"}

REFUSED: Final[list[Fields]] = [
    {"event": "text", "id": "x", "data": "a\0b"},
    {"event": "text", "id": "a\0b", "data": "x"},
    {"event": "text", "id": "a\rb", "data": "x"},
    {"event": "a\nb", "id": "x", "data": "x"},
    {"event": "text", "id": "x", "data": "a\ud800b"},
    {"event": "text", "id": "\udfff", "data": "x"},
    {"event": "\ud83d", "id": "x", "data": "x"},
    {"event": "json", "id": "x", "data": '"\ud83d"'},
]
"""What has no frame."""


@dataclass(slots=True)
class Framing:
    """The application, and a name for each stream."""

    base_url: str
    _numbers: Iterator[int] = field(default_factory=count)

    def stream(self, way: str) -> str:
        """Name a stream that nobody listens to yet."""
        return f"{self.base_url}/{way}/{next(self._numbers)}"


def say(stream: str, told: list[Fields]) -> None:
    """Have a stream carry all of this, what has no frame being refused on the way."""
    with httpx.Client(timeout=PATIENCE_S) as client:
        for part in _parts(told):
            assert client.post(stream, content=json.dumps(part)).status_code == 204
        for bad in REFUSED:
            answer = client.post(stream, content=json.dumps([UNHEARD, bad]))
            assert answer.status_code == 422
        assert client.post(stream, content=json.dumps([END])).status_code == 204


def heard(told: list[Fields]) -> list[Fields]:
    """Say what a client is to deliver of it: all, once, in order, with LF for line breaks."""
    return [
        {"type": each["event"], "id": each["id"], "data": re.sub("\r\n?", "\n", each["data"])}
        for each in [BEGIN, *chain(*_parts(told)), END]
    ]


def _parts(told: list[Fields]) -> list[list[Fields]]:
    """Group it by writes: all that is small in one, then what is large, each for itself."""
    small = [each for each in told if LARGE[:99] not in each["data"]]
    return [small, *([each] for each in told if each not in small)]


def as_fetch_event_source(events: list[Fields]) -> list[Fields]:
    """
    Say what npm @microsoft/fetch-event-source 2.0.1 makes of it.

    It decodes each value apart, so that one loses a byte order mark at its start, and takes
    empty lines at the start of data for none. Neither is in a JSON document.
    """
    return [
        {
            "type": each["type"].removeprefix(BOM),
            "id": each["id"].removeprefix(BOM),
            "data": "\n".join(
                line.removeprefix(BOM) for line in each["data"].split("\n")
            ).lstrip("\n"),
        }
        for each in events
    ]


def shortened(events: list[Any]) -> list[Any]:
    """Fold what is large, so that a difference can be read."""
    return json.loads(json.dumps(events).replace(json.dumps(LARGE)[1:-1], "<a MiB>"))  # type: ignore[no-any-return]


@contextmanager
def open_framing() -> Iterator[Framing]:
    """Run the application."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.clients.realtime.framing_server"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.startswith(READY), f"not a ready line: {line!r}"
        yield Framing(line.removeprefix(READY).strip())
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        process.stdout.close()
