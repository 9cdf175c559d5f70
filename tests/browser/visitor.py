"""A person at a real browser, who notices what the browser complains about."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from playwright.async_api import Browser, ConsoleMessage, Page, Response, expect

PASSWORD: Final = "demo-password"

PATIENCE_MS: Final = 20_000
"""Longer than a stream is away that comes back as it was told, on a busy machine, too."""

expect.set_options(timeout=PATIENCE_MS)

# What a reader of screens and a keyboard need on every page, as far as a browser can tell.
LOOK: Final = """() => {
  const faults = [];
  const root = document.documentElement;
  const shown = (element) => element.getClientRects().length > 0;
  if (!root.lang) faults.push('no language');
  if (!document.title.trim()) faults.push('no title');
  if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
  if (document.querySelectorAll('main').length !== 1) faults.push('not one main');
  if (root.scrollWidth > root.clientWidth) faults.push(`wider than ${root.clientWidth}`);
  for (const control of document.querySelectorAll('input, select, textarea')) {
    if (control.type === 'hidden' || !shown(control)) continue;
    if (!control.labels.length && !control.ariaLabel) faults.push(`no label: ${control.name}`);
  }
  for (const thing of document.querySelectorAll('button, a[href]')) {
    if (!thing.textContent.trim()) faults.push(`no text: ${thing.outerHTML}`);
  }
  for (const image of document.querySelectorAll('img:not([alt])')) {
    faults.push(`no alternative: ${image.src}`);
  }
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
  if (twice.length) faults.push(`ids twice: ${twice}`);
  return faults;
}"""

# What has the focus, in words, and whether one can see that it has.
FOCUSED: Final = """() => {
  const element = document.activeElement;
  const words = element.labels?.[0]?.innerText ?? element.innerText ?? '';
  const marks = [element, element.closest('label')].filter(Boolean).some((each) => {
    const { outlineStyle, boxShadow } = getComputedStyle(each);
    return outlineStyle !== 'none' || boxShadow !== 'none';
  });
  return [words, marks];
}"""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person, their page, and all that the browser did not like so far."""

    page: Page
    problems: list[str] = field(default_factory=list)

    async def sign_in(self, email: str) -> None:
        """Fill in the form that is on the page."""
        await self.page.get_by_label("E-mail address").fill(email)
        await self.page.get_by_label("Password").fill(PASSWORD)
        await self.press("Sign in")

    async def press(self, button: str) -> None:
        """Press the one button of that name."""
        await self.page.get_by_role("button", name=button, exact=True).click()

    async def look(self) -> list[str]:
        """Name what is wrong with the page."""
        found: list[str] = await self.page.evaluate(LOOK)
        return [f"{self.page.url}: {fault}" for fault in found]

    async def tab_to(self, words: str) -> None:
        """Press the tab key until something called *words* has the focus, and shows it."""
        passed = []
        for _ in range(30):
            await self.page.keyboard.press("Tab")
            focused, is_marked = await self.page.evaluate(FOCUSED)
            if re.match(rf"{re.escape(words)}\b", focused.strip()):
                assert is_marked, f"{words} has the focus, and does not show it"
                return
            passed.append(focused)
        msg = f"no {words} among {passed}"
        raise AssertionError(msg)


@asynccontextmanager
async def visiting(
    chromium: Browser, *, scripts: bool = True, width: int = 1280
) -> AsyncIterator[Visitor]:
    """Open a browser that knows nothing yet; whatever it complains about fails the test."""
    context = await chromium.new_context(
        java_script_enabled=scripts, viewport={"width": width, "height": 800}
    )
    context.set_default_timeout(PATIENCE_MS)
    visitor = Visitor(await context.new_page())
    _listen(visitor)
    try:
        yield visitor
    finally:
        await context.close()
    assert not visitor.problems, "\n".join(visitor.problems)


def _listen(visitor: Visitor) -> None:
    """Note what the browser says: of policies, of scripts, of what could not be loaded."""

    def said(message: ConsoleMessage) -> None:
        is_refusal = message.text.startswith("Failed to load resource")  # `answered` has it.
        if message.type in {"error", "warning"} and not is_refusal:
            visitor.problems.append(f"{visitor.page.url}: {message.text}")

    def answered(response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            visitor.problems.append(f"{response.url}: {response.status}")

    visitor.page.on("console", said)
    visitor.page.on("pageerror", lambda fault: visitor.problems.append(str(fault)))
    visitor.page.on("response", answered)
