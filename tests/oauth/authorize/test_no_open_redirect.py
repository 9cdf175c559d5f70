"""Whatever an app, or somebody in its name, sends: nobody is led to an unregistered URI."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import quote, urlencode

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.oauth.authorize.world import (
    AUTHORIZE,
    CHALLENGE,
    PUSH,
    SCOPES,
    Office,
    Visitor,
    an_asking_app,
    hidden_fields,
)

REGISTERED: Final = (
    "https://ats.example/callback",
    "https://ats.example/with?a=1",
    "http://127.0.0.1:3000/cb",
    "http://localhost:3000/cb",
    "http://[::1]:3000/cb",
)
LOOPBACK: Final = re.compile(r"http://(127\.0\.0\.1|\[::1\]):[1-9][0-9]{0,4}/cb", re.ASCII)
A_WHILE: Final = timedelta(milliseconds=400)
ONE_OFFICE: Final = settings(
    max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

_TWISTS: Final[tuple[Callable[[str], str], ...]] = (
    lambda uri: uri,
    lambda uri: uri + "/",
    lambda uri: uri + "?",
    lambda uri: uri + "?next=https://evil.example",
    lambda uri: uri + "#",
    lambda uri: uri + "#@evil.example",
    lambda uri: uri + "%2e",
    lambda uri: uri + "\r\nLocation: https://evil.example/",
    lambda uri: uri + ".evil.example",
    lambda uri: uri + "\u2025",
    lambda uri: " " + uri,
    lambda uri: uri.upper(),
    lambda uri: uri.title(),
    lambda uri: uri.replace("https:", "http:"),
    lambda uri: uri.replace("http:", "https:"),
    lambda uri: uri.replace("://", ":"),
    lambda uri: uri.replace("://", ":///"),
    lambda uri: uri.replace("://", "://evil.example@"),
    lambda uri: uri.replace("://", "://evil.example/"),
    lambda uri: uri.replace("://", "://evil.example\\@"),
    lambda uri: uri.replace("://", "://user:password@"),
    lambda uri: uri.replace("example", "example:8443"),
    lambda uri: uri.replace("example", "example."),
    lambda uri: uri.replace("example", "ex\u00e4mple"),
    lambda uri: uri.replace("ats.example", "evil.example"),
    lambda uri: uri.replace("3000", "4000"),
    lambda uri: uri.replace("3000", "3000@evil.example"),
    lambda uri: uri.replace("127.0.0.1", "127.0.0.1.evil.example"),
    lambda uri: uri.replace("127.0.0.1", "0x7f.1"),
    lambda uri: uri.replace("/c", "/%63"),
    lambda uri: uri.replace("/c", "//c"),
    lambda uri: uri.replace("/c", "/./c"),
    lambda uri: uri.replace("/c", "\\c"),
    lambda uri: uri.partition("://")[2],
    lambda uri: "//" + uri.partition("://")[2],
    quote,
)
_FOREIGN: Final = (
    "https://evil.example/",
    "//evil.example",
    "/console",
    "javascript:alert(1)",
    "data:text/html,x",
    "urn:ietf:wg:oauth:2.0:oob",
    "null",
    "*",
    "",
)

redirect_uris = st.one_of(
    st.sampled_from(REGISTERED),
    st.builds(
        lambda uri, twist: twist(uri), st.sampled_from(REGISTERED), st.sampled_from(_TWISTS)
    ),
    st.sampled_from(_FOREIGN),
    st.text(max_size=30),
)
some_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
parameters = st.fixed_dictionaries(
    {"redirect_uri": redirect_uris},
    optional={
        "response_type": st.sampled_from(["code", "code", "code", "token", "id_token", ""]),
        "response_mode": st.sampled_from(["query", "fragment", "form_post", "x"]),
        "scope": st.sampled_from(
            ["email", "openid email", "interviews.schedule", "conversations", "", "ü"]
        ),
        "state": some_text,
        "nonce": some_text,
        "prompt": st.sampled_from(
            ["none", "login", "consent", "select_employer", "login consent", "none login", "x"]
        ),
        "max_age": st.sampled_from(["0", "1", "100000", "-1", "x"]),
        "login_hint": some_text,
        "id_token_hint": st.one_of(st.sampled_from(["a.b.c", "."]), some_text),
        "code_challenge": st.sampled_from([CHALLENGE, "short", ""]),
        "code_challenge_method": st.sampled_from(["S256", "plain", ""]),
        "dpop_jkt": st.sampled_from([CHALLENGE, "short"]),
        "request": some_text,
        "request_uri": st.sampled_from(
            ["https://evil.example/r", "urn:ietf:params:oauth:request_uri:x", "x"]
        ),
        "claims": some_text,
        "display": some_text,
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A request: from whom, how, and whether its person is known."""

    asked: dict[str, str]
    way: str = "query"
    twice: str | None = None
    client_id: str = "ours"
    is_known: bool = True

    def pairs(self, office: Office) -> list[tuple[str, str]]:
        """Spell it, one parameter maybe twice."""
        named = office.app.id if self.client_id == "ours" else self.client_id
        pairs = [("client_id", named), *self.asked.items()]
        return pairs + [pair for pair in pairs if pair[0] == self.twice]


