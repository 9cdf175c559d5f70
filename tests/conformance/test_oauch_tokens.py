"""OAuch's cases that are about the token endpoint and the tokens that come from it."""

import json
from typing import Any, Final

import httpx
import pytest
from joserfc.util import urlsafe_b64decode

from tests.conformance.parties import (
    FORM,
    KEYS,
    TOKENS,
    USERINFO,
    Party,
    bearer,
    code_form,
    header_of,
)
from tests.conformance.world import CALLBACK, WITH_QUERY, Provider

ALL: Final = "openid email offline_access"
SAMPLES: Final = 20
LONG_ENOUGH: Final = 27  # 160 bits, of six in a character


def claims_of(token: str) -> dict[str, Any]:
    """Read what a token says, unverified."""
    return dict(json.loads(urlsafe_b64decode(token.split(".")[1].encode())))


def refused_as(answer: httpx.Response, error: str, status: int = 400) -> None:
    """Insist on a refusal."""
    assert (answer.status_code, answer.json()["error"]) == (status, error)


class TestRequests:
    async def test_answers_are_not_kept(self, provider: Provider, rp: Party) -> None:
        """
        HasCacheControlHeader and HasPragmaHeader: neither are refusals.
        """
        code = await rp.code(provider.browser())

        granted = await rp.exchange(code)
        refused = await rp.exchange("nothing")

        for answer in (granted, refused):
            assert "no-store" in answer.headers["cache-control"]
            assert answer.headers["pragma"] == "no-cache"

    async def test_are_posted(self, provider: Provider, rp: Party) -> None:
        """
        IsGetSupported: a token is not asked for in a URL.
        """
        code = await rp.code(provider.browser())

        answer = await provider.http.get(TOKENS, params=code_form(code) | rp.credentials)

        assert answer.status_code == httpx.codes.METHOD_NOT_ALLOWED
        assert (await rp.exchange(code)).status_code == httpx.codes.OK

    async def test_credentials_in_the_url(self, provider: Provider, rp: Party) -> None:
        """
        IsAuthInUriAllowed: nor are secrets.
        """
        code = await rp.code(provider.browser())

        answer = await provider.http.post(TOKENS, params=rp.credentials, data=code_form(code))

        refused_as(answer, "invalid_request")

    @pytest.mark.parametrize("name", ["code", "redirect_uri", "grant_type", "code_verifier"])
    async def test_parameters_come_once(self, provider: Provider, rp: Party, name: str) -> None:
        """
        SameParameterTwiceDisallowed.
        """
        form = code_form(await rp.code(provider.browser()))
        body = str(httpx.QueryParams([*form.items(), (name, form[name])]))

        answer = await provider.http.post(
            TOKENS, content=body.encode(), headers=FORM | rp.basic
        )

        refused_as(answer, "invalid_request")

    async def test_unknown_parameter(self, provider: Provider, rp: Party) -> None:
        """
        UnrecognizedParameterAllowed.
        """
        code = await rp.code(provider.browser())

        answer = await rp.exchange(code, foo="bar")

        assert answer.status_code == httpx.codes.OK

    async def test_password_grant(self, provider: Provider, rp: Party) -> None:
        """
        IsPasswordFlowDisabled, PasswordFlowSupported: a person's password is for our pages.
        """
        someone = provider.someone

        answer = await rp.post(
            {
                "grant_type": "password",
                "username": someone.email,
                "password": someone.password,
            }
        )

        refused_as(answer, "unsupported_grant_type")

    @pytest.mark.parametrize("grant_type", ["implicit", "device_code"])
    async def test_other_grants(self, rp: Party, grant_type: str) -> None:
        """
        DeviceFlowSupported: nor is there any other that nobody offered.
        """
        answer = await rp.post({"grant_type": grant_type})

        refused_as(answer, "unsupported_grant_type")


