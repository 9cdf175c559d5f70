"""Chromium in the console: an app with a secret shown once, and access taken back."""

import httpx
import pytest
from playwright.async_api import Browser

from tests.browser.listener import Listener
from tests.browser.test_authorize import APP, CALLBACK, RUI, asking, go_through, redeem
from tests.browser.visitor import visiting

pytestmark = pytest.mark.asyncio(loop_scope="session")

ADA = "ada@alpenblick.example"


def client_credentials(api: httpx.Client, client_id: str, secret: str) -> httpx.Response:
    form = {"grant_type": "client_credentials", "scope": "interviews.schedule"}
    return api.post("/oauth/v2/tokens", data=form, auth=(client_id, secret))


def refresh(api: httpx.Client, token: str) -> httpx.Response:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": token,
        "client_id": APP.client_id,
        "client_secret": APP.client_secret,
    }
    return api.post("/oauth/v2/tokens", data=form)


def who(api: httpx.Client, token: str) -> httpx.Response:
    """Ask userinfo who signed in."""
    return api.get("/v2/api/userinfo", headers={"authorization": f"Bearer {token}"})


class TestAppCredentials:
    async def test_shows_the_secret_once(
        self, chromium: Browser, site: str, api: httpx.Client
    ) -> None:
        """A new app's secret opens the token endpoint, and no later page has it."""
        async with visiting(chromium) as visitor:
            page = visitor.page
            await page.goto(f"{site}/console/apps/new")
            await visitor.sign_in(ADA)
            await page.get_by_role("textbox", name="Name").fill("Kestrel")
            await page.get_by_role("checkbox", name="Client credentials").check()
            await page.get_by_role("textbox", name="Redirect URIs").fill(CALLBACK)
            await page.get_by_role("checkbox", name="Schedule interviews").check()
            await visitor.press("Create the app")
            secret = await page.locator(".secret code").inner_text()
            client_id = await page.locator("dd code").inner_text()
            await page.get_by_role("link", name="I have copied it").click()
            await page.get_by_role("heading", name="Kestrel").wait_for()
            later = await page.content()

        assert client_credentials(api, client_id, secret).status_code == 200
        assert client_id in later
        assert secret not in later


class TestAppsWithAccess:
    @pytest.mark.fidelity("browser.access-taken-back")
    async def test_takes_access_back_at_once(
        self, chromium: Browser, site: str, api: httpx.Client, app_side: Listener
    ) -> None:
        """The app's tokens work until the person takes its access back, and not after."""
        async with visiting(chromium) as visitor:
            page = visitor.page
            await page.goto(asking(site))
            await go_through(visitor)
            tokens = redeem(api, app_side.arrived())
            before = who(api, tokens["access_token"])
            await page.goto(f"{site}/console/grants")
            await page.get_by_role("link", name=f"Take back access of {APP.terms.name}").click()
            await visitor.press("Take back access")
            await page.get_by_role("status").wait_for()

        refreshed = refresh(api, tokens["refresh_token"])
        assert (before.status_code, before.json()["email"]) == (200, RUI)
        assert who(api, tokens["access_token"]).status_code == 401
        assert (refreshed.status_code, refreshed.json()["error"]) == (400, "invalid_grant")
