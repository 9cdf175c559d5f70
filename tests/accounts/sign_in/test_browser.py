"""Forms are taken from our own pages only, and each browser has a name of its own."""

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from hirewire.accounts.sessions import Sessions, end_sessions_of
from hirewire.accounts.sign_in.browser import Browser
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from tests.accounts.sign_in.world import BASE, EMAIL, PASSWORD, SignInWorld, token_of

FIELDS = {"email": EMAIL, "password": PASSWORD}


@pytest.fixture
def browser(entropy: SeededEntropy, clock: MovableClock) -> Browser:
    """What requests tell of browsers."""
    return Browser(Sessions(entropy, clock), BASE)


def _request(cookie: str = "") -> Request:
    return Request({"type": "http", "headers": [(b"cookie", cookie.encode())]})


async def _refused(site: SignInWorld, answer: httpx.Response) -> bool:
    """Tell whether the form was refused, with nothing done for it."""
    nothing = site.passwords.verified == [] and await site.count("sign_in_failures") == 0
    return nothing and answer.status_code == 403 and "accounts.cross_site" in answer.text


class TestForms:
    @pytest.mark.fidelity("pages.csrf")
    @pytest.mark.parametrize("token", ["", "x", "A" * 43, "é"])
    async def test_need_the_token_of_their_page(self, site: SignInWorld, token: str) -> None:
        """
        Any other token, or none, is refused before anything is done.
        """
        browser = site.visitor()
        await browser.get("/sign-in")

        answer = await browser.http.post("/sign-in", data={"csrf": token, **FIELDS})

        assert await _refused(site, answer)

    @pytest.mark.fidelity("pages.csrf")
    async def test_need_the_browser_that_the_page_was_shown_to(self, site: SignInWorld) -> None:
        """
        A token that somebody else was given is as good as none, and so it is without cookies.
        """
        stolen = token_of(await site.visitor().get("/sign-in"))
        other = site.visitor()
        await other.get("/sign-in")

        by_another = await other.http.post("/sign-in", data={"csrf": stolen, **FIELDS})
        by_nobody = await site.visitor().http.post("/sign-in", data={"csrf": stolen, **FIELDS})

        assert await _refused(site, by_another)
        assert await _refused(site, by_nobody)

    @pytest.mark.fidelity("pages.csrf")
    @pytest.mark.parametrize(
        "headers",
        [
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
            {"origin": "https://evil.example"},
            {"origin": "http://127.0.0.1:9999"},
        ],
    )
    async def test_need_a_page_of_ours(
        self, site: SignInWorld, headers: dict[str, str]
    ) -> None:
        """
        What the browser says of the page is believed, even where the token is right.
        """
        browser = site.visitor()
        token = token_of(await browser.get("/sign-in"))

        answer = await browser.http.post(
            "/sign-in", data={"csrf": token, **FIELDS}, headers=headers
        )

        assert await _refused(site, answer)

    @pytest.mark.parametrize(
        "headers",
        [
            {"sec-fetch-site": "same-origin", "origin": "null"},
            {"sec-fetch-site": "same-origin", "origin": BASE},
            {"origin": "http://localhost:8080", "host": "localhost:8080"},
        ],
    )
    async def test_are_taken_from_our_own(
        self, site: SignInWorld, headers: dict[str, str]
    ) -> None:
        """
        Chromium says null for a page without referrers; another name of ours is ours.
        """
        browser = site.visitor()
        token = token_of(await browser.get("/sign-in"))

        answer = await browser.http.post(
            "/sign-in", data={"csrf": token, **FIELDS}, headers=headers
        )

        assert answer.status_code == 303

    async def test_change_their_token_with_the_session(self, site: SignInWorld) -> None:
        """
        What was shown before somebody signed in cannot be sent in their name.
        """
        browser = site.visitor()
        before = await browser.get("/sign-in")
        await browser.sign_in()

        answer = await browser.submit("/sign-out", before)

        assert answer.status_code == 403
        assert await site.count("sessions") == 1


