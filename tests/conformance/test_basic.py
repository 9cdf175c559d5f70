"""The Basic OP plan of the OpenID Foundation's suite: flow, ID token, client authentication."""

import hashlib
from dataclasses import replace

import httpx
from joserfc.util import urlsafe_b64encode

from tests.conformance.parties import (
    DISCOVERY,
    KEYS,
    TOKENS,
    Party,
    code_form,
    hashed,
    header_of,
    landed,
    shown,
)
from tests.conformance.world import BASE, CALLBACK, Provider


class TestHappyPath:
    async def test_code_flow(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-server: the flow ends with tokens, and an ID token whose every claim is right.
        """
        now = int(provider.clock.now().timestamp())

        landing = await rp.authorize(provider.browser())
        answer = (await rp.exchange(landing.code)).json()
        claims = await rp.id_claims(answer)

        left_half = hashlib.sha256(answer["access_token"].encode()).digest()[:16]
        assert landing.params == {"code": landing.code, "state": "a-state", "iss": BASE}
        assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3600)
        assert claims == claims | {
            "iss": BASE,
            "sub": provider.world.person.id.hex,
            "aud": rp.id,
            "iat": now,
            "auth_time": now,
            "nonce": "a-nonce",
            "at_hash": urlsafe_b64encode(left_half).decode(),
        }
        assert now < claims["exp"] <= now + 3600

    async def test_another_happy_flow(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-alternate-happy-flow: with other values the answer has those, also when empty.
        """
        state, nonce = "~ #&=+%/é", "-._~0"

        landing = await rp.authorize(
            provider.browser(), state=state, nonce=nonce, scope="email openid", login_hint="x"
        )
        claims = await rp.id_claims((await rp.exchange(landing.code)).json())

        assert (landing.params["state"], claims["nonce"]) == (state, nonce)

    async def test_response_type_is_missing(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-response-type-missing: the client learns that its request was invalid.
        """
        landing = landed(await rp.ask(provider.browser(), response_type=""))

        assert landing.params == {
            "error": "invalid_request",
            "error_description": "The parameter response_type is missing.",
            "state": "a-state",
            "iss": BASE,
        }

    async def test_scopes_in_another_order(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-ensure-other-scope-order-succeeds: openid need not come first.
        """
        answer = await rp.tokens(provider.browser(), scope="email openid")

        assert set(answer["scope"].split()) == {"email", "openid"}

    async def test_request_is_posted(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-ensure-post-request-succeeds: a request may be sent as a form.
        """
        browser = provider.browser()

        seen = await browser.visit("/oauth/v2/authorize", list(rp.request().items()))
        landing = await rp.finish(browser, seen)

        assert (await rp.exchange(landing.code)).status_code == httpx.codes.OK

    async def test_unknown_parameter(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-ensure-request-with-unknown-parameter-succeeds: what nobody knows is ignored.
        """
        landing = await rp.authorize(provider.browser(), extra="foobar")

        assert landing.params.keys() == {"code", "state", "iss"}

    async def test_valid_pkce(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-ensure-request-with-valid-pkce-succeeds: the verifier of the challenge redeems.
        """
        verifier = "another-verifier-of-at-least-43-characters._~"

        code = await rp.code(provider.browser(), code_challenge=hashed(verifier))
        answer = await rp.exchange(code, code_verifier=verifier)

        assert answer.status_code == httpx.codes.OK

    async def test_without_pkce(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-server: a client with a secret and a nonce needs no challenge.
        """
        browser = provider.browser()

        code = await rp.code(browser, code_challenge="", code_challenge_method="")
        answer = await rp.exchange(code, code_verifier="")

        assert answer.status_code == httpx.codes.OK


class TestIdToken:
    async def test_signature(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-idtoken-signature: it is signed by a published key, which its header names.
        """
        answer = await rp.tokens(provider.browser())
        published = (await provider.http.get(KEYS)).json()["keys"]

        header = header_of(answer["id_token"])
        key = next(each for each in published if each["kid"] == header["kid"])
        assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")
        assert await rp.id_claims(answer)

    async def test_is_rs256(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-idtoken-rs256: the algorithm is the one that every client knows.
        """
        answer = await rp.tokens(provider.browser())

        assert header_of(answer["id_token"])["alg"] == "RS256"

    async def test_is_never_unsigned(self, provider: Provider) -> None:
        """
        oidcc-idtoken-unsigned: nobody is offered an ID token without a signature.
        """
        document = (await provider.http.get(DISCOVERY)).json()

        assert document["id_token_signing_alg_values_supported"] == ["RS256"]

    async def test_without_nonce(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-ensure-request-without-nonce-succeeds-for-code-flow: none asked, none said.
        """
        answer = await rp.tokens(provider.browser(), nonce="")

        assert "nonce" not in await rp.id_claims(answer)


class TestClientAuthentication:
    async def test_secret_in_the_body(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-server-client-secret-post: id and secret may be sent in the form.
        """
        code = await rp.code(provider.browser())

        answer = await provider.http.post(TOKENS, data=code_form(code) | rp.credentials)

        assert answer.status_code == httpx.codes.OK

    async def test_wrong_secret(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-server: a wrong secret is invalid_client, and the code is still good after it.
        """
        code = await rp.code(provider.browser())
        wrong = replace(rp, registered=replace(rp.registered, secret="wrong"))

        refused = await wrong.exchange(code)
        answer = await rp.exchange(code)

        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
        assert refused.headers["www-authenticate"].startswith("Basic")
        assert answer.status_code == httpx.codes.OK


class TestRefreshToken:
    async def test_refreshes(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-refresh-token: offline_access gives one, and it gives another access token.
        """
        first = await rp.tokens(provider.browser(), scope="openid email offline_access")

        answer = await rp.refresh(first["refresh_token"])

        second = answer.json()
        assert answer.status_code == httpx.codes.OK
        assert second["access_token"] != first["access_token"]
        assert (await rp.userinfo(second["access_token"])).status_code == httpx.codes.OK

    async def test_is_bound_to_its_client(
        self, provider: Provider, rp: Party, other_rp: Party
    ) -> None:
        """
        oidcc-refresh-token: another client gets nothing for it, and its own still does.
        """
        first = await rp.tokens(provider.browser(), scope="openid offline_access")

        stolen = await other_rp.refresh(first["refresh_token"])
        answer = await rp.refresh(first["refresh_token"])

        assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
        assert answer.status_code == httpx.codes.OK


class TestCodes:
    async def test_reused_at_once(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-codereuse: the second use of a code is invalid_grant.
        """
        code = await rp.code(provider.browser())
        await rp.exchange(code)

        again = await rp.exchange(code)

        assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")

    async def test_reused_later(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-codereuse-30seconds: nor later, and what came of the first use is revoked.
        """
        code = await rp.code(provider.browser())
        first = (await rp.exchange(code)).json()
        before = await rp.userinfo(first["access_token"])
        await provider.wait(30)

        again = await rp.exchange(code)
        after = await rp.userinfo(first["access_token"])

        assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
        assert (before.status_code, after.status_code) == (200, 401)


class TestRedirectUri:
    async def test_is_not_registered(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-ensure-registered-redirect-uri: the person is told; nobody is sent there.
        """
        page = shown(await rp.ask(provider.browser(), redirect_uri=f"{CALLBACK}/other"))

        assert page.status == httpx.codes.BAD_REQUEST
        assert "redirect" in page.text


class TestRequestObjects:
    REQUEST = "eyJhbGciOiJub25lIn0.e30."

    async def test_by_value(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported: the
        client learns that request objects are not read.
        """
        landing = landed(await rp.ask(provider.browser(), request=self.REQUEST))

        assert landing.params["error"] == "request_not_supported"

    async def test_by_reference(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported: nor are
        they fetched.
        """
        seen = await rp.ask(provider.browser(), request_uri="https://rp.example/object")

        assert landed(seen).params["error"] == "request_uri_not_supported"

    async def test_redirect_uri_inside(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-ensure-request-object-with-redirect-uri: an object's redirect URI is believed
        as little as the object.
        """
        page = shown(
            await rp.ask(
                provider.browser(), redirect_uri=f"{CALLBACK}/other", request=self.REQUEST
            )
        )

        assert page.status == httpx.codes.BAD_REQUEST
