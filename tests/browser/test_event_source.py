"""Chromium's own `EventSource` loses its server, and comes back by itself, or by a snippet."""

import asyncio
import json
import os
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from playwright.async_api import Browser, Page

from tests.acceptance.program import PATIENCE_S
from tests.browser.visitor import PASSWORD
from tests.clients.realtime.snippets import SNIPPETS
from tests.clients.realtime.station import AGENCY, Station, open_station
from tests.clients.servers import NODE

pytestmark = [
    pytest.mark.fidelity("realtime.clients.event-source"),
    pytest.mark.timeout(90),
    pytest.mark.asyncio(loop_scope="session"),
]

RUI: Final = "rui@alpenblick.example"
STREAM: Final = "/console/conversations/events"
PLACES: Final = 3
"""How many streams one address may have."""

CONNECTING, CLOSED = 0, 2

LISTEN: Final = """(stream) => {
  window.noted = [];
  const source = new EventSource(stream);
  for (const type of ['connection-metadata', 'message-update', 'reconnect', 'error']) {
    source.addEventListener(type, ({ data }) => {
      noted.push([type, JSON.parse(data ?? source.readyState)]);
    });
  }
}"""
LISTEN_AS_DOCUMENTED: Final = f"""(stream) => {{
  {SNIPPETS["A web page with `EventSource`"]}
  window.noted = [];
  listen(stream, (update) => noted.push(['message-update', update]));
}}"""
LISTEN_IN_VAIN: Final = """(stream) => new Promise((resolve) => {
  const source = new EventSource(stream);
  source.onerror = () => resolve(source.readyState);
})"""
HAS_HEARD: Final = """(id) => noted.some(
  ([type, { payload }]) => type === 'message-update' && JSON.parse(payload).eventId === id,
)"""
HAS_FAILED_TWICE: Final = "() => noted.filter(([type]) => type === 'error').length > 1"


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """A server that each test stops, and starts again at the same port."""
    data = tmp_path_factory.mktemp("station")
    limits = {"streams_per_address": str(PLACES)}
    with open_station(data, AGENCY, heartbeat_s="1", **limits) as station:
        yield station


@asynccontextmanager
async def signed_in(chromium: Browser, station: Station) -> AsyncIterator[Page]:
    """Have a page of the server, for somebody who sees its threads; it may run our scripts."""
    context = await chromium.new_context(bypass_csp=True)
    page = await context.new_page()
    await page.goto(f"{station.base_url}/console")
    await page.get_by_label("E-mail address").fill(RUI)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("button", name="Sign out").wait_for()
    yield page
    await context.close()


async def listen(page: Page, script: str, stream: str) -> None:
    """Have the page listen, from now on."""
    async with page.expect_response(lambda answer: stream in answer.url):
        await page.evaluate(script, stream)


async def say(station: Station, count: int = 1) -> str:
    """Have messages written, and name the last."""
    for _ in range(count):
        await asyncio.to_thread(station.say)
    return station.said[-1]


async def heard_until(page: Page, event_id: str) -> list[str]:
    """Wait for a message, and name all that the page has heard."""
    await page.wait_for_function(HAS_HEARD, arg=event_id)
    updates = await noted(page, "message-update")
    return [json.loads(each["payload"])["eventId"] for each in updates]


async def noted(page: Page, wanted: str) -> list[Any]:
    """Read what the page noted of events of a type."""
    return [said for type_, said in await page.evaluate("noted") if type_ == wanted]


