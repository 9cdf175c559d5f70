"""OAuch's cases that are about the authorization endpoint, its pages and pushed requests."""

import re
from dataclasses import replace
from html import unescape
from typing import Final

import httpx
import pytest

from tests.conformance.browser import Page
from tests.conformance.parties import (
    AUTHORIZE,
    VERIFIER,
    Party,
    StrictParty,
    hashed,
    landed,
    query,
    shown,
)
from tests.conformance.world import CALLBACK, Provider, Registered

# Whatever of a page takes a browser somewhere.
_LEADS: Final = re.compile(r"""(?:href|action|src|content)=["']?([^"'>]*)""")

CONFUSING: Final = (
    "/FAKE",
    "/",
    "%2FFAKE",
    "/..%2FFAKE",
    "/%2e%2e%2FFAKE",
    "/..%252FFAKE",
    "/FAKE/..",
    "%2FFAKE%2F..",
    "%252FFAKE%252F..",
    "/;/../../FAKE",
    "/%3B/../../FAKE",
    "%0A%0D/../../FAKE",
    "%250A%250D%252F..%252F..%252FFAKE",
    "?",
    "#",
    "#FAKE",
    "?FAKE",
    "\\FAKE",
    "@FAKE.example",
    ".FAKE.example",
    " ",
)


LOOPBACK: Final = "http://127.0.0.1:51004/callback"


async def native_app(provider: Provider, party: Party) -> Party:
    """Let a public app have a redirect URI on the person's own machine."""
    terms = replace(party.registered.app.terms, redirect_uris=("http://127.0.0.1/callback",))
    async with provider.parts.db.unit() as uow:
        app = await provider.parts.accounts.apps.change(uow, party.id, terms)
    return Party(provider, Registered(app))


async def page_of(provider: Provider, rp: Party) -> Page:
    """Show the page that asks a person to sign in."""
    return shown(await rp.ask(provider.browser()))


async def consent_page_of(provider: Provider, rp: Party) -> Page:
    """Show the page that asks a person to consent."""
    browser, someone = provider.browser(), provider.someone
    page = shown(await rp.ask(browser))
    form = page.form_with("password")
    assert form is not None
    fields = form.filled(email=someone.email, password=someone.password)
    return shown(
        await browser.visit(httpx.URL(page.url).join(form.action).raw_path.decode(), fields)
    )


class TestPages:
    @pytest.mark.parametrize("which", [page_of, consent_page_of])
    async def test_are_not_framed(self, provider: Provider, rp: Party, which: object) -> None:
        """
        HasFrameOptions and HasContentSecurityPolicy: no other site shows our pages in its own.
        """
        assert callable(which)

        headers = (await which(provider, rp)).headers

        policy = headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert "script-src" not in policy

    @pytest.mark.parametrize("which", [page_of, consent_page_of])
    async def test_tell_no_referrer(self, provider: Provider, rp: Party, which: object) -> None:
        """
        ReferrerPolicyEnforced: where they lead does not learn where from; nobody keeps them.
        """
        assert callable(which)

        headers = (await which(provider, rp)).headers

        assert headers["referrer-policy"] == "no-referrer"
        assert "no-store" in headers["cache-control"]


class TestConsent:
    async def test_is_asked(self, provider: Provider, rp: Party) -> None:
        """
        RequireUserConsent: no code before the person said yes, however often they signed in.
        """
        browser = provider.browser()

        await rp.authorize(browser)

        assert (browser.asked_to_sign_in, browser.asked_for_consent) == (1, 1)

    async def test_of_one_app_is_not_anothers(
        self, provider: Provider, rp: Party, other_rp: Party
    ) -> None:
        """
        RequireUserConsent: what a person allowed one app, another still has to ask for.
        """
        browser = provider.browser()
        await rp.authorize(browser)

        refused = landed(await other_rp.ask(browser, prompt="none"))

        assert refused.params["error"] == "consent_required"

    async def test_of_an_app_that_anybody_can_be(
        self, provider: Provider, public: Party
    ) -> None:
        """
        RequireUserConsent: an app without a secret, on the person's own machine, is asked for
        each time (RFC 8252, section 8.6; RFC 6749, section 10.2).
        """
        browser, someone = provider.browser(), provider.someone
        native = await native_app(provider, public)
        await browser.complete(await native.ask(browser, redirect_uri=LOOPBACK), someone)

        await browser.complete(await native.ask(browser, redirect_uri=LOOPBACK), someone)

        assert browser.asked_for_consent == 2