class TestClients:
    async def test_secret_is_required(self, provider: Provider, rp: Party) -> None:
        """
        IsClientAuthenticationRequired, IsClientIdRequired: an id alone is no proof, and no id
        is nobody.
        """
        form = code_form(await rp.code(provider.browser()))

        alone = await provider.http.post(TOKENS, data=form | {"client_id": rp.id})
        nobody = await provider.http.post(TOKENS, data=form)

        refused_as(alone, "invalid_client", 401)
        refused_as(nobody, "invalid_request")
        assert (await rp.post(form)).status_code == httpx.codes.OK

    async def test_public_app_has_no_secret(self, provider: Provider, public: Party) -> None:
        """
        IsClientIdRequired: an app that keeps no secret says its id, and proves the verifier.
        """
        code = await public.code(provider.browser())

        answer = await provider.http.post(
            TOKENS, data=code_form(code) | {"client_id": public.id}
        )

        assert answer.status_code == httpx.codes.OK

    async def test_public_app_has_no_tokens_of_its_own(
        self, provider: Provider, public: Party
    ) -> None:
        """
        ClientCredentialsFlowSupported: with nothing to prove itself, an app is nobody.
        """
        answer = await provider.http.post(
            TOKENS, data={"grant_type": "client_credentials", "client_id": public.id}
        )

        refused_as(answer, "unauthorized_client")

    async def test_secrets_cannot_be_guessed(self, provider: Provider, rp: Party) -> None:
        """
        ClientSecretEntropyMinReq and -SugReq: 256 bits, which we draw.
        """
        async with provider.parts.db.unit() as uow:
            one, two = [await provider.parts.accounts.apps.add_secret(uow, rp.id) for _ in "12"]

        assert len(bytes.fromhex(one.text)) == len(bytes.fromhex(two.text)) == 32
        assert one.text != two.text


class TestCodes:
    async def test_cannot_be_guessed(self, provider: Provider, rp: Party) -> None:
        """
        AuthorizationCodeEntropyMinReq and -SugReq: long, and never the same.
        """
        browser = provider.browser()

        codes = {await rp.code(browser) for _ in range(SAMPLES)}

        assert len(codes) == SAMPLES
        assert min(len(code) for code in codes) >= LONG_ENOUGH

    @pytest.mark.parametrize(("seconds", "status"), [(599, 200), (601, 400)])
    async def test_last_ten_minutes(
        self, provider: Provider, rp: Party, seconds: int, status: int
    ) -> None:
        """
        AuthorizationCodeTimeout.
        """
        code = await rp.code(provider.browser())
        await provider.wait(seconds)

        answer = await rp.exchange(code)

        assert answer.status_code == status

    async def test_are_bound_to_their_client(
        self, provider: Provider, rp: Party, other_rp: Party
    ) -> None:
        """
        IsCodeBoundToClient: and another's try takes nothing from the one who may.
        """
        code = await rp.code(provider.browser())

        stolen = await other_rp.exchange(code)

        refused_as(stolen, "invalid_grant")

    @pytest.mark.parametrize(
        ("redirect_uri", "error"),
        [
            ("", "invalid_request"),
            (WITH_QUERY, "invalid_grant"),
            (f"{CALLBACK}/", "invalid_grant"),
        ],
    )
    async def test_are_bound_to_their_redirect_uri(
        self, provider: Provider, rp: Party, redirect_uri: str, error: str
    ) -> None:
        """
        RedirectUriChecked: another of the same app's will not do, nor will none.
        """
        code = await rp.code(provider.browser())

        answer = await rp.exchange(code, redirect_uri=redirect_uri)

        refused_as(answer, error)

    async def test_used_twice(self, provider: Provider, rp: Party) -> None:
        """
        MultipleCodeExchanges, TokenValidAfterMultiExchange,
        RefreshTokenValidAfterMultiExchange: the second use takes back what the first gave.
        """
        code = await rp.code(provider.browser(), scope=ALL)
        first = (await rp.exchange(code)).json()

        refused_as(await rp.exchange(code), "invalid_grant")

        refused_as(await rp.refresh(first["refresh_token"]), "invalid_grant")
        userinfo = await rp.userinfo(first["access_token"])
        assert userinfo.status_code == httpx.codes.UNAUTHORIZED


