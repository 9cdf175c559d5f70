"""PyPI clients of event streams listen, lose their server, and come back."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any, Final, Protocol

import httpx
import httpx_sse
import pytest
import sseclient

from tests.clients.realtime.journey import Notes, travel
from tests.clients.realtime.station import Station

pytestmark = pytest.mark.timeout(120)  # Real processes start and stop.

POLL_S: Final = 0.1


class Said(Protocol):
    """An event, as both libraries have it but for its retry."""

    event: str
    data: str
    id: str | None
    retry: int | str | None


Listen = Callable[[httpx.Client, str, dict[str, str]], Iterator[Said]]


def by_httpx_sse(client: httpx.Client, url: str, headers: dict[str, str]) -> Iterator[Any]:
    """Listen once, as its documentation has it."""
    with httpx_sse.connect_sse(client, "GET", url, headers=headers) as source:
        yield from source.iter_sse()


def by_sseclient(client: httpx.Client, url: str, headers: dict[str, str]) -> Iterator[Any]:
    """Listen once, as its documentation has it."""
    accepting = {"Accept": "text/event-stream", **headers}
    with client.stream("GET", url, headers=accepting) as answer:
        answer.raise_for_status()
        yield from sseclient.SSEClient(answer.iter_bytes()).events()


def note(event: Any, notes: Notes) -> None:
    """Write an event down."""
    data = json.loads(event.data)
    if event.event == "message-update":
        data["payload"] = json.loads(data["payload"])
    notes.events.put(
        {"type": event.event, "data": data, "id": event.id, "retry": int(event.retry or 0)}
    )


def listen_forever(listen: Listen, station: Station, notes: Notes, over: Event) -> None:
    """Neither library comes back by itself: this does, after as long as the server says."""
    last_id, retry_s = "", 3.0
    url, headers = station.stream, {"Authorization": f"Bearer {station.token()}"}
    with httpx.Client(timeout=httpx.Timeout(5.0, read=3.0)) as client:
        while not over.is_set():
            named = headers | ({"Last-Event-ID": last_id} if last_id else {})
            try:
                for event in listen(client, url, named):
                    note(event, notes)
                    last_id = event.id or last_id
                    retry_s = int(event.retry) / 1000 if event.retry else retry_s
                    if over.is_set():
                        return
            except httpx.HTTPError:
                pass
            over.wait(min(retry_s, 1.0))


@contextmanager
def listening(listen: Listen, station: Station) -> Iterator[Notes]:
    """Listen in a thread."""
    notes, over = Notes(), Event()
    thread = Thread(target=listen_forever, args=(listen, station, notes, over))
    thread.start()
    try:
        yield notes
    finally:
        over.set()
        thread.join()


class TestHttpxSse:
    @pytest.mark.fidelity("realtime.clients.pypi")
    def test_loses_nothing_when_the_server_restarts(self, station: Station) -> None:
        """The id and the retry of an event are what one needs to come back."""
        with listening(by_httpx_sse, station) as notes:
            verdict = travel(notes, station)

        assert (verdict["recovered"], verdict["reason"]) == (True, None)
        assert notes.seen[0]["retry"] == 3000


class TestSseclientPy:
    @pytest.mark.fidelity("realtime.clients.pypi")
    def test_loses_nothing_when_the_server_restarts(self, station: Station) -> None:
        """The id and the retry of an event are what one needs to come back."""
        with listening(by_sseclient, station) as notes:
            verdict = travel(notes, station)

        assert (verdict["recovered"], verdict["reason"]) == (True, None)
        assert notes.seen[0]["retry"] == 3000
