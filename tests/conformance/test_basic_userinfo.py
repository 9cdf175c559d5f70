"""The Basic OP plan of the OpenID Foundation's suite: userinfo, scopes and claims."""

import json

import httpx
import pytest

from tests.conformance.parties import DISCOVERY, USERINFO, Party, bearer, landed
from tests.conformance.world import Provider


class TestUserinfo:
    async def test_get(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-userinfo-get: the subject is the ID token's.
        """
        answer = await rp.tokens(provider.browser())

        userinfo = await rp.userinfo(answer["access_token"])

        assert userinfo.status_code == httpx.codes.OK
        assert userinfo.headers["content-type"].startswith("application/json")
        assert userinfo.json()["sub"] == (await rp.id_claims(answer))["sub"]

    async def test_post_with_header(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-userinfo-post-header: a POST with the token in its header is answered alike.
        """
        token = (await rp.tokens(provider.browser()))["access_token"]

        posted = await provider.http.post(USERINFO, headers=bearer(token))

        assert posted.status_code == httpx.codes.OK
        assert posted.json() == (await rp.userinfo(token)).json()

    async def test_post_with_body(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-userinfo-post-body: a POST may carry the token in its form (RFC 6750, 2.2).
        """
        token = (await rp.tokens(provider.browser()))["access_token"]

        posted = await provider.http.post(USERINFO, data={"access_token": token})

        assert posted.status_code == httpx.codes.OK
        assert posted.json() == (await rp.userinfo(token)).json()

    async def test_without_token(self, provider: Provider) -> None:
        """
        oidcc-userinfo-get: who shows no token is challenged for one, and told nothing.
        """
        answer = await provider.http.get(USERINFO)

        assert answer.status_code == httpx.codes.UNAUTHORIZED
        assert answer.headers["www-authenticate"].startswith("Bearer")


class TestScopes:
    async def test_email(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-scope-email: the address and whether it is verified.
        """
        answer = await rp.tokens(provider.browser(), scope="openid email")

        claims = (await rp.userinfo(answer["access_token"])).json()

        assert claims["email"] == provider.world.person.email
        assert isinstance(claims["email_verified"], bool)

    async def test_openid_alone(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-scope-email: without the scope neither of them is told.
        """
        answer = await rp.tokens(provider.browser(), scope="openid")

        claims = (await rp.userinfo(answer["access_token"])).json()

        assert claims == {"sub": provider.world.person.id.hex}

    @pytest.mark.parametrize("scope", ["profile", "address", "phone"])
    async def test_unsupported(self, provider: Provider, rp: Party, scope: str) -> None:
        """
        oidcc-scope-profile, -address, -phone and -all: not offered, and refused by name.
        """
        document = (await provider.http.get(DISCOVERY)).json()

        landing = landed(await rp.ask(provider.browser(), scope=f"openid {scope}"))

        assert scope not in document["scopes_supported"]
        assert landing.params["error"] == "invalid_scope"


class TestClaims:
    async def test_essential(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-claims-essential: a claims parameter, which is not offered, breaks nothing.
        """
        document = (await provider.http.get(DISCOVERY)).json()
        claims = json.dumps({"userinfo": {"name": {"essential": True}}})

        answer = await rp.tokens(provider.browser(), claims=claims)

        assert document["claims_parameter_supported"] is False
        assert (await rp.userinfo(answer["access_token"])).status_code == httpx.codes.OK
