"""Signing up: what is asked, and that nobody learns who has an account."""

import pytest

from hirewire.accounts.sign_in import throttle
from tests.accounts.sign_in.world import EMAIL, PASSWORD, SignInWorld
from tests.accounts.world import facts

NEW = "noor@people.example"


class TestSignUp:
    @pytest.mark.fidelity("sign-up.page")
    async def test_makes_an_account_to_sign_in_with(self, site_on_each: SignInWorld) -> None:
        """
        The page that follows asks for the password just chosen, and it opens.
        """
        browser = site_on_each.visitor()

        seen = await browser.get("/sign-up?next=/console/apps")
        answer = await browser.submit(
            "/sign-up",
            seen,
            name=" Noor  Haddad ",
            email=NEW,
            password=PASSWORD,
            next="/console/apps",
        )
        following = await browser.get(answer.headers["location"])
        signed_in = await browser.submit(
            "/sign-in", following, email=NEW, password=PASSWORD, next="/console/apps"
        )

        assert answer.status_code == 303
        assert answer.headers["location"] == (
            "/sign-in?next=%2Fconsole%2Fapps&login_hint=noor%40people.example&again=1"
            "&after=sign-up"
        )
        assert f'value="{NEW}"' in following.text
        assert signed_in.headers["location"] == "/console/apps"
        async with site_on_each.database.read() as reader:
            person = await site_on_each.accounts.person_by_email(reader, NEW)
        assert person is not None
        assert (person.name, person.email_verified) == ("Noor Haddad", False)

    @pytest.mark.fidelity("sign-up.tells-nobody-who-is-here")
    async def test_answers_alike_for_an_address_that_is_taken(self, site: SignInWorld) -> None:
        """
        The same page after the same work, and the account stays as it was.
        """
        fields = {"name": "Somebody", "password": "quite another one"}
        free = await site.visitor().submit("/sign-up", email=NEW, **fields)
        before = await facts(site.database)

        taken = await site.visitor().submit("/sign-up", email=EMAIL.upper(), **fields)

        assert (taken.status_code, taken.text) == (free.status_code, free.text)
        assert taken.headers["location"].startswith("/sign-in?next=%2Fconsole&login_hint=")
        assert site.passwords.hashed == 2
        assert await facts(site.database) == before
        async with site.database.read() as reader:
            assert await site.accounts.person(reader, site.person.id) == site.person

    async def test_says_what_is_wrong_field_by_field(self, site: SignInWorld) -> None:
        """
        Each field names its fault, the summary leads to it, and the password is not shown.
        """
        answer = await site.visitor().submit(
            "/sign-up", name=" ", email="nonsense", password="seven77"
        )

        assert answer.status_code == 400
        for name in ("name", "email", "password"):
            assert f'<a href="#field-{name}">' in answer.text
            assert f'id="error-{name}"' in answer.text
        assert 'aria-describedby="hint-password error-password" aria-invalid="true"' in (
            answer.text
        )
        assert "seven77" not in answer.text
        assert site.passwords.hashed == 0
        assert await site.count("people") == 1

    async def test_counts_a_password_as_it_is_kept(self, site: SignInWorld) -> None:
        """
        Letters that melt into fewer leave a password that is too short.
        """
        answer = await site.visitor().submit(
            "/sign-up", name="N", email=NEW, password="e\u0301" * 4
        )

        assert answer.status_code == 400
        assert "Choose a password of 8 to 1000 characters." in answer.text
        assert await site.count("people") == 1

    @pytest.mark.fidelity("sign-up.throttle")
    async def test_is_throttled_by_network(self, site: SignInWorld) -> None:
        """
        Twenty accounts in a row, and the next has to wait; nothing is hashed for it.
        """
        for _ in range(throttle.FREE_SIGN_UPS):
            async with site.database.unit() as uow:
                await throttle.take(uow, throttle.limits_of_sign_ups("192.0.2.1"), None)

        answer = await site.visitor().submit("/sign-up", name="N", email=NEW, password=PASSWORD)

        assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
        assert site.passwords.hashed == 0
        assert await site.count("people") == 1
