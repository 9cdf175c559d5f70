"""Chromium looks at every page: nothing to complain of, and usable without eyes or mouse."""

import pytest
from playwright.async_api import Browser

from hirewire.sandbox.demo import DEMO
from tests.browser.visitor import visiting

pytestmark = pytest.mark.asyncio(loop_scope="session")

ADA = "ada@alpenblick.example"
AGENCY = next(app for app in DEMO.apps if app.terms.name == "agency").client_id

PUBLIC = ["/sign-in", "/sign-up", "/oauth/v2/authorize?client_id=nobody"]
CONSOLE = [
    "/console",
    "/console/apps",
    "/console/apps/new",
    f"/console/apps/{AGENCY}",
    f"/console/apps/{AGENCY}/edit",
    f"/console/apps/{AGENCY}/secrets",
    "/console/grants",
    "/console/security",
]


class TestEveryPage:
    @pytest.mark.parametrize("width", [375, 1280])
    async def test_is_fit_for_strangers(self, chromium: Browser, site: str, width: int) -> None:
        """Labels, one heading, a language; no violation of the policy; no sideways scroll."""
        async with visiting(chromium, width=width) as visitor:
            for path in PUBLIC:
                await visitor.page.goto(f"{site}{path}")

                assert await visitor.look() == []

    @pytest.mark.parametrize("width", [375, 1280])
    async def test_is_fit_for_who_is_signed_in(
        self, chromium: Browser, site: str, width: int
    ) -> None:
        """The console holds to the same."""
        async with visiting(chromium, width=width) as visitor:
            await visitor.page.goto(f"{site}/sign-in")
            await visitor.sign_in(ADA)
            await visitor.page.wait_for_url(f"{site}/console")
            for path in CONSOLE:
                shown = await visitor.page.goto(f"{site}{path}")

                assert shown is not None
                assert (shown.status, await visitor.look()) == (200, [])