class TestEventSource:
    async def test_comes_back_to_a_server_that_was_killed(
        self, chromium: Browser, station: Station
    ) -> None:
        """
        It tries again while nobody is there; nothing is lost, nothing doubled, one verdict.
        """
        before = len(station.said)
        async with signed_in(chromium, station) as page:
            await listen(page, LISTEN, STREAM)
            await heard_until(page, await say(station))
            await say(station)
            station.program.kill()
            await page.wait_for_function(HAS_FAILED_TWICE)
            await asyncio.to_thread(station.start)
            heard = await heard_until(page, await say(station, 2))
            first, verdict = await noted(page, "connection-metadata")
            states = await noted(page, "error")

        assert heard == station.said[before:]
        assert "recovered" not in first
        assert (verdict["recovered"], verdict["reason"]) == (True, None)
        assert set(states) == {CONNECTING}

    async def test_comes_back_when_it_was_told_to(
        self, chromium: Browser, station: Station
    ) -> None:
        """
        A server that stops says when; the browser needs no script for it.
        """
        before = len(station.said)
        async with signed_in(chromium, station) as page:
            await listen(page, LISTEN, STREAM)
            await heard_until(page, await say(station))
            await asyncio.to_thread(station.restart)
            heard = await heard_until(page, await say(station, 2))
            (told,) = await noted(page, "reconnect")
            first, verdict = await noted(page, "connection-metadata")
            states = await noted(page, "error")

        assert heard == station.said[before:]
        assert (told["reason"], told["waitMs"]) == ("drained", 1000)
        assert "recovered" not in first
        assert (verdict["recovered"], verdict["reason"]) == (True, None)
        assert set(states) == {CONNECTING}

    @pytest.mark.fidelity("realtime.clients.snippets")
    async def test_gives_up_where_there_is_no_place(
        self, chromium: Browser, station: Station
    ) -> None:
        """
        429 ends it for good; the page's snippet makes another, and loses nothing either.
        """
        before = len(station.said)
        async with signed_in(chromium, station) as page:
            await listen(page, LISTEN_AS_DOCUMENTED, STREAM)
            await heard_until(page, await say(station))
            await page.context.set_offline(True)
            station.program.kill()
            await asyncio.to_thread(station.start)
            with ExitStack() as others:
                for _ in range(PLACES):
                    others.enter_context(another(station))
                await say(station)
                async with page.expect_response(lambda answer: answer.status == 429):
                    await page.context.set_offline(False)
                state = await page.evaluate(LISTEN_IN_VAIN, STREAM)
            heard = await heard_until(page, await say(station, 2))

        assert state == CLOSED
        assert heard == station.said[before:]


class TestRelay:
    @pytest.mark.fidelity("realtime.clients.snippets")
    async def test_loses_nothing_when_the_server_is_killed(
        self, chromium: Browser, station: Station, tmp_path: Path
    ) -> None:
        """
        A page listens to its own server, which stays, and passes on what the relay hears.
        """
        before = len(station.said)
        with relaying(station, tmp_path) as relay:
            page = await chromium.new_page()
            await page.route(f"{relay}/", lambda route: route.fulfill(body=""))
            await page.goto(relay)
            await listen(page, LISTEN, "/stream?eventTypes=new-message")
            await heard_until(page, await say(station))
            station.program.kill()
            await asyncio.to_thread(station.start)
            heard = await heard_until(page, await say(station, 2))
            _, verdict = await noted(page, "connection-metadata")
            states = await noted(page, "error")
            await page.close()

        assert heard == station.said[before:]
        assert (verdict["recovered"], verdict["reason"]) == (True, None)
        assert set(states) == {CONNECTING}

    @pytest.mark.fidelity("realtime.clients.snippets")
    async def test_says_when_to_come_back(self, station: Station, tmp_path: Path) -> None:
        """
        What would end an `EventSource` for good becomes a stream that it survives.
        """
        answer = await asyncio.to_thread(answered_when_full, station, tmp_path)

        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.text in {f"retry: {seconds}000\n\n" for seconds in range(5, 11)}


def answered_when_full(station: Station, folder: Path) -> httpx.Response:
    """Ask the relay for a stream while there is no place."""
    with relaying(station, folder) as relay, ExitStack() as others:
        for _ in range(PLACES):
            others.enter_context(another(station))
        return httpx.get(f"{relay}/stream", timeout=PATIENCE_S)


@contextmanager
def another(station: Station) -> Iterator[None]:
    """Take one of the places, as soon as it is free."""
    headers = {"Authorization": f"Bearer {station.token()}"}
    with httpx.Client(timeout=PATIENCE_S) as client, ExitStack() as stream:
        while True:
            answer = stream.enter_context(client.stream("GET", station.stream, headers=headers))
            if answer.status_code == 200:
                break
            stream.close()
        yield


@contextmanager
def relaying(station: Station, folder: Path) -> Iterator[str]:
    """Run the relay of the page about the API, and return its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = folder / "relay.mjs"
    program.write_text(SNIPPETS["A relay for `EventSource`"], "utf-8")
    told = {"STREAM": station.stream, "TOKEN": station.token(), "PORT": str(port)}
    process = subprocess.Popen([NODE, str(program)], env={**os.environ, **told})
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(PATIENCE_S)


def _wait_for(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(int(PATIENCE_S * 20)):
        with socket.socket() as sock:
            sock.settimeout(0.05)
            if not sock.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.05)
    pytest.fail("the relay does not listen")
