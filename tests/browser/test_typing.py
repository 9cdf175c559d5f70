"""Two Chromiums in one thread: each shows that the other types, until they have written."""

from typing import Final

import httpx
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.test_threads import (
    EVENTS_OF_ONE,
    LIST,
    RUI,
    has_stayed,
    mailed_link,
    start,
    stay,
    write,
)
from tests.browser.visitor import visiting

pytestmark = pytest.mark.asyncio(loop_scope="session")


def typists(page: Page) -> Locator:
    """The line that says who types."""
    return page.locator("#typists")


async def type_some(page: Page, label: str) -> None:
    """Type as people do, key by key."""
    await page.get_by_label(label).press_sequentially("Hel")


async def hears_of(page: Page, *names: str) -> None:
    """Have a page be told that the candidate types, by each of *names*."""
    for name in names:
        said = {"sender": {"side": "CANDIDATE", "name": name}, "expiresInMs": 60_000}
        await page.evaluate(
            "(detail) => document.dispatchEvent(new CustomEvent('typing', { detail }))", said
        )


# Whether the last of the words on the line, which follow the names, are to be seen.
IS_SAID: Final = """(line) => {
  const words = document.createRange();
  words.selectNode(line.lastChild);
  return words.getBoundingClientRect().right <= line.getBoundingClientRect().right;
}"""


class TestTyping:
    @pytest.mark.fidelity("typing.pages.shown", "typing.pages.told", "typing.pages.lists")
    async def test_shows_on_the_other_side_until_the_message_comes(
        self, chromium: Browser, site: str, api: httpx.Client
    ) -> None:
        """No page asks for itself again, nothing moves, and nobody is shown themselves."""
        async with (
            visiting(chromium) as rui,
            visiting(chromium, width=390) as dana,
            visiting(chromium) as tab,
        ):
            for each in (rui, tab):
                await each.page.goto(f"{site}{LIST}")
                await each.sign_in(RUI)
            await start(rui.page, site, "Femi")
            thread = rui.page.url
            await dana.page.goto(site + await mailed_link(api, "Femi"))
            await expect(rui.page.get_by_text("Read by the candidate")).to_be_visible()
            async with tab.page.expect_response(EVENTS_OF_ONE):
                await tab.page.goto(thread)
            for each in (rui, dana):
                await stay(each.page)
            asked: list[str] = []
            rui.page.on("request", lambda request: asked.append(request.url))
            before = await rui.page.locator("#write").bounding_box()

            await type_some(dana.page, "Your message")
            await expect(typists(rui.page)).to_have_text("Femi is typing…")
            after = await rui.page.locator("#write").bounding_box()
            await type_some(rui.page, "Your message to Femi")
            await expect(typists(dana.page)).to_have_text("Rui Costa is typing…")
            asked_in_vain = [each for each in asked if not each.endswith("/typing")]
            await expect(typists(tab.page)).to_have_text("Femi is typing…")

            await write(dana.page, "Your message", "In May")
            await expect(rui.page.get_by_text("In May")).to_be_visible()
            await expect(typists(rui.page)).to_have_text("")
            await type_some(rui.page, "Your message to Femi")
            kept = await rui.page.get_by_label("Your message to Femi").input_value()
            faults = [*await rui.look(), *await dana.look()]
            said = []
            for names in (("Ada", "<b>Bo</b>"), ("Ada", "مريم"), ("Di",)):
                await hears_of(rui.page, *names)
                said.append(await typists(rui.page).text_content())

            assert await has_stayed(rui.page)
        assert (asked_in_vain, kept) == ([], "HelHel")
        assert before == after
        assert said == [
            "Ada and <b>Bo</b> are typing…",
            "Ada, <b>Bo</b>, and مريم are typing…",
            "Several people are typing…",
        ]
        assert faults == []

    @pytest.mark.fidelity("typing.pages.shown")
    async def test_is_over_when_it_is_not_said_again(
        self, chromium: Browser, site: str, api: httpx.Client
    ) -> None:
        """After six seconds; what is emptied, or blank, is not typed."""
        async with visiting(chromium) as rui, visiting(chromium) as noa:
            await rui.page.goto(f"{site}{LIST}")
            await rui.sign_in(RUI)
            await start(rui.page, site, "Noa")
            await noa.page.goto(site + await mailed_link(api, "Noa"))
            await expect(rui.page.get_by_text("Read by the candidate")).to_be_visible()
            told: list[str] = []
            noa.page.on("request", lambda request: told.append(request.url))

            await noa.page.get_by_label("Your message").press_sequentially("   ")
            await noa.page.get_by_label("Your message").fill("Yes")
            await expect(typists(rui.page)).to_have_text("Noa is typing…")
            await noa.page.get_by_label("Your message").fill("")
            await expect(typists(rui.page)).to_have_text("", timeout=10_000)

        assert [each for each in told if each.endswith("/typing")] == [f"{noa.page.url}/typing"]

    @pytest.mark.fidelity("typing.pages.shown", "pages.live")
    async def test_is_in_sight_on_a_phone(self, chromium: Browser, site: str) -> None:
        """
        A thread opens at its end, and long names hide neither that nor what is said of them.
        """
        long = "W" * 60
        async with visiting(chromium, width=390) as rui:
            await rui.page.goto(f"{site}{LIST}")
            await rui.sign_in(RUI)
            await start(rui.page, site, long)
            box = await rui.page.locator("#write").bounding_box()

            said = []
            for name in (long, "Ada", f"{long}W"):
                await hears_of(rui.page, name)
                said.append(await typists(rui.page).evaluate(IS_SAID))
            faults = await rui.look()

        assert box is not None
        assert 0 < box["y"] < box["y"] + box["height"] < 800
        assert said == [True] * 3
        assert faults == []
