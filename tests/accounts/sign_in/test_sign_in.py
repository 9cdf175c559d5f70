"""Signing in: who gets in, where they go on to, and what a wrong password tells."""

import json
from datetime import timedelta

import pytest

from hirewire.accounts.model import RegisterPerson
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.runtime.db.database import Database
from tests.accounts.sign_in.world import (
    EMAIL,
    PASSWORD,
    WRONG,
    SignInWorld,
    Visitor,
    sign_in_world,
)
from tests.accounts.world import facts

COOKIE = "hirewire_session"


class TestSignIn:
    @pytest.mark.fidelity("sign-in.page")
    async def test_begins_a_session(self, site_on_each: SignInWorld) -> None:
        """
        The right password leads on, with a cookie that no script reads, and is a fact.
        """
        browser = site_on_each.visitor()

        answer = await browser.sign_in(email=" ADA@alpenblick.example ")

        cookies = answer.headers.get_list("set-cookie")
        assert (answer.status_code, answer.headers["location"]) == (303, "/console")
        assert [cookie.partition(";")[2].strip() for cookie in cookies] == [
            "HttpOnly; Path=/; SameSite=lax"
        ]
        kind, body = (await facts(site_on_each.database))[-1]
        assert kind == "person.signed_in"
        assert json.loads(body)["person_id"] == str(site_on_each.person.id)
        assert await site_on_each.count("sessions") == 1

    async def test_asks_nobody_twice(self, site: SignInWorld) -> None:
        """
        Who is signed in goes on at once, unless they are to prove it again.
        """
        browser = site.visitor()
        await browser.sign_in()

        at_once = await browser.get("/sign-in?next=/console/apps")
        again = await browser.get("/sign-in?next=/console/apps&again=1")

        assert (at_once.status_code, at_once.headers["location"]) == (303, "/console/apps")
        assert again.status_code == 200
        assert "prove again that it is you" in again.text

    @pytest.mark.fidelity("sign-in.new-session-each-time")
    async def test_begins_another_session_each_time(self, site: SignInWorld) -> None:
        """
        A session that was known before signing in is worth nothing after it.
        """
        browser = site.visitor()
        await browser.sign_in()
        before = browser.http.cookies[COOKIE]

        await browser.sign_in()

        assert browser.http.cookies[COOKIE] != before
        assert await site.count("sessions") == 1

    @pytest.mark.fidelity("sign-in.equal-for-unknown")
    async def test_says_and_does_the_same_for_an_unknown_address(
        self, site: SignInWorld
    ) -> None:
        """
        A wrong password and a wrong address read alike, after one comparison each.
        """
        known = await site.visitor().sign_in(WRONG)
        unknown = await site.visitor().sign_in(WRONG, email="ida@alpenblick.example")
        none = await site.visitor().sign_in(WRONG, email="no address at all")

        answers = (known, unknown, none)
        assert [answer.status_code for answer in answers] == [400, 400, 400]
        assert all(
            "The e-mail address or the password is wrong." in answer.text for answer in answers
        )
        assert site.passwords.verified == [site.person.password_hash, None, None]
        assert await site.count("sessions") == 0
        assert all(COOKIE not in answer.headers.get("set-cookie", "") for answer in answers)

    async def test_shows_no_password_again(self, site: SignInWorld) -> None:
        """
        The address stays in the form, the password does not, and markup is text.
        """
        answer = await site.visitor().sign_in(WRONG, email='"><b>@x.example')

        assert WRONG not in answer.text
        assert 'value="&#34;&gt;&lt;b&gt;@x.example"' in answer.text

    @pytest.mark.fidelity("sign-in.next-is-ours")
    @pytest.mark.parametrize(
        "next",
        [
            "https://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "/console//evil.example",
            "/..//evil.example",
            "/a\nSet-Cookie:x",
            "/sign-out",
            "/sign-out?x=1",
            "/sign%2Dout",
            "/\tevil",
            "javascript:alert(1)",
            "console",
            "/é",
            '/"><b>',
            "/" + "a" * 4096,
            "",
        ],
    )
    async def test_goes_nowhere_else(self, site: SignInWorld, next: str) -> None:
        """
        What is no path of this server becomes the page that everybody has.
        """
        answer = await site.visitor().sign_in(next=next)

        assert (answer.status_code, answer.headers["location"]) == (303, "/console")

    @pytest.mark.fidelity("sign-in.goes-on-by-itself")
    async def test_goes_on_without_a_redirect_where_an_app_may_follow(
        self, site: SignInWorld
    ) -> None:
        """
        A page goes on by itself, so that the form's policy does not reach the app.
        """
        answer = await site.visitor().sign_in(next="/oauth/v2/authorize/1?a=b&c=d")

        assert answer.status_code == 200
        onward = 'content="0; url=/oauth/v2/authorize/1?a=b&amp;c=d"'
        assert f'<meta http-equiv="refresh" {onward}>' in answer.text
        assert 'href="/oauth/v2/authorize/1?a=b&amp;c=d"' in answer.text
        assert COOKIE in answer.headers["set-cookie"]

    @pytest.mark.fidelity("sign-in.session-lifetime")
    async def test_lasts_twelve_hours(self, site: SignInWorld, clock: MovableClock) -> None:
        """
        Twelve hours after the proof the page asks again.
        """
        browser = site.visitor()
        await browser.sign_in()

        await clock.advance(timedelta(hours=12, seconds=-1))
        before = await browser.get("/sign-in")
        await clock.advance(timedelta(seconds=1))
        after = await browser.get("/sign-in")

        assert (before.status_code, after.status_code) == (303, 200)

    async def test_needs_the_password_that_holds_now(self, site: SignInWorld) -> None:
        """
        A password that is changed while it is looked at opens nothing, and ends nothing.
        """
        browser = await _signed_in_as_another(site)
        attempted = await browser.get("/sign-in?again=1")
        verify = site.passwords.verify

        async def verify_slowly(password_hash: str | None, password: str) -> bool:
            is_right = await verify(password_hash, password)
            async with site.database.unit() as uow:
                await site.accounts.change_password(uow, site.person.id, "another hash")
            return is_right

        site.passwords.verify = verify_slowly  # type: ignore[method-assign]
        answer = await browser.submit("/sign-in", attempted, email=EMAIL, password=PASSWORD)

        assert answer.status_code == 400
        assert await site.count("sessions") == 1


