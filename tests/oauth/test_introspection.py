"""`POST /oauth/v2/introspect` in every state that a token can be in (RFC 7662)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hirewire.accounts.model import ErrorProfile
from hirewire.kit.clock import MovableClock
from hirewire.oauth.failures import Failures
from tests.oauth.asking import INACTIVE, INTROSPECT, Asking, a_public_app, asking, refused
from tests.oauth.world import (
    CALLBACK,
    ISSUER,
    VERIFIER,
    AuthorizationServer,
    Registered,
    a_web_app,
    basic,
)
from tests.web.proofs import Prover


class TestAccessToken:
    @pytest.mark.fidelity("introspection.access-token")
    async def test_of_an_app_is_told_as_it_is(self, desk: Asking, clock: MovableClock) -> None:
        """
        Each claim of a two-legged token, under the names of RFC 7662.
        """
        employer = desk.server.world.master.id.hex
        token = await desk.own_token(employer=employer, scope="employer_access")

        told = await desk.introspect(token)

        now = int(clock.now().timestamp())
        assert len(told.pop("jti")) == 32
        assert told == {
            "active": True,
            "scope": "employer_access",
            "client_id": desk.app.app.id,
            "token_type": "Bearer",
            "exp": now + 3600,
            "iat": now,
            "sub": f"app:{desk.app.app.id}",
            "iss": ISSUER,
            "employer": employer,
        }

    async def test_of_a_person_names_person_and_app(
        self, desk: Asking, clock: MovableClock
    ) -> None:
        """
        A three-legged token is a user's, and an app acts for them; no address is told.
        """
        token = (await desk.tokens())["access_token"]

        told = await desk.introspect(token)

        assert told["sub"] == f"user:{desk.person.id.hex}"
        assert told["act"] == {
            "sub": f"app:{desk.app.app.id}",
            "app_account": desk.server.world.master.id.hex,
        }
        assert told["auth_time"] == int(clock.now().timestamp())
        assert "username" not in told

    async def test_that_is_bound_names_the_key(self, desk: Asking, clock: MovableClock) -> None:
        """
        RFC 9449, section 6.2: `cnf`, and the type is DPoP.
        """
        prover = Prover(clock)

        told = await desk.introspect(await desk.bound_token(prover))

        assert (told["token_type"], told["cnf"]) == ("DPoP", {"jkt": prover.thumbprint})

    @pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense"])
    async def test_is_found_whatever_the_hint(self, desk: Asking, hint: str) -> None:
        """
        A hint is a hint (RFC 7662, section 2.1).
        """
        told = await desk.introspect(await desk.own_token(), token_type_hint=hint)

        assert told["active"] is True


class TestRefreshToken:
    @pytest.mark.fidelity("introspection.refresh-token")
    async def test_is_told_as_it_is(self, desk: Asking, clock: MovableClock) -> None:
        """
        It has no type, and lives for sixty days.
        """
        refresh_token = (await desk.tokens())["refresh_token"]

        told = await desk.introspect(refresh_token)

        now = int(clock.now().timestamp())
        assert told == {
            "active": True,
            "scope": "email employer_access interviews.schedule offline_access openid",
            "client_id": desk.app.app.id,
            "exp": now + 60 * 24 * 3600,
            "auth_time": now,
            "sub": f"user:{desk.person.id.hex}",
            "iss": ISSUER,
        }

    async def test_is_over_when_it_was_rotated_away(self, desk: Asking) -> None:
        """
        Of two generations the younger one is good.
        """
        old = (await desk.tokens())["refresh_token"]
        new = (await desk.server.refresh(desk.app, old)).json()["refresh_token"]

        assert await desk.introspect(old) == INACTIVE
        assert (await desk.introspect(new))["active"] is True

    async def test_is_over_after_sixty_days(self, desk: Asking, clock: MovableClock) -> None:
        """
        It expires on the second.
        """
        token = (await desk.tokens())["refresh_token"]
        await clock.advance(timedelta(days=60) - timedelta(seconds=1))
        before = await desk.introspect(token)

        await clock.advance(timedelta(seconds=1))

        assert before["active"] is True
        assert await desk.introspect(token) == INACTIVE

    async def test_of_a_public_app_is_not_told_to_it(
        self, desk: Asking, clock: MovableClock
    ) -> None:
        """
        Who cannot prove who they are are told nothing, not even of their own.
        """
        public = await desk.an_app(a_public_app())
        prover = Prover(clock)
        code = await desk.server.authorize_as(desk.person, public.app, verifier=VERIFIER)
        answer = await desk.server.http.post(
            "/oauth/v2/tokens",
            data={
                "grant_type": "authorization_code",
                "client_id": public.app.id,
                "code": code,
                "redirect_uri": CALLBACK,
                "code_verifier": VERIFIER,
            },
            headers={"DPoP": prover.prove("POST", f"{ISSUER}/oauth/v2/tokens")},
        )

        refusal = await desk.post(INTROSPECT, answer.json()["refresh_token"], public)

        assert refused(refusal) == (400, "invalid_grant", "Invalid grant")


class TestInactive:
    @pytest.mark.fidelity("introspection.inactive")
    @pytest.mark.parametrize("token", ["x", "x.y.z", "0" * 64, "a" * 9000, "é", "."])
    async def test_is_what_was_never_a_token(self, desk: Asking, token: str) -> None:
        """
        Nothing else is said of it.
        """
        assert await desk.introspect(token) == INACTIVE

    async def test_is_an_expired_token(self, desk: Asking, clock: MovableClock) -> None:
        """
        After its hour an access token is not one any more.
        """
        token = await desk.own_token()
        assert (await desk.introspect(token))["active"] is True

        await clock.advance(timedelta(hours=1))

        assert await desk.introspect(token) == INACTIVE

    async def test_is_a_changed_token(self, desk: Asking) -> None:
        """
        A signature that does not fit is no signature.
        """
        token = await desk.own_token()

        assert await desk.introspect(token[:-5] + "AAAAA") == INACTIVE

    async def test_are_all_tokens_of_a_grant_taken_back(self, desk: Asking) -> None:
        """
        Access and refresh token die together, remembered or not.
        """
        tokens = await desk.tokens()
        both = [tokens["access_token"], tokens["refresh_token"]]
        before = [(await desk.introspect(token))["active"] for token in both]
        grants = desk.server.grants
        async with desk.server.database.unit() as uow:
            grant = await grants.remembered(uow, desk.person.id, desk.app.app.id)
            assert grant is not None
            await grants.revoke_grant(uow, desk.person.id, grant.id)

        after = [await desk.introspect(token) for token in both]

        assert (before, after) == ([True, True], [INACTIVE, INACTIVE])

    @pytest.mark.fidelity("introspection.own-tokens")
    async def test_is_what_is_another_apps(self, desk: Asking) -> None:
        """
        An app learns nothing of others' tokens, not even that they are some.
        """
        other = await desk.an_app(a_web_app("Other"))
        tokens = await desk.tokens()

        told = [
            await desk.introspect(tokens[name], other)
            for name in ("access_token", "refresh_token")
        ]

        assert told == [INACTIVE, INACTIVE]

    async def test_is_an_id_token(self, desk: Asking) -> None:
        """
        It is signed by us, and nothing that is ever sent to us.
        """
        assert await desk.introspect((await desk.tokens())["id_token"]) == INACTIVE


class TestRefused:
    @pytest.mark.fidelity("introspection.app-proves-itself")
    async def test_is_who_does_not_prove_who_it_is(self, desk: Asking) -> None:
        """
        In the words of the app's own profile.
        """
        token = await desk.own_token()
        terms = replace(a_web_app("Strict"), error_profile=ErrorProfile.RFC)
        strict = await desk.an_app(terms)

        documented = await desk.post(INTROSPECT, token, client_secret="wrong")
        rfc = await desk.post(INTROSPECT, token, strict, client_secret="wrong")
        silent = await desk.post(INTROSPECT, token, strict, client_secret="")

        words = "The app did not authenticate, or not as itself."
        assert refused(documented) == (400, "invalid_grant", "Invalid grant")
        assert refused(rfc) == (401, "invalid_client", words)
        assert refused(silent) == (401, "invalid_client", words)
        assert rfc.headers["www-authenticate"] == 'Basic realm="hirewire"'

    async def test_is_a_secret_that_was_removed(self, desk: Asking) -> None:
        """
        At once: nobody remembers who was let in with it.
        """
        token = await desk.own_token()
        await desk.introspect(token)
        accounts, app_id = desk.server.world.accounts, desk.app.app.id
        async with desk.server.database.unit() as uow:
            await accounts.apps.add_secret(uow, app_id)
            first = (await accounts.apps.secrets(uow, app_id))[0]
            await accounts.apps.remove_secret(uow, app_id, first.id)

        assert refused(await desk.post(INTROSPECT, token))[1] == "invalid_grant"

    async def test_is_a_question_of_another_form(self, desk: Asking) -> None:
        """
        POST, a form, a token, and nothing in the URL.
        """
        header = {"Authorization": basic(desk.app.app.id, desk.app.secret)}

        got = await desk.http.get(INTROSPECT, headers=header)
        json = await desk.http.post(INTROSPECT, headers=header, json={"token": "x"})
        none = await desk.http.post(INTROSPECT, data=desk.app.credentials)
        query = await desk.post(INTROSPECT + "?token=x", "x")

        assert refused(got) == (
            405,
            "invalid_request",
            "The introspection endpoint answers POST only.",
        )
        assert got.headers["allow"] == "POST"
        assert [answer.status_code for answer in (json, none, query)] == [400, 400, 400]
        assert refused(none)[2] == "The parameter token is missing."

    async def test_takes_a_secret_in_the_header(self, desk: Asking) -> None:
        """
        HTTP Basic is as good as the body.
        """
        answer = await desk.http.post(
            INTROSPECT,
            data={"token": await desk.own_token()},
            headers={"Authorization": basic(desk.app.app.id, desk.app.secret)},
        )

        assert answer.json()["active"] is True


class TestLimited:
    @pytest.mark.fidelity("oauth.failures.limited")
    async def test_is_who_fails_too_often(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        After three a minute comes 429, but never to who proves itself; time heals.
        """
        failures = Failures(clock, per_minute=3)
        async with asking(server, failures.limited) as desk:
            token = await desk.own_token()

            answers = [
                await desk.post(INTROSPECT, token, client_secret="wrong") for _ in range(4)
            ]
            proven = await desk.introspect(token)
            await clock.advance(timedelta(seconds=20))
            healed = await desk.post(INTROSPECT, token, client_secret="wrong")

        assert [answer.status_code for answer in answers] == [400, 400, 400, 429]
        assert answers[3].headers["retry-after"] == "20"
        assert refused(answers[3])[1:] == (
            "temporarily_unavailable",
            "Too many requests: try again in 20 s.",
        )
        assert (proven["active"], healed.status_code) == (True, 400)

    async def test_is_an_address_that_tries_many_names(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        Each name has failed once, the address three times.
        """
        failures = Failures(clock, per_minute=3)
        async with asking(server, failures.limited) as desk:
            names = [replace(desk.app.app, id=f"{n:064x}") for n in range(4)]

            answers = [
                await desk.post(INTROSPECT, "x", Registered(name, "wrong")) for name in names
            ]

        assert [answer.status_code for answer in answers] == [400, 400, 400, 429]

    async def test_is_not_who_asks_badly(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        Only a failure to prove oneself is counted.
        """
        failures = Failures(clock, per_minute=1)
        async with asking(server, failures.limited) as desk:
            answers = [await desk.post(INTROSPECT, "") for _ in range(3)]

        assert [answer.status_code for answer in answers] == [400, 400, 400]
