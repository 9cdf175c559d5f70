"""A text that is refused, in Chromium: it stays in a page that goes on being live."""

import re
from typing import Final

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.browser.test_threads import LIST, RUI, has_stayed, start, stay, write
from tests.browser.visitor import visiting

pytestmark = pytest.mark.asyncio(loop_scope="session")

LABEL: Final = "Your message to Bo"


def answer(api: httpx.Client, thread: str, text: str) -> None:
    """Write as the candidate."""
    path = f"/_sandbox/conversations/{thread}/messages"
    api.post(path, json={"text": text}).raise_for_status()


class TestRefusedTexts:
    @pytest.mark.fidelity("pages.refused-text", "pages.live")
    async def test_stay_while_others_write(
        self, chromium: Browser, site: str, api: httpx.Client
    ) -> None:
        """What comes meanwhile is shown above, and the page is not loaded again for it."""
        async with visiting(chromium) as rui:
            await rui.page.goto(f"{site}{LIST}")
            await rui.sign_in(RUI)
            await start(rui.page, site, "Bo")
            thread = re.search(r"[0-9a-f-]{36}", rui.page.url)
            assert thread is not None
            await write(rui.page, LABEL, "x" * 10_001)
            await expect(rui.page.get_by_text("at most 10,000 characters")).to_be_visible()
            await stay(rui.page)
            await rui.page.get_by_label(LABEL).fill("Shorter")

            answer(api, thread[0], "Are you there?")

            await expect(rui.page.get_by_text("Are you there?")).to_be_visible()
            assert await rui.page.get_by_label(LABEL).input_value() == "Shorter"
            assert await has_stayed(rui.page)
