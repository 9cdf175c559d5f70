"""A person with a browser: signs in, picks an employer and consents on the real pages."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx

MOST_STEPS: Final = 12

Fields: TypeAlias = list[tuple[str, str]]

_CHOSEN: Final = frozenset({"checkbox", "radio"})


@dataclass(frozen=True, slots=True)
class Control:
    """One field or button of a form."""

    name: str
    kind: str
    value: str = ""
    is_chosen: bool = True


@dataclass(slots=True)
class Form:
    """A form as the page has it."""

    action: str
    method: str
    controls: list[Control] = field(default_factory=list)

    def of_type(self, kind: str) -> list[Control]:
        """List the named controls of this *kind*."""
        return [each for each in self.controls if each.kind == kind and each.name]

    def filled(self, **values: str) -> Fields:
        """Take what a browser would send, with *values* typed in, without any button."""
        return [
            (each.name, values.get(each.name, each.value))
            for each in self.controls
            if each.name and each.kind != "submit" and each.is_chosen
        ]


@dataclass(frozen=True, slots=True)
class Page:
    """What the browser shows."""

    url: str
    status: int
    text: str
    headers: httpx.Headers
    forms: Sequence[Form]
    leads_to: str = ""

    def form_with(self, kind: str) -> Form | None:
        """Find the form that has a control of this *kind*."""
        return next((form for form in self.forms if form.of_type(kind)), None)

    def form_asking(self, question: str) -> Form | None:
        """Find the form that asks *question*."""
        for form in self.forms:
            if any(hidden.value == question for hidden in form.of_type("hidden")):
                return form
        return None

    @property
    def is_sign_in(self) -> bool:
        """Whether it asks for a password."""
        return self.form_with("password") is not None


@dataclass(frozen=True, slots=True)
class Landing:
    """Where the browser left the provider for, with the parameters that it carries."""

    url: str

    @property
    def params(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    @property
    def code(self) -> str:
        return self.params["code"]


Seen: TypeAlias = Page | Landing


class _Reader(HTMLParser):
    """Reads the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.leads_to = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if given.get("http-equiv", "").lower() == "refresh":
            self.leads_to = given["content"].partition("url=")[2]
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        elif tag in {"input", "button"} and self.forms:
            self._add(tag, given)

    def _add(self, tag: str, given: dict[str, str]) -> None:
        kind = given.get("type", "submit" if tag == "button" else "text")
        is_chosen = kind not in _CHOSEN or "checked" in given
        value = given.get("value", "on" if kind in _CHOSEN else "")
        self.forms[-1].controls.append(Control(given.get("name", ""), kind, value, is_chosen))


@dataclass(frozen=True, slots=True)
class Someone:
    """A person's credentials, and what they choose when they are asked."""

    email: str
    password: str = field(repr=False)
    employer: str = ""
    leaves_out: frozenset[str] = frozenset()
    refuses: bool = False

    def who(self, **changes: object) -> "Someone":
        """Take the same person, who chooses otherwise."""
        return replace(self, **changes)  # type: ignore[arg-type]


class Browser:
    """One browser: its cookies, and nothing remembered between two of them."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.asked_to_sign_in = 0
        self.asked_for_consent = 0

    async def visit(self, url: str, form: Sequence[tuple[str, str]] | None = None) -> Seen:
        """Go to *url*, or send it *form*, and follow redirects while they stay here."""
        here = str(self.http.base_url).rstrip("/")
        method, url = "GET" if form is None else "POST", urljoin(here, url)
        for _ in range(MOST_STEPS):
            answer = await self._send(method, url, form)
            page = _page(url, answer)
            target = answer.headers.get("location") or page.leads_to
            if not target:
                return page
            url = urljoin(url, target)
            if not url.startswith(f"{here}/"):
                return Landing(url)
            if answer.status_code not in {307, 308}:
                method, form = "GET", None
        msg = f"redirected in circles: {url}"
        raise AssertionError(msg)

    async def complete(self, seen: Seen, person: Someone) -> Seen:
        """Answer what the pages ask as *person* would, up to the end or an error."""
        for _ in range(MOST_STEPS):
            if isinstance(seen, Landing):
                return seen
            answer = self._answer(seen, person)
            if answer is None:
                return seen
            form, fields = answer
            seen = await self.visit(urljoin(seen.url, form.action), fields)
        msg = f"asked in circles: {seen}"
        raise AssertionError(msg)

    def _answer(self, page: Page, person: Someone) -> tuple[Form, Fields] | None:
        """Fill in the form that *page* asks with; None where it asks nothing."""
        if page.status >= httpx.codes.BAD_REQUEST:
            return None
        if (form := page.form_with("password")) is not None:
            self.asked_to_sign_in += 1
            return form, form.filled(email=person.email, password=person.password)
        if (form := page.form_asking("employer")) is not None:
            return form, _picked(form, person)
        if (form := page.form_asking("consent")) is not None:
            self.asked_for_consent += 1
            return form, _consented(form, person)
        return None

    async def _send(
        self, method: str, url: str, form: Sequence[tuple[str, str]] | None
    ) -> httpx.Response:
        if form is None:
            return await self.http.get(url)
        headers = {"Origin": str(self.http.base_url).rstrip("/")}
        return await self.http.request(
            method,
            url,
            content=urlencode(form).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"} | headers,
        )


def _picked(form: Form, person: Someone) -> Fields:
    """Choose the employer, or the first one, or go on without any."""
    radios = form.of_type("radio")
    wanted = [each for each in radios if person.employer in each.value][:1]
    chosen = [(each.name, each.value) for each in wanted]
    return [*_hidden(form), *chosen, *_button(form, "continue")]


def _consented(form: Form, person: Someone) -> Fields:
    """Allow all that is asked but what the person leaves out, or refuse it all."""
    if person.refuses:
        return [*_hidden(form), *_button(form, "cancel")]
    scopes = [
        (each.name, each.value)
        for each in form.of_type("checkbox")
        if each.value not in person.leaves_out
    ]
    return [*_hidden(form), *scopes, *_button(form, "allow")]


def _hidden(form: Form) -> Fields:
    return [(each.name, each.value) for each in form.of_type("hidden")]


def _button(form: Form, value: str) -> Fields:
    return [(b.name, b.value) for b in form.of_type("submit") if b.value == value][:1]


def _page(url: str, answer: httpx.Response) -> Page:
    reader = _Reader()
    if answer.headers.get("content-type", "").startswith("text/html"):
        reader.feed(answer.text)
    return Page(
        url, answer.status_code, answer.text, answer.headers, reader.forms, reader.leads_to
    )