class TestSignOut:
    @pytest.mark.fidelity("sign-out.ends-the-session")
    async def test_ends_the_session_in_the_database(self, site: SignInWorld) -> None:
        """
        The cookie opens nothing any more, even where somebody kept it.
        """
        browser = site.visitor()
        await browser.sign_in()
        kept = browser.http.cookies[COOKIE]
        seen = await browser.get("/sign-in?again=1")

        answer = await browser.submit("/sign-out", seen)

        assert (answer.status_code, answer.headers["location"]) == (
            303,
            "/sign-in?after=sign-out",
        )
        assert COOKIE not in browser.http.cookies
        browser.http.cookies.set(COOKIE, kept)
        assert (await browser.get("/sign-in")).status_code == 200
        assert await site.count("sessions") == 0

    async def test_is_no_link(self, site: SignInWorld) -> None:
        """
        A page that loads the address as an image signs nobody out.
        """
        browser = site.visitor()
        await browser.sign_in()

        answer = await browser.get("/sign-out")

        assert answer.status_code == 405
        assert await site.count("sessions") == 1


class TestCookies:
    @pytest.mark.fidelity("sign-in.cookies")
    async def test_of_https_are_this_hosts_alone(
        self, sqlite_database: Database, clock: MovableClock, entropy: SeededEntropy
    ) -> None:
        """
        Behind TLS they are `Secure` and bear the prefix that no other host can set.
        """
        async with sign_in_world(
            sqlite_database, clock, entropy, base_url="https://hire.example"
        ) as site:
            answer = await site.visitor().get("/sign-in")

        name, _, attributes = answer.headers["set-cookie"].partition("=")
        assert name == "__Host-hirewire_browser"
        assert "; HttpOnly; " in attributes
        assert attributes.endswith("; Path=/; SameSite=lax; Secure")


async def _signed_in_as_another(site: SignInWorld) -> Visitor:
    """Open a browser in which somebody else is signed in."""
    password_hash = await site.passwords.hash(PASSWORD)
    command = RegisterPerson(
        name="Noor", email="noor@alpenblick.example", password_hash=password_hash
    )
    async with site.database.unit() as uow:
        await site.accounts.register_person(uow, command)
    browser = site.visitor()
    await browser.sign_in(email=command.email)
    return browser