attempts = st.builds(
    Attempt,
    asked=parameters,
    way=st.sampled_from(["query", "form", "push"]),
    twice=st.sampled_from([None, None, None, "client_id", "redirect_uri", "state", "prompt"]),
    client_id=st.sampled_from(["ours", "ours", "ours", "ours", "unknown", "", "\u00fc"]),
    is_known=st.booleans(),
)
GOOD: Final = {"redirect_uri": REGISTERED[1], "response_type": "code", "scope": "email"}


@pytest.fixture
async def two_visitors(office: Office) -> tuple[Visitor, Visitor]:
    """One who is signed in and has consented, and one whom nobody knows."""
    async with office.database.unit() as uow:
        terms = an_asking_app(redirect_uris=REGISTERED)
        await office.accounts.apps.change(uow, office.app.id, terms)
    await office.allow(*SCOPES)
    return await office.signed_in(), office.visitor()


def is_page(location: str) -> bool:
    """Tell whether a location is the page of an interaction."""
    return re.fullmatch(AUTHORIZE + "/[0-9a-f]{32}", location) is not None


def is_registered(location: str) -> bool:
    """Tell whether a location is a registered redirect URI with an answer behind it."""
    bare = location.partition("?")[0]
    if bare in {uri for uri in REGISTERED if "?" not in uri}:
        return True
    if location.startswith("https://ats.example/with?a=1&"):
        return True
    return LOOPBACK.fullmatch(bare) is not None


async def send(office: Office, visitor: Visitor, attempt: Attempt) -> httpx.Response:
    """Bring a request here, one way or another."""
    pairs, way = attempt.pairs(office), attempt.way
    if way == "query":
        return await visitor.go(f"{AUTHORIZE}?{urlencode(pairs)}")
    form = {"content-type": "application/x-www-form-urlencoded"}
    if way == "form":
        body = urlencode(pairs)
        posted = await visitor.http.post(AUTHORIZE, content=body, headers=form)
        location = posted.headers.get("location", "")
        assert location.startswith(AUTHORIZE + "?") or posted.status_code == 400
        return await visitor.go(location) if location else posted
    secret = ("client_secret", office.secret.text)
    body = urlencode([*pairs, secret])
    pushed = await visitor.http.post(PUSH, content=body, headers=form)
    if pushed.status_code != 201:
        return pushed
    sent = {"client_id": office.app.id, "request_uri": pushed.json()["request_uri"]}
    return await visitor.go(f"{AUTHORIZE}?{urlencode(sent)}")


class TestEveryRequest:
    @pytest.mark.fidelity("authorize.no-open-redirect")
    @ONE_OFFICE
    @example(Attempt(asked=GOOD))
    @example(Attempt(asked=GOOD, way="form"))
    @example(Attempt(asked=GOOD, way="push"))
    @example(Attempt(asked=GOOD | {"redirect_uri": "http://127.0.0.1:4000/cb"}))
    @example(Attempt(asked=GOOD | {"redirect_uri": "http://localhost:4000/cb"}))
    @given(attempt=attempts)
    async def test_leads_to_a_registered_uri_or_nowhere(
        self, office: Office, two_visitors: tuple[Visitor, Visitor], attempt: Attempt
    ) -> None:
        """
        An answer is a page, a page of ours, or a redirect to what the app registered.
        """
        await office.clock.advance(A_WHILE)
        visitor = two_visitors[0] if attempt.is_known else two_visitors[1]

        response = await send(office, visitor, attempt)

        location = response.headers.get("location")
        if location is None:
            assert response.status_code in {400, 401}
        else:
            assert response.status_code in {302, 303}
            assert is_page(location) or is_registered(location), location
            assert location.isascii()
            assert location.isprintable()


answers = st.lists(
    st.tuples(
        st.sampled_from(["answer", "question", "employer", "scope", "csrf", "x"]),
        st.one_of(
            st.sampled_from(["allow", "cancel", "continue", "employer", "consent", "email"]),
            st.sampled_from(["0" * 32, "https://evil.example", ""]),
            some_text,
        ),
    ),
    max_size=6,
)


class TestEveryAnswer:
    @pytest.mark.fidelity("authorize.no-open-redirect")
    @ONE_OFFICE
    @given(sent=answers, prompt=st.sampled_from(["select_employer", "consent", "login"]))
    async def test_leads_to_a_registered_uri_or_nowhere(
        self,
        office: Office,
        two_visitors: tuple[Visitor, Visitor],
        sent: list[tuple[str, str]],
        prompt: str,
    ) -> None:
        """
        Whatever a form says, the answer is a page, a page of ours, or the app that asked.
        """
        await office.clock.advance(A_WHILE)
        visitor = two_visitors[0]
        path = await visitor.begin(prompt="consent", redirect_uri=REGISTERED[0])
        page = await visitor.settle(path)
        if prompt != "consent":
            path = await visitor.begin(prompt=prompt, redirect_uri=REGISTERED[0])
        token = hidden_fields(page.text)["csrf"]
        form = urlencode([("csrf", str(token)), *sent])

        response = await visitor.http.post(
            path,
            content=form,
            headers={"content-type": "application/x-www-form-urlencoded"},
        )

        location = response.headers.get("location")
        if location is None:
            assert response.status_code in {400, 403}
        else:
            assert response.status_code == 303
            assert is_page(location) or is_registered(location)