class TestRefreshTokens:
    async def test_are_only_given_when_asked_for(self, provider: Provider, rp: Party) -> None:
        """
        RefreshTokenPresent, HasRefreshTokens: with offline_access, and not without.
        """
        browser = provider.browser()

        with_scope = await rp.tokens(browser, scope=ALL)
        without = await rp.tokens(browser, scope="openid email")

        assert "refresh_token" in with_scope
        assert "refresh_token" not in without

    async def test_cannot_be_guessed(self, provider: Provider, rp: Party) -> None:
        """
        RefreshTokenEntropyMinReq and -SugReq: long, and never the same.
        """
        browser = provider.browser()

        tokens = {
            (await rp.tokens(browser, scope=ALL))["refresh_token"] for _ in range(SAMPLES)
        }

        assert len(tokens) == SAMPLES
        assert min(len(token) for token in tokens) >= LONG_ENOUGH

    async def test_rotate(self, provider: Provider, rp: Party) -> None:
        """
        UsesTokenRotation, RefreshTokenRevokedAfterUse: each use gives another, and the used
        one is good no more once the time for lost answers is over.
        """
        first = (await rp.tokens(provider.browser(), scope=ALL))["refresh_token"]
        second = (await rp.refresh(first)).json()["refresh_token"]
        await provider.wait(31)

        again = await rp.refresh(first)

        assert second != first
        refused_as(again, "invalid_grant")

    async def test_used_twice(self, provider: Provider, rp: Party) -> None:
        """
        InvalidatedRefreshToken: who uses an old one ends the new one too, and its tokens.
        """
        first = (await rp.tokens(provider.browser(), scope=ALL))["refresh_token"]
        second = (await rp.refresh(first)).json()
        await provider.wait(31)
        await rp.refresh(first)

        again = await rp.refresh(second["refresh_token"])
        userinfo = await rp.userinfo(second["access_token"])

        refused_as(again, "invalid_grant")
        assert userinfo.status_code == httpx.codes.UNAUTHORIZED

    async def test_need_their_client(
        self, provider: Provider, rp: Party, other_rp: Party
    ) -> None:
        """
        IsRefreshBoundToClient, IsRefreshAuthenticationRequired.
        """
        token = (await rp.tokens(provider.browser(), scope=ALL))["refresh_token"]
        form = {"grant_type": "refresh_token", "refresh_token": token}

        stolen = await other_rp.refresh(token)
        alone = await provider.http.post(TOKENS, data=form | {"client_id": rp.id})

        refused_as(stolen, "invalid_grant")
        refused_as(alone, "invalid_client", 401)
        assert (await rp.refresh(token)).status_code == httpx.codes.OK

    async def test_do_not_widen(self, provider: Provider, rp: Party) -> None:
        """
        IsRefreshBoundToClient: nobody refreshes to more than was allowed.
        """
        token = (await rp.tokens(provider.browser(), scope="openid offline_access"))[
            "refresh_token"
        ]

        refused_as(await rp.refresh(token, scope="openid email"), "invalid_scope")


class TestAccessTokens:
    async def test_cannot_be_guessed(self, provider: Provider, rp: Party) -> None:
        """
        AccessTokenEntropyMinReq and -SugReq, HasJwtAccessTokens: signed, with ids of their own.
        """
        browser = provider.browser()

        tokens = [(await rp.tokens(browser))["access_token"] for _ in range(3)]

        assert len({claims_of(token)["jti"] for token in tokens}) == 3
        assert {header_of(token)["alg"] for token in tokens} == {"ES256"}
        assert {header_of(token)["typ"] for token in tokens} == {"at+jwt"}

    @pytest.mark.parametrize(("seconds", "status"), [(3599, 200), (3661, 401)])
    async def test_last_an_hour(
        self, provider: Provider, rp: Party, seconds: int, status: int
    ) -> None:
        """
        TokenTimeout.
        """
        answer = await rp.tokens(provider.browser())
        await provider.wait(seconds)

        userinfo = await rp.userinfo(answer["access_token"])

        assert (answer["expires_in"], userinfo.status_code) == (3600, status)

    async def test_come_in_the_header(self, provider: Provider, rp: Party) -> None:
        """
        SupportsAuthorizationHeader, TokenAsQueryParameterDisabled, CacheControl: and never in
        the URL.
        """
        token = (await rp.tokens(provider.browser()))["access_token"]

        in_header = await provider.http.get(USERINFO, headers=bearer(token))
        in_url = await provider.http.get(USERINFO, params={"access_token": token})

        assert in_header.status_code == httpx.codes.OK
        assert in_url.status_code == httpx.codes.BAD_REQUEST
        assert "no-store" in in_header.headers["cache-control"]


class TestIdTokens:
    async def test_refer_to_a_published_key(self, provider: Provider, rp: Party) -> None:
        """
        KeyReferences, SigningKeySecure: the header names a key, brings none, and points
        nowhere; the key is long enough.
        """
        answer = await rp.tokens(provider.browser())

        header = header_of(answer["id_token"])
        keys = (await provider.http.get(KEYS)).json()["keys"]
        key = next(each for each in keys if each["kid"] == header["kid"])
        assert header.keys() <= {"alg", "kid", "typ"}
        assert len(urlsafe_b64decode(key["n"].encode())) * 8 >= 2048

    async def test_have_one_audience(self, provider: Provider, rp: Party) -> None:
        """
        HasCorrectAudience, HasAzpForMultiAudience, HasAuthorizedParty: the client alone.
        """
        claims = await rp.id_claims(await rp.tokens(provider.browser()))

        assert claims["aud"] == rp.id
        assert claims.get("azp", rp.id) == rp.id

    async def test_open_nothing(self, provider: Provider, rp: Party) -> None:
        """
        HasCorrectMac: an ID token is no access token, nor is an access token an ID token.
        """
        answer = await rp.tokens(provider.browser())

        userinfo = await rp.userinfo(answer["id_token"])

        assert userinfo.status_code == httpx.codes.UNAUTHORIZED