class TestRedirectUri:
    @pytest.mark.parametrize("appended", CONFUSING)
    async def test_is_not_confused(self, provider: Provider, rp: Party, appended: str) -> None:
        """
        RedirectUriFullyMatched, RedirectUriPathMatched, RedirectUriConfusion, InvalidRedirect:
        it is the registered one, character by character, or nobody is sent anywhere.
        """
        page = shown(await rp.ask(provider.browser(), redirect_uri=f"{CALLBACK}{appended}"))

        assert page.status == httpx.codes.BAD_REQUEST

    @pytest.mark.parametrize(
        "redirect_uri",
        [
            "http://rp.example/callback",
            "https://RP.example/callback",
            "https://rp.example:443/callback",
            "https://rp.example/Callback",
            "//rp.example/callback",
            "/callback",
            "javascript:alert(1)",
            "data:text/html,1",
            "https://rp.example/callback?kept=1&code=attackers",
            "https://rp.example/callback?code=attackers",
        ],
    )
    async def test_is_not_another(
        self, provider: Provider, rp: Party, redirect_uri: str
    ) -> None:
        """
        CodePollution and RedirectUriFullyMatched: nothing is added that a client may mistake
        for the answer, and nothing is normalised. The page may name it, and leads nowhere.
        """
        page = shown(await rp.ask(provider.browser(), redirect_uri=redirect_uri))

        assert page.status == httpx.codes.BAD_REQUEST
        assert [way for way in _LEADS.findall(page.text) if redirect_uri in unescape(way)] == []

    async def test_is_required(self, provider: Provider, rp: Party) -> None:
        """
        RedirectUriRequired: none is guessed.
        """
        page = shown(await rp.ask(provider.browser(), redirect_uri=""))

        assert page.status == httpx.codes.BAD_REQUEST

    async def test_of_another_client(
        self, provider: Provider, rp: Party, other_rp: Party
    ) -> None:
        """
        RedirectUriFullyMatched: an unknown client has none.
        """
        page = shown(await rp.ask(provider.browser(), client_id="nobody"))

        assert page.status == httpx.codes.BAD_REQUEST


class TestParameters:
    @pytest.mark.parametrize(
        "name", ["client_id", "redirect_uri", "scope", "state", "response_type", "nonce"]
    )
    async def test_come_once(self, provider: Provider, rp: Party, name: str) -> None:
        """
        SameParameterTwiceDisallowed: what is said twice is said by nobody.
        """
        request = rp.request()

        seen = await provider.browser().visit(f"{query(request)}&{name}={request[name]}")

        if isinstance(seen, Page):
            assert seen.status == httpx.codes.BAD_REQUEST
        else:
            assert seen.params["error"] == "invalid_request"

    async def test_come_once_in_a_form(self, provider: Provider, rp: Party) -> None:
        """
        SameParameterTwiceDisallowed, SupportsPostAuthorizationRequests: nor in a form.
        """
        form = [*rp.request().items(), ("scope", "openid")]

        seen = landed(await provider.browser().visit(AUTHORIZE, form))

        assert seen.params["error"] == "invalid_request"

    @pytest.mark.parametrize(
        "response_type", ["token", "id_token", "code token", "code id_token token", "cod"]
    )
    async def test_response_type(
        self, provider: Provider, rp: Party, response_type: str
    ) -> None:
        """
        IsResponseTypeChecked, ImplicitFlowsSupported, RefreshTokenPresent: only codes leave
        through the browser.
        """
        seen = landed(await rp.ask(provider.browser(), response_type=response_type))

        assert seen.params["error"] == "unsupported_response_type"
        assert "#" not in seen.url

    @pytest.mark.parametrize("mode", ["fragment", "form_post", "query.jwt"])
    async def test_response_mode(self, provider: Provider, rp: Party, mode: str) -> None:
        """
        SupportsPostResponseMode: answers come in the query, or not at all.
        """
        seen = landed(await rp.ask(provider.browser(), response_mode=mode))

        assert seen.params["error"] == "invalid_request"

    async def test_state(self, provider: Provider, rp: Party) -> None:
        """
        StatePresent: it comes back as it was sent, and none where none was.
        """
        with_state = await rp.authorize(provider.browser(), state="a b+c/&=#")
        without = await rp.authorize(provider.browser(), state="")

        assert with_state.params["state"] == "a b+c/&=#"
        assert "state" not in without.params

    async def test_scope(self, provider: Provider, rp: Party) -> None:
        """
        AutomaticRedirectInvalidScope: who asks for a scope that there is not learns so.
        """
        seen = landed(await rp.ask(provider.browser(), scope="openid no-such-scope"))

        assert seen.params["error"] == "invalid_scope"


