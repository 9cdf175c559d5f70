"""Two Chromiums in one thread: what one writes the other sees, and no page is loaded again."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Final

import httpx
import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.visitor import Visitor, visiting

pytestmark = pytest.mark.asyncio(loop_scope="session")

RUI: Final = "rui@alpenblick.example"
LIST: Final = "/console/conversations"
EVENTS: Final = re.compile("/console/conversations/events")
EVENTS_OF_ONE: Final = re.compile(r"/console/conversations/[\w-]{36}/events")
CHANGED: Final = "Who takes part has changed"


async def start(page: Page, site: str, name: str) -> None:
    """Begin a thread with somebody new."""
    await page.goto(f"{site}{LIST}/new")
    await page.get_by_label("Name of the candidate").fill(name)
    await page.get_by_label("Their e-mail address").fill(f"{name.lower()}@people.example")
    await page.get_by_label("Subject").fill("Mountain guide")
    await page.get_by_label("First message").fill("Hello! When can you start?")
    await page.get_by_role("button", name="Start the conversation").click()
    await expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def advance(api: httpx.Client, duration: str) -> None:
    """Move the server's clock on."""
    api.post("/_sandbox/clock", json={"advance": duration}).raise_for_status()


def link_to(api: httpx.Client, name: str) -> str | None:
    """Take the link out of the mail that somebody has got, if they have."""
    for mail in api.get("/_sandbox/mailbox").json():
        if mail["to"] == [f"{name.lower()}@people.example"]:
            found = re.search(r"/conversations/[\w-]+", mail["text"])
            return None if found is None else found[0]
    return None


async def mailed_link(api: httpx.Client, name: str) -> str:
    """Let three minutes pass, and wait for the mail."""
    advance(api, "PT3M")
    async with asyncio.timeout(15):
        while (link := link_to(api, name)) is None:  # noqa: ASYNC110 - another process mails
            await asyncio.sleep(0.05)
    return link


async def stay(page: Page) -> None:
    """Mark the page as it is: what loads it again takes the mark away."""
    await page.evaluate("window.stayed = true")


async def has_stayed(page: Page) -> bool:
    """Tell whether it was never loaded again since."""
    return bool(await page.evaluate("window.stayed === true"))


def hold_for_a_change(who: Visitor) -> Callable[[Route], Awaitable[None]]:
    """Have somebody be added before a page hears anything again."""

    async def hold(route: Route) -> None:
        await who.page.get_by_label("Add", exact=True).select_option("Ada Berger")
        await who.press("Add")
        added = who.page.locator("#people").get_by_role("listitem")
        await expect(added.filter(has_text="Ada Berger")).to_be_visible()
        await route.continue_()

    return hold


async def write(page: Page, label: str, text: str) -> None:
    """Write and send."""
    await page.get_by_label(label).fill(text)
    await page.get_by_role("button", name="Send", exact=True).click()


