"""Chromium goes through an authorization: signs in, picks, drops a scope, comes back."""

import hashlib
import json
from base64 import urlsafe_b64encode
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import pytest
from joserfc import jws
from playwright.async_api import Browser

from hirewire.sandbox.demo import DEMO
from tests.browser.listener import Listener
from tests.browser.visitor import Visitor, visiting

pytestmark = pytest.mark.asyncio(loop_scope="session")

APP: Final = next(app for app in DEMO.apps if app.terms.name == "ats")
CALLBACK: Final = "http://localhost:3000/oauth-callback"
VERIFIER: Final = "a-verifier-that-is-long-enough-for-anybody-0123456789"
RUI: Final = "rui@alpenblick.example"
ALPENBLICK: Final = "019b76daafd076a6bef499bbf4dca4f2"
ASKED: Final = "email offline_access employer_access interviews.schedule conversations"
KEPT: Final = ["email", "employer_access", "interviews.schedule", "offline_access"]


def asking(site: str) -> str:
    """Spell the address that the app sends a person to."""
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    parameters = {
        "client_id": APP.client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": ASKED,
        "state": "a state",
        "prompt": "select_employer consent",
        "code_challenge": urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    return f"{site}/oauth/v2/authorize?{urlencode(parameters)}"


def redeem(api: httpx.Client, arrived: dict[str, str]) -> dict[str, Any]:
    """Exchange the code, as the app does when somebody arrives."""
    form = {
        "grant_type": "authorization_code",
        "code": arrived["code"],
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        "client_id": APP.client_id,
        "client_secret": APP.client_secret,
        "employer": arrived["employer"],
    }
    answer = api.post("/oauth/v2/tokens", data=form)
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


def told(token: str) -> dict[str, Any]:
    """Read what a token says; who signed it is another test's question."""
    claims: dict[str, Any] = json.loads(jws.extract_compact(token.encode()).payload)
    return claims


async def go_through(visitor: Visitor) -> None:
    """Sign in, pick Alpenblick Hotels, and let the app do all but write to candidates."""
    await visitor.sign_in(RUI)
    await visitor.page.get_by_label("Alpenblick Hotels").check()
    await visitor.press("Continue")
    await visitor.page.get_by_label("Write to candidates").uncheck()
    await visitor.press("Allow")
    await visitor.page.wait_for_url(f"{CALLBACK}?**")


def check(api: httpx.Client, arrived: dict[str, str]) -> None:
    """Check that what the person allowed is what the app got."""
    assert (arrived["state"], arrived["employer"]) == ("a state", ALPENBLICK)
    tokens = redeem(api, arrived)
    assert sorted(set(tokens["scope"].split()) & set(ASKED.split())) == KEPT
    assert "conversations" not in tokens["scope"]


class TestAuthorization:
    @pytest.mark.fidelity("browser.partial-consent", "browser.employer-picked")
    @pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
    async def test_ends_at_the_app(
        self,
        chromium: Browser,
        site: str,
        api: httpx.Client,
        app_side: Listener,
        *,
        scripts: bool,
    ) -> None:
        """With and without scripts: the token has the scopes and the employer of the pages."""
        async with visiting(chromium, scripts=scripts) as visitor:
            await visitor.page.goto(asking(site))
            await go_through(visitor)

        check(api, app_side.arrived())

    async def test_needs_no_mouse(
        self, chromium: Browser, site: str, api: httpx.Client, app_side: Listener
    ) -> None:
        """Every step can be taken with the keyboard, and shows where it is."""
        async with visiting(chromium) as visitor:
            keyboard = visitor.page.keyboard
            await visitor.page.goto(asking(site))
            # The focus comes a little after the page; what is typed before is lost.
            await visitor.page.wait_for_selector("[type=email]:focus")
            await keyboard.type(RUI)
            await keyboard.press("Tab")
            await keyboard.type("demo-password")
            await keyboard.press("Enter")
            await visitor.page.wait_for_selector("[type=radio]")
            await visitor.tab_to("Alpenblick Hotels")
            await keyboard.press("Space")
            await visitor.tab_to("Continue")
            await keyboard.press("Enter")
            await visitor.page.wait_for_selector("[type=checkbox]")
            await visitor.tab_to("Write to candidates")
            if await visitor.page.get_by_label("Write to candidates").is_checked():
                await keyboard.press("Space")  # An earlier test may have left it unticked.
            await visitor.tab_to("Allow")
            await keyboard.press("Enter")
            await visitor.page.wait_for_url(f"{CALLBACK}?**")

        check(api, app_side.arrived())

    @pytest.mark.parametrize("width", [375, 1280])
    async def test_shows_pages_that_are_fit(
        self, chromium: Browser, site: str, app_side: Listener, width: int
    ) -> None:
        """Employer picker and consent are as usable as every other page."""
        async with visiting(chromium, width=width) as visitor:
            await visitor.page.goto(asking(site))
            await visitor.sign_in(RUI)
            await visitor.page.get_by_label("Alpenblick Hotels").check()
            picker = await visitor.look()
            await visitor.press("Continue")
            await visitor.page.get_by_label("Write to candidates").uncheck()

            assert (picker, await visitor.look()) == ([], [])

    async def test_can_be_cancelled(
        self, chromium: Browser, site: str, app_side: Listener
    ) -> None:
        """Who does not want to is sent back with an error, and the app gets no code."""
        async with visiting(chromium) as visitor:
            await visitor.page.goto(asking(site))
            await visitor.sign_in(RUI)
            await visitor.press("Cancel")
            await visitor.page.wait_for_url(f"{CALLBACK}?**")

        arrived = app_side.arrived()
        assert (arrived["error"], arrived["state"]) == ("access_denied", "a state")
        assert "code" not in arrived

    async def test_names_the_employer_in_the_tokens(
        self, chromium: Browser, site: str, api: httpx.Client, app_side: Listener
    ) -> None:
        """The access token represents the picked employer, and the ID token names it."""
        async with visiting(chromium) as visitor:
            await visitor.page.goto(asking(site))
            await go_through(visitor)

        tokens = redeem(api, app_side.arrived())
        assert told(tokens["access_token"])["emp"] == ALPENBLICK
        assert told(tokens["id_token"])["employer"] == ALPENBLICK