class TestPkce:
    async def test_plain(self, provider: Provider, rp: Party) -> None:
        """
        PlainPkceDisabled, PlainPkce, IsPkcePlainDowngradeDetected: S256 is the only method.
        """
        named = landed(
            await rp.ask(
                provider.browser(), code_challenge=VERIFIER, code_challenge_method="plain"
            )
        )
        unnamed = landed(await rp.ask(provider.browser(), code_challenge_method=""))

        assert named.params["error"] == unnamed.params["error"] == "invalid_request"

    async def test_is_required(self, provider: Provider, public: Party) -> None:
        """
        IsPkceRequired: of apps that keep no secret.
        """
        seen = await public.ask(provider.browser(), code_challenge="", code_challenge_method="")

        assert landed(seen).params["error"] == "invalid_request"

    @pytest.mark.parametrize("challenge", ["short", "x" * 42, "x" * 44, f"{'x' * 42}="])
    async def test_challenge(self, provider: Provider, rp: Party, challenge: str) -> None:
        """
        HashedPkceDisabled: a challenge is a SHA-256.
        """
        seen = landed(await rp.ask(provider.browser(), code_challenge=challenge))

        assert seen.params["error"] == "invalid_request"

    @pytest.mark.parametrize("verifier", ["abc", "x" * 42, "x" * 129, "é" * 43])
    async def test_verifier(self, provider: Provider, rp: Party, verifier: str) -> None:
        """
        ShortVerifier: what is too short, too long or of other characters redeems nothing.
        """
        code = await rp.code(provider.browser(), code_challenge=hashed(verifier))

        answer = await rp.exchange(code, code_verifier=verifier)

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")

    async def test_downgrade_of_the_token_request(self, provider: Provider, rp: Party) -> None:
        """
        IsPkceTokenDowngradeDetected: a code with a challenge needs its verifier.
        """
        code = await rp.code(provider.browser())

        answer = await rp.exchange(code, code_verifier="")

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")

    async def test_downgrade_of_the_authorization_request(
        self, provider: Provider, rp: Party
    ) -> None:
        """
        IsPkceDowngradeDetected: a verifier needs a code that has a challenge.
        """
        code = await rp.code(provider.browser(), code_challenge="", code_challenge_method="")

        answer = await rp.exchange(code)

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")

    async def test_verifier_of_another(self, provider: Provider, rp: Party) -> None:
        """
        IsPkceImplemented: only the verifier of the challenge redeems.
        """
        code = await rp.code(provider.browser())

        answer = await rp.exchange(code, code_verifier="w" * 43)

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


class TestPushedRequests:
    async def test_names_differ(self, strict: StrictParty) -> None:
        """
        RequestUriEntropyMinReq and -SugReq: 128 bits or more, and never the same.
        """
        names = {(await strict.pushed()).rpartition(":")[2] for _ in range(20)}

        assert len(names) == 20
        assert min(len(name) for name in names) >= 27

    async def test_need_a_known_app(self, provider: Provider, strict: StrictParty) -> None:
        """
        IsParAuthenticationRequired: nobody pushes in another's name.
        """
        answer = await provider.http.post("/oauth/v2/par", data=strict.party.request())

        assert answer.status_code == httpx.codes.UNAUTHORIZED

    async def test_take_no_new_redirect_uri(self, strict: StrictParty) -> None:
        """
        AcceptsNewRedirectUri, RequiresNewRedirectUriAuth: not even from a known app.
        """
        answer = await strict.push(redirect_uri="https://rp.example/new")

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