class TestTwoTabs:
    @pytest.mark.fidelity("sign-in.two-tabs")
    @pytest.mark.parametrize("password", [PASSWORD, "whatever it says now"])
    async def test_the_second_goes_on_as_who_is_signed_in(
        self, site: SignInWorld, password: str
    ) -> None:
        """
        What it says is not looked at: nobody signs in once more, and no attempt is counted.
        """
        browser = site.visitor()
        second = await browser.get("/sign-in?next=/console/apps")
        await browser.sign_in()
        verified = len(site.passwords.verified)
        counted = await site.count("sign_in_failures")

        answer = await browser.submit(
            "/sign-in", second, email=EMAIL, password=password, next="/console/apps"
        )

        assert (answer.status_code, answer.headers["location"]) == (303, "/console/apps")
        assert "set-cookie" not in answer.headers
        assert len(site.passwords.verified) == verified
        assert await site.count("sessions") == 1
        assert await site.count("sign_in_failures") == counted

    @pytest.mark.fidelity("sign-in.two-tabs")
    async def test_of_another_browser_is_refused(self, site: SignInWorld) -> None:
        """
        A token that somebody else was given signed out is as good as none.
        """
        stolen = await site.visitor().get("/sign-in")
        browser = site.visitor()
        await browser.sign_in()

        answer = await browser.submit("/sign-in", stolen, **FIELDS)

        assert answer.status_code == 403
        assert await site.count("sessions") == 1

    @pytest.mark.fidelity("sign-in.two-tabs")
    async def test_of_another_site_is_refused(self, site: SignInWorld) -> None:
        """
        The right token from a wrong place is refused here, too.
        """
        browser = site.visitor()
        token = token_of(await browser.get("/sign-in"))
        await browser.sign_in()

        answer = await browser.http.post(
            "/sign-in",
            data={"csrf": token, **FIELDS},
            headers={"sec-fetch-site": "cross-site"},
        )

        assert answer.status_code == 403

    async def test_of_a_session_that_is_over_is_refused(self, site: SignInWorld) -> None:
        """
        There is nobody then as whom to go on.
        """
        browser = site.visitor()
        second = await browser.get("/sign-in")
        await browser.sign_in()
        async with site.database.unit() as uow:
            await end_sessions_of(uow, site.person.id)

        answer = await browser.submit("/sign-in", second, **FIELDS)

        assert answer.status_code == 403
        assert await site.count("sessions") == 0


class TestBrowser:
    def test_is_named_at_its_first_page(self, browser: Browser) -> None:
        """
        The name that this answer sets is the one that forms of this answer count on.
        """
        request, answer = _request(), Response()

        sent = browser.browser_id(request)
        identity = browser.identify(request)
        token = browser.csrf_token(request)
        browser.remember(request, answer)

        assert sent is None
        cookie = answer.headers["set-cookie"].partition(";")[0]
        assert cookie == f"hirewire_browser={identity}"
        later = _request(cookie)
        assert browser.browser_id(later) == browser.identify(later) == identity
        assert browser.csrf_token(later) == token
        assert identity not in token

    def test_keeps_its_name(self, browser: Browser) -> None:
        """
        A browser that has one gets no other.
        """
        answer = Response()

        browser.remember(_request(f"hirewire_browser={'a' * 43}"), answer)

        assert "set-cookie" not in answer.headers

    @pytest.mark.parametrize("text", ["short", "a" * 44, "a" * 42 + "!", ""])
    def test_has_no_name_that_we_did_not_give(self, browser: Browser, text: str) -> None:
        """
        What cannot be one of ours counts as none.
        """
        assert browser.browser_id(_request(f"hirewire_browser={text}")) is None

    @pytest.mark.parametrize(
        ("hint", "again", "url"),
        [
            ("", False, "/sign-in?next=%2Fa%3Fb%3Dc"),
            (
                "a@b.example",
                True,
                "/sign-in?next=%2Fa%3Fb%3Dc&login_hint=a%40b.example&again=1",
            ),
        ],
    )
    def test_is_sent_to_sign_in(
        self, browser: Browser, hint: str, url: str, *, again: bool
    ) -> None:
        """
        The address says where to go on, whom to expect, and whether to ask in any case.
        """
        assert browser.sign_in_url("/a?b=c", login_hint=hint, again=again) == url
