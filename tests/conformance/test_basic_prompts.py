"""The Basic OP plan of the OpenID Foundation's suite: how a person is asked, or not."""

import pytest

from tests.conformance.parties import Party, landed, shown
from tests.conformance.world import BASE, Provider


class TestIgnored:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("display", "page"),
            ("display", "popup"),
            ("ui_locales", "se"),
            ("claims_locales", "se"),
            ("acr_values", "1 2"),
        ],
    )
    async def test_breaks_nothing(
        self, provider: Provider, rp: Party, name: str, value: str
    ) -> None:
        """
        oidcc-display-page, oidcc-display-popup, oidcc-ui-locales, oidcc-claims-locales and
        oidcc-ensure-request-with-acr-values-succeeds: the flow ends as it does without.
        """
        landing = await rp.authorize(provider.browser(), **{name: value})

        assert landing.params.keys() == {"code", "state", "iss"}


class TestPromptLogin:
    async def test_asks_again(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-prompt-login: who is signed in signs in once more, and auth_time says so.
        """
        browser = provider.browser()
        first = await rp.id_claims(await rp.tokens(browser))
        await provider.wait(2)

        page = shown(await rp.ask(browser, prompt="login"))
        landing = await rp.finish(browser, page)
        second = await rp.id_claims((await rp.exchange(landing.code)).json())

        assert page.is_sign_in
        assert second["auth_time"] == first["auth_time"] + 2
        assert second["sub"] == first["sub"]


class TestPromptNone:
    async def test_signed_in(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-prompt-none-logged-in: a code at once, for the same person, of the same moment.
        """
        browser = provider.browser()
        first = await rp.id_claims(await rp.tokens(browser))
        await provider.wait(2)

        landing = landed(await rp.ask(browser, prompt="none"))
        second = await rp.id_claims((await rp.exchange(landing.code)).json())

        assert (second["sub"], second["auth_time"]) == (first["sub"], first["auth_time"])

    async def test_not_signed_in(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-prompt-none-not-logged-in: an error at once, and no page.
        """
        landing = landed(await rp.ask(provider.browser(), prompt="none"))

        assert landing.params["error"] == "login_required"
        assert (landing.params["state"], landing.params["iss"]) == ("a-state", BASE)
        assert "code" not in landing.params


class TestMaxAge:
    async def test_is_over(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-max-age-1: who signed in too long ago signs in again.
        """
        browser = provider.browser()
        first = await rp.id_claims(await rp.tokens(browser))
        await provider.wait(2)

        page = shown(await rp.ask(browser, max_age="1"))
        landing = await rp.finish(browser, page)
        second = await rp.id_claims((await rp.exchange(landing.code)).json())

        assert page.is_sign_in
        assert second["auth_time"] == first["auth_time"] + 2

    async def test_is_not_over(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-max-age-10000: who signed in lately is not asked, and auth_time says when.
        """
        browser = provider.browser()
        first = await rp.id_claims(await rp.tokens(browser))
        await provider.wait(2)

        landing = landed(await rp.ask(browser, max_age="10000"))
        second = await rp.id_claims((await rp.exchange(landing.code)).json())

        assert second["auth_time"] == first["auth_time"]


class TestHints:
    async def test_id_token(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-id-token-hint: with the person's own ID token prompt=none succeeds.
        """
        browser = provider.browser()
        answer = await rp.tokens(browser)

        landing = landed(await rp.ask(browser, prompt="none", id_token_hint=answer["id_token"]))
        second = await rp.id_claims((await rp.exchange(landing.code)).json())

        assert second["sub"] == (await rp.id_claims(answer))["sub"]

    async def test_id_token_of_another(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-id-token-hint: with somebody else's it does not (OpenID Connect Core, 3.1.2.1).
        """
        loner = provider.someone.who(email=provider.world.loner.email)
        landing = await rp.authorize(provider.browser(), loner)
        hint = (await rp.exchange(landing.code)).json()["id_token"]
        browser = provider.browser()
        await rp.tokens(browser)

        refused = landed(await rp.ask(browser, prompt="none", id_token_hint=hint))

        assert refused.params["error"] == "login_required"

    async def test_login(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-login-hint: the address is filled in, and the flow succeeds.
        """
        browser = provider.browser()

        page = shown(await rp.ask(browser, login_hint=provider.world.person.email))
        landing = await rp.finish(browser, page)

        assert page.is_sign_in
        assert provider.world.person.email in page.text
        assert landing.code
