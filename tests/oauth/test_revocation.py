"""`POST /oauth/v2/revoke`: what dies with which token, and what does not (RFC 7009)."""

from dataclasses import replace

import pytest

from hirewire.accounts.model import ErrorProfile
from tests.oauth.asking import (
    INACTIVE,
    REVOKE,
    USERINFO,
    Asking,
    a_public_app,
    refused,
)
from tests.oauth.world import Registered, a_web_app


@pytest.fixture
def desk(desk_on_each: Asking) -> Asking:
    """The endpoints on each kind of database in turn."""
    return desk_on_each


async def still_good(desk: Asking, *tokens: str) -> list[bool]:
    """Tell which tokens are good."""
    return [(await desk.introspect(token))["active"] for token in tokens]


class TestRevoke:
    @pytest.mark.fidelity("revocation.access-token")
    async def test_of_an_access_token_ends_it_alone(self, desk: Asking) -> None:
        """
        The refresh token of its family goes on, and so does what it gives.
        """
        tokens = await desk.tokens()
        access, refresh = tokens["access_token"], tokens["refresh_token"]
        assert (await desk.look(USERINFO, access)).status_code == 200

        await desk.revoke(access)

        assert (await desk.look(USERINFO, access)).status_code == 401
        assert await still_good(desk, access, refresh) == [False, True]
        renewed = (await desk.server.refresh(desk.app, refresh)).json()["access_token"]
        assert (await desk.look(USERINFO, renewed)).status_code == 200

    @pytest.mark.fidelity("revocation.refresh-token")
    async def test_of_a_refresh_token_ends_its_family(self, desk: Asking) -> None:
        """
        Every token of the authorization, the access tokens of earlier turns included.
        """
        first = await desk.tokens()
        second = (await desk.server.refresh(desk.app, first["refresh_token"])).json()
        mine = [first["access_token"], second["access_token"], second["refresh_token"]]
        own = await desk.own_token()

        await desk.revoke(second["refresh_token"], token_type_hint="access_token")

        assert await still_good(desk, *mine, own) == [False, False, False, True]
        refresh = await desk.server.refresh(desk.app, second["refresh_token"])
        assert refresh.json() == {
            "error": "invalid_grant",
            "error_description": "Invalid grant",
        }

    async def test_of_a_token_that_was_rotated_away_ends_its_family_too(
        self, desk: Asking
    ) -> None:
        """
        An app that lost an answer can still give back all that there is.
        """
        old = (await desk.tokens())["refresh_token"]
        new = (await desk.server.refresh(desk.app, old)).json()["refresh_token"]

        await desk.revoke(old)

        assert await still_good(desk, new) == [False]

    @pytest.mark.fidelity("revocation.unknown")
    @pytest.mark.parametrize("token", ["x", "x.y.z", "0" * 64, "a" * 9000])
    async def test_of_what_was_never_a_token_is_done(self, desk: Asking, token: str) -> None:
        """
        It is gone, which is what was asked for; nothing is told.
        """
        before = await desk.server.told()

        await desk.revoke(token)

        assert await desk.server.told() == before

    async def test_twice_is_done_once(self, desk: Asking) -> None:
        """
        The second time there is nothing left to do.
        """
        tokens = await desk.tokens()
        for name in ("access_token", "refresh_token"):
            await desk.revoke(tokens[name])
        before = await desk.server.told()

        for name in ("access_token", "refresh_token"):
            await desk.revoke(tokens[name])

        assert await desk.server.told() == before

    async def test_of_another_apps_token_changes_nothing(self, desk: Asking) -> None:
        """
        It is answered as what was never a token, which tells nothing of it.
        """
        other = await desk.an_app(a_web_app("Other"))
        tokens = await desk.tokens()
        both = [tokens["access_token"], tokens["refresh_token"]]

        for token in both:
            await desk.revoke(token, other)

        assert await still_good(desk, *both) == [True, True]

    @pytest.mark.fidelity("revocation.public-app")
    async def test_may_be_asked_for_by_a_public_app(self, desk: Asking) -> None:
        """
        Of its own tokens; it says who it is, as it cannot prove it.
        """
        verifier = "a-verifier-of-forty-three-characters-or-more"
        public = await desk.an_app(a_public_app())
        code = await desk.server.authorize_as(desk.person, public.app, verifier=verifier)
        answer = await desk.server.redeem(
            public, code, code_verifier=verifier, client_secret=""
        )
        access = answer.json()["access_token"]

        await desk.revoke(access, Registered(public.app, ""))

        assert (await desk.look(USERINFO, access)).status_code == 401


class TestRefused:
    async def test_is_who_does_not_prove_who_it_is(self, desk: Asking) -> None:
        """
        In the words of the app's own profile; the token stays good.
        """
        token = await desk.own_token()
        terms = replace(a_web_app("Strict"), error_profile=ErrorProfile.RFC)
        strict = await desk.an_app(terms)

        documented = await desk.post(REVOKE, token, client_secret="wrong")
        rfc = await desk.post(REVOKE, token, strict, client_secret="wrong")
        missing = await desk.post(REVOKE, "")

        assert refused(documented) == (400, "invalid_grant", "Invalid grant")
        assert refused(rfc)[:2] == (401, "invalid_client")
        assert refused(missing) == (
            400,
            "invalid_request",
            "The parameter token is missing.",
        )
        assert await desk.introspect(token) != INACTIVE