class TestThreads:
    @pytest.mark.fidelity("pages.live", "pages.draft", "mails.candidate.link")
    async def test_are_live_on_both_sides(
        self, chromium: Browser, site: str, api: httpx.Client
    ) -> None:
        """The candidate comes by the mail's link; what somebody writes meanwhile stays."""
        async with visiting(chromium) as rui, visiting(chromium, width=390) as dana:
            await rui.page.goto(f"{site}{LIST}")
            await rui.sign_in(RUI)
            await start(rui.page, site, "Dana")
            await rui.page.get_by_label("Your message to Dana").fill("Half a sentence")
            await stay(rui.page)
            await dana.page.goto(site + await mailed_link(api, "Dana"))
            await expect(dana.page.get_by_text("When can you start?")).to_be_visible()
            await expect(rui.page.get_by_text("Read by the candidate")).to_be_visible()

            await write(dana.page, "Your message", "In May. <b>مرحبا</b>")
            await expect(rui.page.get_by_text("In May. <b>مرحبا</b>")).to_be_visible()
            kept = await rui.page.get_by_label("Your message to Dana").input_value()
            stayed = await has_stayed(rui.page)
            await stay(dana.page)
            await write(rui.page, "Your message to Dana", "Wonderful")
            await expect(dana.page.get_by_text("Wonderful")).to_be_visible()
            faults = [*await rui.look(), *await dana.look()]
            both = (stayed, await has_stayed(dana.page))

        assert kept == "Half a sentence"
        assert both == (True, True)
        assert faults == []

    @pytest.mark.fidelity("console.threads.live-people")
    async def test_show_who_takes_part_as_it_changes(
        self, chromium: Browser, site: str, api: httpx.Client
    ) -> None:
        """What one adds and removes the other sees, who keeps what they write and choose."""
        async with visiting(chromium) as rui, visiting(chromium, width=390) as other:
            for each in (rui, other):
                await each.page.goto(f"{site}{LIST}")
                await each.sign_in(RUI)
            await start(rui.page, site, "Noor")
            async with other.page.expect_response(EVENTS_OF_ONE):
                await other.page.goto(rui.page.url)
            people = other.page.locator("#people")
            chosen = other.page.get_by_label("Add", exact=True)
            await stay(other.page)
            await other.page.get_by_label("Your message to Noor").fill("Half a sentence")
            await chosen.select_option("Ines Weber")
            await other.page.get_by_label("as an owner").check()

            await rui.page.get_by_label("Add", exact=True).select_option("Ines Weber")
            await rui.page.get_by_label("as an owner").check()
            await rui.press("Add")
            ines = people.get_by_role("listitem").filter(has_text="Ines Weber")
            await expect(ines.get_by_text("Owner")).to_be_visible()
            await expect(other.page.get_by_role("status")).to_have_text(CHANGED)
            ticked = await other.page.get_by_label("as an owner").is_checked()
            left = await chosen.evaluate("(list) => list.selectedIndex")
            await chosen.select_option("Ada Berger")
            await rui.press("Remove Ines Weber")
            await expect(ines).to_have_count(0)
            kept = await chosen.evaluate("(list) => list.selectedOptions[0].text")
            written = await other.page.get_by_label("Your message to Noor").input_value()
            faults = [*await rui.look(), *await other.look()]

            assert await has_stayed(other.page)
        assert (ticked, left, kept) == (True, -1, "Ada Berger")
        assert written == "Half a sentence"
        assert faults == []

    @pytest.mark.fidelity("console.threads.live-people", "pages.stream.reconnects")
    async def test_show_who_took_part_while_they_were_cut_off(
        self, chromium: Browser, site: str, api: httpx.Client
    ) -> None:
        """A page that comes back to its stream asks for what no replay tells."""
        async with visiting(chromium) as rui, visiting(chromium) as other:
            for each in (rui, other):
                await each.page.goto(f"{site}{LIST}")
                await each.sign_in(RUI)
            await start(rui.page, site, "Yael")
            async with other.page.expect_response(EVENTS_OF_ONE):
                await other.page.goto(rui.page.url)
            await stay(other.page)

            async with other.page.expect_response(EVENTS_OF_ONE):
                await other.page.route(EVENTS_OF_ONE, hold_for_a_change(rui))
                advance(api, "PT61M")  # No stream of a page gets older than an hour.
            people = other.page.locator("#people").get_by_role("listitem")
            await expect(people.filter(has_text="Ada Berger")).to_be_visible()

            assert await has_stayed(other.page)

    @pytest.mark.fidelity("console.threads.live-counts", "pages.stream.reconnects")
    async def test_counts_go_up_and_down_and_survive_a_drop(
        self, chromium: Browser, site: str, api: httpx.Client
    ) -> None:
        """The list and its title follow, also after the server dropped every stream."""
        async with (
            visiting(chromium) as rui,
            visiting(chromium) as other,
            visiting(chromium) as mika,
        ):
            for each in (rui, other):
                await each.page.goto(f"{site}{LIST}")
                await each.sign_in(RUI)
            await start(other.page, site, "Mika")
            thread = other.page.url
            await other.page.goto(f"{site}/console")
            await mika.page.goto(site + await mailed_link(api, "Mika"))
            await rui.page.goto(f"{site}{LIST}")
            await rui.page.wait_for_load_state()
            await stay(rui.page)
            row = rui.page.get_by_role("listitem").filter(has_text="Mika")
            await expect(row).to_be_visible()

            await write(mika.page, "Your message", "One")
            await expect(row.get_by_text("1 unread")).to_be_visible()
            await other.page.goto(thread)
            await expect(row.get_by_text("unread")).to_have_count(0)
            async with rui.page.expect_request(EVENTS):
                advance(api, "PT61M")  # No stream of a page gets older than an hour.
            await write(mika.page, "Your message", "Two")
            await write(mika.page, "Your message", "Three")
            await expect(other.page.get_by_text("Three")).to_be_visible()
            await expect(rui.page.locator("#live")).to_contain_text("Mika")
            faults = await rui.look()

            assert await has_stayed(rui.page)
        assert faults == []

    @pytest.mark.fidelity("pages.threads-no-script")
    async def test_work_without_scripts(
        self, chromium: Browser, site: str, api: httpx.Client
    ) -> None:
        """Forms are sent and pages come back."""
        async with (
            visiting(chromium, scripts=False) as rui,
            visiting(chromium, scripts=False, width=390) as lou,
        ):
            await rui.page.goto(f"{site}{LIST}")
            await rui.sign_in(RUI)
            await start(rui.page, site, "Lou")
            await lou.page.goto(site + await mailed_link(api, "Lou"))
            await write(lou.page, "Your message", "Helo")
            await lou.page.get_by_role("link", name=re.compile("^Edit")).click()
            await lou.page.get_by_label("Edit your message").fill("Hello")
            await lou.page.get_by_role("button", name="Save").click()
            await rui.page.reload()

            await expect(rui.page.get_by_text("Hello", exact=True)).to_be_visible()
            await expect(rui.page.get_by_text("edited")).to_be_visible()

    @pytest.mark.fidelity("pages.stream.signed-out")
    async def test_end_when_somebody_signs_out(self, chromium: Browser, site: str) -> None:
        """Another tab of the same browser shows the way in, by itself."""
        async with visiting(chromium) as rui:
            await rui.page.goto(f"{site}{LIST}")
            await rui.sign_in(RUI)
            tab = await rui.page.context.new_page()
            async with tab.expect_response(EVENTS):
                await tab.goto(f"{site}{LIST}")

            await rui.press("Sign out")

            await expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
            rui.problems.clear()
