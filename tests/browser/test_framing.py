"""Chromium is sent every text that could break a frame, and delivers what was put in."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route

from tests.clients.realtime.framing import (
    TYPES,
    VECTORS,
    WAYS,
    Fields,
    Framing,
    as_fetch_event_source,
    heard,
    open_framing,
    say,
    shortened,
)
from tests.clients.servers import HERE

pytestmark = [
    pytest.mark.fidelity("realtime.clients.framing"),
    pytest.mark.parametrize("way", WAYS),
    pytest.mark.timeout(60),
    pytest.mark.asyncio(loop_scope="session"),
]

PACKAGE: Final = HERE / "node_modules" / "@microsoft" / "fetch-event-source" / "lib" / "esm"

EVENT_SOURCE: Final = """([stream, types]) => {
  window.notes = [];
  const source = new EventSource(stream);
  const note = ({ type, data, lastEventId }) => notes.push({ type, data, id: lastEventId });
  for (const type of ['message', ...types]) source.addEventListener(type, note);
  source.addEventListener('end', () => source.close());
  source.onerror = () => notes.push('the stream broke');
}"""

FETCH_EVENT_SOURCE: Final = """async ([stream]) => {
  window.notes = [];
  const { fetchEventSource } = await import('/npm/fetch-event-source/index');
  const ended = new AbortController();
  fetchEventSource(stream, {
    signal: ended.signal,
    onmessage({ event, data, id }) {
      notes.push({ type: event, data, id });
      if (event === 'end') ended.abort();
    },
    onclose() { notes.push('the stream broke'); },
  });
}"""

HAS_BEGUN: Final = "() => notes.length > 0"
HAS_ENDED: Final = "() => notes.at(-1).type === 'end' || notes.at(-1) === 'the stream broke'"


@pytest.fixture(scope="module")
def framing() -> Iterator[Framing]:
    """The application that sends the vectors."""
    with open_framing() as framing:
        yield framing


@pytest_asyncio.fixture(loop_scope="session")
async def page(chromium: Browser, framing: Framing) -> AsyncIterator[Page]:
    """A page of the application, which finds npm's package at its server."""
    page = await chromium.new_page()
    await page.route("**/npm/fetch-event-source/*", _module)
    await page.goto(framing.base_url)
    yield page
    await page.close()


async def _module(route: Route) -> None:
    name = route.request.url.rpartition("/")[2]
    await route.fulfill(path=PACKAGE / f"{name}.js", content_type="text/javascript")


async def delivered(page: Page, listen: str, stream: str) -> Any:
    """Have the vectors sent once the page listens, and take what it was delivered."""
    await page.evaluate(listen, [stream, TYPES])
    await page.wait_for_function(HAS_BEGUN)
    await asyncio.to_thread(say, stream, VECTORS)
    await page.wait_for_function(HAS_ENDED)
    return shortened(await page.evaluate("notes"))


class TestChromium:
    @pytest.mark.parametrize(
        ("listen", "is_taken"),
        [(EVENT_SOURCE, list), (FETCH_EVENT_SOURCE, as_fetch_event_source)],
        ids=["EventSource", "fetch-event-source"],
    )
    async def test_delivers_what_was_put_in(
        self,
        page: Page,
        framing: Framing,
        way: str,
        listen: str,
        is_taken: Callable[[list[Fields]], list[Fields]],
    ) -> None:
        """
        All of it and nothing else: its own `EventSource`, and npm's replacement by `fetch`.
        """
        notes = await delivered(page, listen, framing.stream(way))

        assert notes == shortened(is_taken(heard(VECTORS)))
