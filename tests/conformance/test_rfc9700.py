"""What RFC 9700 asks for and no other list does; the map is `docs/conformance/rfc9700.md`."""

import json
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

import httpx
import pytest
from joserfc.util import urlsafe_b64decode

from tests.conformance.browser import Browser, Fields, Page
from tests.conformance.parties import (
    AUTHORIZE,
    DISCOVERY,
    FORM,
    TOKENS,
    USERINFO,
    Party,
    bearer,
    code_form,
    landed,
    query,
    shown,
)
from tests.conformance.world import BASE, CALLBACK, Provider

DAY_S: Final = 86_400
EVIL: Final = "https://evil.example"


def asked(page: Page, provider: Provider) -> tuple[str, Fields]:
    """Answer what *page* asks: where to, and with what."""
    answer = provider.browser()._answer(page, provider.someone)
    assert answer is not None
    form, fields = answer
    return urljoin(page.url, form.action), fields


async def unproven(public: Party, form: dict[str, str]) -> httpx.Response:
    """Ask for tokens as an app that has nothing but its id."""
    return await public.provider.http.post(TOKENS, data=form | {"client_id": public.id})


async def sent(
    browser: Browser, url: str, fields: Fields, *, origin: str = BASE
) -> httpx.Response:
    """Send a form as a page of *origin* would, and follow nothing."""
    headers = FORM | {"Origin": origin}
    return await browser.http.post(url, content=urlencode(fields).encode(), headers=headers)


class TestRedirects:
    @pytest.mark.fidelity("oauth.bcp.no-307")
    async def test_carry_no_form_along(self, provider: Provider, rp: Party) -> None:
        """
        Section 4.12: no form that a person sends, with a password or a consent, is sent on.
        """
        browser, answers = provider.browser(), []

        async def note(answer: httpx.Response) -> None:
            answers.append((answer.request.method, answer.status_code))

        browser.http.event_hooks = {"response": [note]}

        await rp.authorize(browser, prompt="select_employer")

        assert [status for method, status in answers if method == "POST"] == [200, 303, 303]
        assert {status for _, status in answers} <= {200, 302, 303}

    @pytest.mark.fidelity("oauth.bcp.issuer-in-response")
    async def test_name_the_issuer(self, provider: Provider, rp: Party) -> None:
        """
        Section 4.4.2: a client that uses several servers sees whose answer it is, good or bad.
        """
        browser = provider.browser()

        good = await rp.authorize(browser)
        bad = landed(await rp.ask(browser, scope="nothing.like.it"))

        document = (await provider.http.get(DISCOVERY)).json()
        assert good.params["iss"] == bad.params["iss"] == document["issuer"]
        assert bad.params["error"] == "invalid_scope"
        assert document["authorization_response_iss_parameter_supported"] is True

    @pytest.mark.fidelity("oauth.bcp.no-open-redirector")
    @pytest.mark.parametrize(
        "next_page",
        [EVIL, f"//{urlsplit(EVIL).netloc}", "/\\evil.example", "javascript:alert(1)"],
    )
    async def test_after_signing_in_stay_here(self, provider: Provider, next_page: str) -> None:
        """
        Section 4.11.2: the sign-in page sends nobody to another site.
        """
        browser, someone = provider.browser(), provider.someone
        page = shown(await browser.visit(f"/sign-in?{urlencode({'next': next_page})}"))
        form = page.form_with("password")
        assert form is not None

        answer = await sent(
            browser,
            urljoin(page.url, form.action),
            form.filled(email=someone.email, password=someone.password),
        )

        assert answer.status_code == 303
        assert urljoin(BASE, answer.headers["location"]).startswith(f"{BASE}/")


class TestForeignPages:
    @pytest.mark.fidelity("oauth.bcp.forms-of-ours")
    async def test_consent_to_nothing(self, provider: Provider, rp: Party) -> None:
        """
        Sections 4.7 and 4.16: a form that another site sends in the person's browser, or that
        lacks the token of the page, is refused, and the person can go on.
        """
        browser, someone = provider.browser(), provider.someone
        await browser.complete(await rp.ask(browser), someone.who(refuses=True))
        page = shown(await rp.ask(browser))
        url, fields = asked(page, provider)
        bare = [(name, value) for name, value in fields if not name.startswith("csrf")]

        foreign = await sent(browser, url, fields, origin=EVIL)
        forged = await sent(browser, url, bare)
        honest = await sent(browser, url, fields)

        assert len(bare) == len(fields) - 1
        assert [foreign.status_code, forged.status_code] == [403, 403]
        assert honest.headers["location"].startswith(f"{CALLBACK}?code=")

    @pytest.mark.fidelity("oauth.bcp.no-cors-at-authorize")
    @pytest.mark.parametrize("method", ["GET", "OPTIONS"])
    async def test_read_no_authorization(
        self, provider: Provider, rp: Party, method: str
    ) -> None:
        """
        Section 2.6: scripts of other sites never read the authorization endpoint's answers.
        """
        headers = {"Origin": EVIL, "Access-Control-Request-Method": "GET"}

        answer = await provider.http.request(method, query(rp.request()), headers=headers)

        found = [name for name in answer.headers if name.startswith("access-control")]
        assert found == []


