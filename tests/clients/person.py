"""
A person at a browser without scripts: follows links, fills in the forms, signs in, consents.

What they do is in the pages alone: each form's own fields go back as they came, but for what
they type, the boxes that they tick and the employer that they pick.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlencode, urljoin

import httpx

PASSWORD: Final = "demo-password"
LONGEST_WAY: Final = 12
NEGATIVE: Final = frozenset({"deny", "cancel", "decline", "refuse", "no"})

Attributes = dict[str, str]


@dataclass(eq=False)
class Stuck(AssertionError):
    """A page leads nowhere: *status* and *text* are what it shows."""

    status: int
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.status} at {self.where}: {self.text}"


@dataclass(slots=True)
class Form:
    """A form of a page, and its controls in their order."""

    action: str
    method: str
    controls: list[Attributes] = field(default_factory=list)

    def has(self, kind: str) -> bool:
        return any(control["type"] == kind for control in self.controls)


class Page(HTMLParser):
    """The forms of a page, and where it leads by itself, as it reads without scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.onward: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "meta" and attributes.get("http-equiv", "").lower() == "refresh":
            self.onward = attributes["content"].partition("url=")[2]
        elif tag == "form":
            method = attributes.get("method", "get").lower()
            self.forms.append(Form(attributes.get("action", ""), method))
        elif tag in {"input", "button"} and self.forms and "disabled" not in attributes:
            default = "submit" if tag == "button" else "text"
            self.forms[-1].controls.append({"type": default} | attributes)


@dataclass(slots=True)
class Person:
    """
    Someone with a browser of their own, which knows nothing at first.

    They tick every box but those of *drops*, take *picks* where there is a choice, and go on
    wherever they can, unless they refuse: then they decline what an app asks for.
    """

    email: str = "rui@alpenblick.example"
    password: str = field(default=PASSWORD, repr=False)
    drops: frozenset[str] = frozenset()
    picks: str | None = None
    refuses: bool = False
    seen: list[str] = field(default_factory=list)
    browser: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=10))

    def visit(self, url: str, callback: str) -> str:
        """
        Go to *url* and on from there, until sent to *callback*; return the whole address.

        Raises:
            Stuck: a page has no form that leads on.
        """
        response = self.browser.get(url)
        for _ in range(LONGEST_WAY):
            self.seen.append(response.url.path)
            there = _onward(response)
            if there is None:
                response = self._submit(response)
            elif there.startswith(callback):
                return there
            else:
                response = self.browser.get(there)
        msg = f"went in circles: {self.seen}"
        raise AssertionError(msg)

    def close(self) -> None:
        """Close the browser, which forgets everything."""
        self.browser.close()

    def _submit(self, response: httpx.Response) -> httpx.Response:
        form = _main_form(Page(response.text))
        if form is None or not response.headers["content-type"].startswith("text/html"):
            raise Stuck(response.status_code, str(response.url), response.text)
        there = urljoin(str(response.url), form.action)
        filled = urlencode(list(self._filled(form)))
        if form.method == "get":
            return self.browser.get(f"{there}?{filled}")
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return self.browser.post(there, content=filled, headers=kind | _site(response.url))

    def _filled(self, form: Form) -> Iterator[tuple[str, str]]:
        """Yield what the browser sends, control by control."""
        pressed, picked = self._button(form), self._pick(form)
        for control in form.controls:
            match control["type"]:
                case "submit" | "image" | "button" | "reset":
                    counts = control is pressed
                case "radio":
                    counts = control is picked
                case "checkbox":
                    counts = control.get("value") not in self.drops
                case _:
                    counts = True
            if counts and "name" in control:
                yield control["name"], self._value(control)

    def _pick(self, form: Form) -> Attributes | None:
        """Find the choice that they want, the one made for them, or the first."""
        choices = [control for control in form.controls if control["type"] == "radio"]
        wanted = [each for each in choices if each.get("value") == self.picks]
        made = [each for each in choices if "checked" in each]
        return next(iter(wanted or made or choices), None)

    def _value(self, control: Attributes) -> str:
        typed = {"email": self.email, "password": self.password}
        default = "on" if control["type"] == "checkbox" else ""
        return typed.get(control["type"], control.get("value", default))

    def _button(self, form: Form) -> Attributes | None:
        """Find the button that goes on, or the one that declines."""
        buttons = [control for control in form.controls if control["type"] == "submit"]
        declining = [each for each in buttons if each.get("value", "").lower() in NEGATIVE]
        if self.refuses and declining:
            return declining[0]
        return next((each for each in buttons if each not in declining), None)


def _onward(response: httpx.Response) -> str | None:
    """Find where an answer leads without anybody's doing."""
    there = response.headers.get("location") if response.has_redirect_location else None
    if there is None and response.is_success:
        there = Page(response.text).onward
    return None if there is None else urljoin(str(response.url), there)


def _main_form(page: Page) -> Form | None:
    """Find the form that a page is about: not the one that signs out."""
    forms = [form for form in page.forms if not form.action.endswith("/sign-out")]
    return next((form for form in forms if form.has("password")), next(iter(forms), None))


def _site(page: httpx.URL) -> dict[str, str]:
    """Say what every browser says of a form that is sent to its own site."""
    port = f":{page.port}" if page.port else ""
    return {"origin": f"{page.scheme}://{page.host}{port}", "sec-fetch-site": "same-origin"}
