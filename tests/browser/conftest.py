"""Chromium, the program that it visits, and the apps that it comes back to."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Final

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Playwright, async_playwright

from tests.acceptance.program import PATIENCE_S, developing
from tests.browser.listener import Listener, listening
from tests.clients.servers import NODE

CALLBACK_HOST: Final = "localhost:3000"


@pytest.fixture(scope="session")
def listener() -> Iterator[Listener]:
    """Where Chromium goes when it is sent to an app of the demo world."""
    with listening() as listener:
        yield listener


@pytest.fixture
def app_side(listener: Listener) -> Listener:
    """The app's side of one test."""
    listener.forget()
    return listener


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(listener: Listener) -> AsyncIterator[Browser]:
    """The Chromium of this test process; no name but the callback's leads anywhere."""
    name = os.environ.get("CHROMIUM", "chromium")
    found = shutil.which(name)
    assert found is not None, f"no {name}; scripts/setup installs it, or name one in CHROMIUM"
    rules = f"MAP {CALLBACK_HOST} 127.0.0.1:{listener.port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    async with playing() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found,
            chromium_sandbox=os.geteuid() != 0,  # Chromium refuses to have one as root.
            args=[f"--host-resolver-rules={rules}"],
        )
        yield browser
        await browser.close()


@asynccontextmanager
async def playing() -> AsyncIterator[Playwright]:
    """Run Playwright on the wheel's Node: its own wants a library that bare Debian lacks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYWRIGHT_NODEJS_PATH", NODE)
        async with async_playwright() as playwright:
            yield playwright


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of our program, with the demo world."""
    with developing(tmp_path_factory.mktemp("browser")) as program:
        yield program.base_url


@pytest.fixture
def api(site: str) -> Iterator[httpx.Client]:
    """What an app calls our program with."""
    with httpx.Client(base_url=site, timeout=PATIENCE_S) as client:
        yield client
