"""`POST /oauth/v2/tokens` with a code: what it gives."""

import hashlib
from datetime import timedelta

import pytest
from joserfc import jws
from joserfc.util import urlsafe_b64encode

from hirewire.accounts.model import GrantType
from hirewire.kit.clock import MovableClock
from tests.oauth.world import (
    CALLBACK,
    ISSUER,
    OFFLINE,
    VERIFIER,
    AuthorizationServer,
    a_web_app,
    read,
)


class TestAnswer:
    @pytest.mark.fidelity("oauth.code.answer")
    async def test_adds_what_a_person_adds(self, server: AuthorizationServer) -> None:
        """
        The sample's four members come first, then the refresh token and the ID token.
        """
        app = await server.an_app()
        person = await server.a_person(server.world.master.id)
        code = await server.authorize_as(person, app.app)

        response = await server.redeem(app, code)

        answer = response.json()
        assert response.status_code == 200
        assert response.headers["cache-control"] == "no-store"
        assert list(answer) == [
            "access_token",
            "scope",
            "token_type",
            "expires_in",
            "refresh_token",
            "id_token",
        ]
        assert (answer["scope"], answer["token_type"], answer["expires_in"]) == (
            "employer_access interviews.schedule offline_access",
            "Bearer",
            3600,
        )

    @pytest.mark.fidelity("oauth.refresh.offline-access-only")
    async def test_has_no_refresh_token_without_offline_access(
        self, server: AuthorizationServer
    ) -> None:
        """
        A refresh token is for apps that act while the person is away, and were let to.
        """
        app = await server.an_app()
        person = await server.a_person()
        code = await server.authorize_as(person, app.app, OFFLINE - {"offline_access"})

        response = await server.redeem(app, code)

        assert list(response.json()) == [
            *("access_token", "scope", "token_type", "expires_in"),
            "id_token",
        ]

    @pytest.mark.fidelity("oauth.refresh.needs-the-grant-type")
    async def test_has_no_refresh_token_for_an_app_that_may_not_use_it(
        self, server: AuthorizationServer
    ) -> None:
        """
        What the app is not allowed to redeem is not handed to it.
        """
        only_codes = frozenset({GrantType.AUTHORIZATION_CODE})
        app = await server.an_app(a_web_app(grant_types=only_codes))
        code = await server.authorize_as(await server.a_person(), app.app)

        response = await server.redeem(app, code)

        assert "refresh_token" not in response.json()

    @pytest.mark.fidelity("oauth.code.person-grants-none")
    async def test_is_there_though_the_person_granted_nothing(
        self, server: AuthorizationServer
    ) -> None:
        """
        Of no scope at all, the app still learns who signed in.
        """
        app = await server.an_app()
        person = await server.a_person()
        code = await server.authorize_as(person, app.app, frozenset())

        response = await server.redeem(app, code)

        answer = response.json()
        assert (response.status_code, answer["scope"]) == (200, "")
        assert read(answer["id_token"])["sub"] == person.id.hex


