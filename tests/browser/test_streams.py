"""A page of a trusted domain listens in a real browser, as docs/apis/realtime.md has it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.listener import Listener
from tests.clients.realtime.snippets import SNIPPETS
from tests.clients.realtime.station import ORIGIN, SAY, Station, event_id_of, open_station

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    """A server for one test, which may stop it."""
    with open_station(tmp_path, heartbeat_s="1") as station:
        yield station


class TestPage:
    @pytest.mark.fidelity("realtime.clients.browser")
    async def test_loses_nothing_when_the_server_restarts(
        self, chromium: Browser, app_side: Listener, station: Station
    ) -> None:
        """Preflights are real: the page is of another origin, and sends a bearer token."""
        page = await chromium.new_page()
        await page.goto(f"{ORIGIN}/oauth-callback")
        await page.add_script_tag(content=SNIPPETS["A web page"])
        begin = """([stream, token]) => {
          window.heard = [];
          listen(stream, token, (update) => heard.push(JSON.parse(update.payload).eventId));
        }"""
        heard = "(count) => window.heard.length >= count"
        await page.evaluate(begin, [station.stream, await asyncio.to_thread(station.token)])
        while not await page.evaluate("window.heard.length"):
            await asyncio.to_thread(station.say)
        await page.wait_for_function(heard, arg=1)
        first = await page.evaluate("window.heard")

        await asyncio.to_thread(station.restart)
        said = [await asyncio.to_thread(station.say) for _ in range(3)]
        await page.wait_for_function("(id) => window.heard.includes(id)", arg=said[-1])

        got = await page.evaluate("window.heard")
        begin_at = station.said.index(first[0])
        assert got == station.said[begin_at:]
        await page.close()

    @pytest.mark.fidelity("graphql.cors.trusted-domain", "graphql.cors.preflight")
    async def test_hears_what_it_has_written_itself(
        self, chromium: Browser, app_side: Listener, station: Station
    ) -> None:
        """A chat needs no server of its own: the page writes with `fetch`, and hears of it."""
        page = await chromium.new_page()
        await page.goto(f"{ORIGIN}/oauth-callback")
        await page.add_script_tag(content=SNIPPETS["A web page"])
        token = await asyncio.to_thread(station.token)
        begin = """([stream, token]) => {
          window.heard = [];
          listen(stream, token, (update) => heard.push(JSON.parse(update.payload).eventId));
        }"""
        await page.evaluate(begin, [station.stream, token])
        while not await page.evaluate("window.heard.length"):
            await asyncio.to_thread(station.say)

        answer = await page.evaluate(
            """([url, token, query, variables]) => fetch(url, {
              method: "POST",
              headers: {Authorization: `Bearer ${token}`, "Content-Type": "application/json"},
              body: JSON.stringify({query, variables}),
            }).then((answer) => answer.json())""",
            [station.graphql, token, SAY, {"id": station.thread, "text": "From a page"}],
        )

        wrote = event_id_of(answer["data"])
        await page.wait_for_function("(id) => window.heard.includes(id)", arg=wrote)
        await page.close()

    @pytest.mark.fidelity("realtime.clients.browser")
    async def test_of_another_domain_hears_nothing(
        self, chromium: Browser, site: str, station: Station
    ) -> None:
        """The browser does not let it read the answer, nor send the token."""
        page = await chromium.new_page()
        await page.goto(f"{site}/sign-in")
        token = await asyncio.to_thread(station.token)

        failed = await page.evaluate(
            """([stream, token]) => fetch(stream, {headers: {Authorization: `Bearer ${token}`}})
              .then(({ status }) => status, (error) => error.name)""",
            [station.stream, token],
        )

        assert failed == "TypeError"
        await page.close()