class TestProxies:
    @pytest.mark.fidelity("oauth.bcp.no-forwarded-headers")
    async def test_are_not_believed_about_addresses(
        self, provider: Provider, rp: Party
    ) -> None:
        """
        Section 4.13: headers that a caller can send change no address, no issuer and no key.
        """
        forged = {
            "Host": "evil.example",
            "Forwarded": "host=evil.example;proto=http",
            "X-Forwarded-Host": "evil.example",
            "X-Forwarded-Proto": "http",
            "X-Forwarded-Prefix": "/evil",
        }

        honest = await provider.http.get(DISCOVERY)
        answer = await provider.http.get(DISCOVERY, headers=forged)
        page = await provider.http.get(query(rp.request()), headers=forged)

        assert answer.json() == honest.json()
        assert "evil.example" not in page.text + str(page.headers)


class TestRefreshTokens:
    @pytest.mark.fidelity("oauth.bcp.public-apps-rotate")
    async def test_of_public_apps_rotate_whatever_they_were_told(
        self, provider: Provider, public: Party
    ) -> None:
        """
        Section 2.2.2: an app that keeps no secret gets another refresh token at each use, and
        an old one ends all of them.
        """
        terms = replace(public.registered.app.terms, rotates_refresh_tokens=False)
        async with provider.parts.db.unit() as uow:
            await provider.parts.accounts.apps.change(uow, public.id, terms)
        code = await public.code(provider.browser(), scope="openid offline_access")
        first = (await unproven(public, code_form(code))).json()["refresh_token"]
        refresh = {"grant_type": "refresh_token"}

        second = await unproven(public, refresh | {"refresh_token": first})
        await provider.wait(31)
        again = await unproven(public, refresh | {"refresh_token": first})
        successor = second.json()["refresh_token"]
        ended = await unproven(public, refresh | {"refresh_token": successor})

        assert successor != first
        assert [again.status_code, ended.status_code] == [400, 400]
        assert ended.json()["error"] == "invalid_grant"

    @pytest.mark.fidelity("oauth.bcp.idle-refresh-tokens-end")
    async def test_end_when_nobody_uses_them(self, provider: Provider, rp: Party) -> None:
        """
        Section 4.14.2: a refresh token that lay for sixty days is refused; each use counts.
        """
        browser = provider.browser()
        token = (await rp.tokens(browser, scope="openid offline_access"))["refresh_token"]

        await provider.wait(59 * DAY_S)
        used = await rp.refresh(token)
        await provider.wait(59 * DAY_S)
        used_again = await rp.refresh(used.json()["refresh_token"])
        await provider.wait(60 * DAY_S)
        idle = await rp.refresh(used_again.json()["refresh_token"])

        assert [used.status_code, used_again.status_code, idle.status_code] == [200, 200, 400]


class TestApps:
    @pytest.mark.fidelity("oauth.bcp.app-is-no-person")
    async def test_cannot_pass_for_people(self, provider: Provider, rp: Party) -> None:
        """
        Section 4.15: the subject of an app's own token has a form that no person's has, and
        what is about people refuses it.
        """
        form = {"grant_type": "client_credentials", "scope": "conversations.read"}
        own = (await rp.post(form)).json()["access_token"]
        of_person = (await rp.tokens(provider.browser()))["access_token"]

        subjects = [
            json.loads(urlsafe_b64decode(token.split(".")[1].encode()))["sub"]
            for token in (own, of_person)
        ]
        refused = await provider.http.get(USERINFO, headers=bearer(own))

        assert subjects == [f"app:{rp.id}", f"user:{provider.world.person.id.hex}"]
        assert refused.status_code in {401, 403}

    @pytest.mark.fidelity("oauth.bcp.codes-not-in-logs")
    async def test_secrets_never_reach_the_log(
        self, provider: Provider, rp: Party, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        Sections 4.2 and 4.3: codes, tokens, secrets and passwords stand in no line that is
        logged, whether they were good or not.
        """
        browser = provider.browser()
        code = await rp.code(browser, scope="openid offline_access")
        answer = (await rp.exchange(code)).json()
        again = await rp.exchange(code)
        wrong = await provider.http.post(
            TOKENS,
            data={"grant_type": "client_credentials"}
            | rp.credentials
            | {"client_secret": "a-wrong-secret"},
        )
        await provider.http.get(f"{AUTHORIZE}?{urlencode({'client_id': rp.id, 'code': code})}")

        logged = capsys.readouterr()
        secrets = [
            *(code, "a-wrong-secret", rp.registered.secret, provider.someone.password),
            *(answer[name] for name in ("access_token", "refresh_token", "id_token")),
        ]
        assert (again.status_code, wrong.status_code) == (400, 401)
        assert [text for text in secrets if text in logged.out + logged.err] == []