class TestAccessToken:
    @pytest.mark.fidelity("oauth.code.claims")
    async def test_names_person_app_and_employer(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        It is the person's, the app acts, and family and grant are there to be revoked by.
        """
        app = await server.an_app()
        person = await server.a_person(server.world.master.id)
        signed_in = clock.now() - timedelta(minutes=5)
        code = await server.authorize_as(
            person,
            app.app,
            employer_id=server.world.master.id,
            authenticated_at=signed_in,
        )

        response = await server.redeem(app, code)

        issued = int(clock.now().timestamp())
        claims = read(response.json()["access_token"])
        async with server.database.read() as reader:
            [grant] = await server.grants.grants_of_person(reader, person.id)
        assert len(claims.pop("jti")) == len(claims.pop("fam")) == 32
        assert claims == {
            "iss": ISSUER,
            "sub": f"user:{person.id.hex}",
            "azp": app.app.id,
            "scope": "employer_access interviews.schedule offline_access",
            "iat": issued,
            "exp": issued + 3600,
            "emp": server.world.master.id.hex,
            "act": {"sub": f"app:{app.app.id}", "app_account": server.world.master.id.hex},
            "gid": grant.id.hex,
            "auth_time": issued - 300,
        }

    async def test_opens_the_apis(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        A verifier reads it as the person's, with the app, the employer and the scopes.
        """
        app = await server.an_app()
        person = await server.a_person(server.world.master.id)
        code = await server.authorize_as(person, app.app, employer_id=server.world.master.id)

        response = await server.redeem(app, code)

        caller = server.verifier(clock).verify(response.json()["access_token"])
        assert (caller.app_id, caller.person_id, caller.employer_id, caller.scopes) == (
            app.app.id,
            person.id,
            server.world.master.id,
            OFFLINE,
        )

    @pytest.mark.fidelity("oauth.scope.app-lost-it")
    async def test_lacks_what_the_app_lost(self, server: AuthorizationServer) -> None:
        """
        What was taken from the app since the person granted it is in no token.
        """
        app = await server.an_app()
        code = await server.authorize_as(await server.a_person(), app.app)
        async with server.database.unit() as uow:
            left = a_web_app(scopes=frozenset({"employer_access"}))
            await server.world.accounts.apps.change(uow, app.app.id, left)

        response = await server.redeem(app, code)

        assert response.json()["scope"] == "employer_access offline_access"


class TestIdToken:
    @pytest.mark.fidelity("oauth.id-token.always", "oauth.id-token.rs256")
    async def test_says_who_signed_in(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        It is there without `openid`, signed with RS256, and fits the access token beside it.
        """
        app = await server.an_app()
        person = await server.a_person()
        code = await server.authorize_as(person, app.app, nonce="n-1")

        response = await server.redeem(app, code)

        answer, issued = response.json(), int(clock.now().timestamp())
        signed = jws.extract_compact(answer["id_token"].encode())
        half = hashlib.sha256(answer["access_token"].encode()).digest()[:16]
        key = server.ring.find(signed.headers()["kid"])
        assert key is not None
        jws.deserialize_compact(answer["id_token"], key.key, algorithms=["RS256"])
        assert {**signed.headers(), "kid": ""} == {"alg": "RS256", "typ": "JWT", "kid": ""}
        assert read(answer["id_token"]) == {
            "iss": ISSUER,
            "sub": person.id.hex,
            "aud": app.app.id,
            "exp": issued + 3600,
            "iat": issued,
            "auth_time": issued,
            "nonce": "n-1",
            "at_hash": urlsafe_b64encode(half).decode(),
        }

    @pytest.mark.fidelity("oauth.id-token.email")
    @pytest.mark.parametrize("is_verified", [True, False])
    async def test_has_the_address_for_the_scope(
        self, server: AuthorizationServer, *, is_verified: bool
    ) -> None:
        """
        It says whether the address is known to be the person's.
        """
        app = await server.an_app()
        person = await server.a_person(email_verified=is_verified)
        code = await server.authorize_as(person, app.app, frozenset({"openid", "email"}))

        response = await server.redeem(app, code)

        claims = read(response.json()["id_token"])
        assert claims["email"] == "ada@agency.example"
        assert claims["email_verified"] is is_verified

    @pytest.mark.fidelity("oauth.id-token.employer")
    async def test_has_the_employer(self, server: AuthorizationServer) -> None:
        """
        It is the employer that was picked, or the one that the app asked for.
        """
        world, app = server.world, await server.an_app()
        person = await server.a_person(world.master.id, world.stranger.id)
        picked, asked = [
            await server.authorize_as(person, app.app, employer_id=world.master.id)
            for _ in range(2)
        ]

        answers = [
            (await server.redeem(app, picked)).json(),
            (await server.redeem(app, asked, employer=world.stranger.id.hex)).json(),
        ]

        assert [read(answer["id_token"])["employer"] for answer in answers] == [
            world.master.id.hex,
            world.stranger.id.hex,
        ]

    @pytest.mark.fidelity("oauth.id-token.code-only")
    async def test_comes_with_a_code_only(self, server: AuthorizationServer) -> None:
        """
        A refresh tells nothing new of who signed in.
        """
        app = await server.an_app()
        tokens = await server.sign_in(app)

        response = await server.refresh(app, tokens["refresh_token"])

        assert "id_token" not in response.json()


class TestEmployer:
    @pytest.mark.fidelity("oauth.employer.of-a-person")
    async def test_is_any_of_the_person_with_employer_access(
        self, server: AuthorizationServer
    ) -> None:
        """
        The parameter names one of the person's employers, picked or not.
        """
        world, app = server.world, await server.an_app()
        person = await server.a_person(world.master.id, world.stranger.id)
        code = await server.authorize_as(person, app.app, employer_id=world.master.id)

        response = await server.redeem(app, code, employer=str(world.stranger.id))

        assert read(response.json()["access_token"])["emp"] == world.stranger.id.hex

    @pytest.mark.fidelity("oauth.employer.picked-only")
    async def test_is_the_picked_one_alone_without_the_scope(
        self, server: AuthorizationServer
    ) -> None:
        """
        Who was not let see the person's employers gets the one that they picked.
        """
        world, app = server.world, await server.an_app()
        person = await server.a_person(world.master.id, world.stranger.id)
        scopes = frozenset({"interviews.schedule"})
        code = await server.authorize_as(person, app.app, scopes, employer_id=world.master.id)

        refused = await server.redeem(app, code, employer=world.stranger.id.hex)
        response = await server.redeem(app, code, employer=world.master.id.hex)

        assert refused.json()["error"] == "invalid_request"
        assert read(response.json()["access_token"])["emp"] == world.master.id.hex

    @pytest.mark.fidelity("oauth.scope.app-lost-it")
    async def test_is_the_picked_one_alone_once_the_app_lost_the_scope(
        self, server: AuthorizationServer
    ) -> None:
        """
        What the person granted is not more than what the app may still ask for.
        """
        world, app = server.world, await server.an_app()
        person = await server.a_person(world.master.id, world.stranger.id)
        code = await server.authorize_as(person, app.app, employer_id=world.master.id)
        async with server.database.unit() as uow:
            left = a_web_app(scopes=frozenset({"interviews.schedule"}))
            await world.accounts.apps.change(uow, app.app.id, left)

        refused = await server.redeem(app, code, employer=world.stranger.id.hex)
        response = await server.redeem(app, code)

        assert refused.json()["error"] == "invalid_request"
        assert read(response.json()["access_token"])["emp"] == world.master.id.hex

    async def test_is_none_where_none_was_picked(self, server: AuthorizationServer) -> None:
        """
        A person without employers signs in all the same.
        """
        app = await server.an_app()

        tokens = await server.sign_in(app)

        assert "emp" not in read(tokens["access_token"])

    @pytest.mark.fidelity("oauth.invalid-request.employer-not-permitted-for-person")
    async def test_is_refused_where_the_person_has_no_place(
        self, server: AuthorizationServer
    ) -> None:
        """
        The app's own account is not the person's; the code stays good for another try.
        """
        world, app = server.world, await server.an_app()
        person = await server.a_person(world.stranger.id)
        code = await server.authorize_as(person, app.app)

        refused = await server.redeem(app, code, employer=world.master.id.hex)
        issued = await server.issued()
        response = await server.redeem(app, code, employer=world.stranger.id.hex)

        assert refused.status_code == 400
        assert refused.json() == {
            "error_description": "The employer parameter names no employer that this app may "
            "represent for this person.",
            "error": "invalid_request",
        }
        assert issued == 0
        assert response.status_code == 200

    @pytest.mark.fidelity("oauth.invalid-request.employer-legacy-id")
    async def test_is_no_legacy_id(self, server: AuthorizationServer) -> None:
        """
        The advertiser id of older APIs is another one, for a person's token, too.
        """
        world, app = server.world, await server.an_app()
        person = await server.a_person(world.master.id)
        code = await server.authorize_as(person, app.app)

        response = await server.redeem(app, code, employer=world.master.legacy_id)

        assert response.status_code == 400
        assert response.json()["error"] == "invalid_request"
        assert "not a legacy advertiser ID" in response.json()["error_description"]
        assert await server.issued() == 0


class TestVerifier:
    @pytest.mark.fidelity("oauth.code.pkce")
    async def test_opens_its_challenge(self, server: AuthorizationServer) -> None:
        """
        A public app needs no more than the verifier of its code.
        """
        app = await server.an_app(a_web_app(is_public=True))
        code = await server.authorize_as(await server.a_person(), app.app, verifier=VERIFIER)

        response = await server.redeem(app, code, code_verifier=VERIFIER)

        assert response.status_code == 200
        assert response.json()["token_type"] == "Bearer"

    async def test_of_another_redirect_uri_is_not_asked(
        self, server: AuthorizationServer
    ) -> None:
        """
        The code's own redirect URI goes with it, however many the app registered.
        """
        second = "https://agency.example/second"
        app = await server.an_app(a_web_app(redirect_uris=(CALLBACK, second)))
        code = await server.authorize_as(await server.a_person(), app.app, redirect_uri=second)

        response = await server.redeem(app, code, redirect_uri=second)

        assert response.status_code == 200
