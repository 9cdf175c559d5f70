"""How apps prove themselves at the token endpoint, and how each kind is refused."""

import json
from typing import Any, Final

import httpx
import pytest
from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry
from structlog.testing import capture_logs

from hirewire.accounts.model import ErrorProfile, GrantType
from hirewire.kit.clock import MovableClock
from hirewire.oauth.assertions import ASSERTION_TYPE
from tests.oauth.world import (
    INVALID_GRANT,
    ISSUER,
    TOKENS,
    VERIFIER,
    AuthorizationServer,
    Registered,
    a_web_app,
    basic,
)
from tests.web.proofs import segment

KEY: Final = ECKey.generate_key("P-256")
JWKS: Final = json.dumps({"keys": [{**KEY.as_dict(private=False), "kid": "k1"}]})
RFC: Final = ErrorProfile.RFC


def assertion(app: Registered, clock: MovableClock, key: ECKey = KEY, **changes: Any) -> str:
    """Sign an assertion as the app does."""
    now_s = int(clock.now().timestamp())
    claims = {
        "iss": app.app.id,
        "sub": app.app.id,
        "aud": ISSUER,
        "exp": now_s + 60,
        "iat": now_s,
        "jti": "one",
    }
    signed = f"{segment({'alg': 'ES256', 'kid': 'k1'})}.{segment(claims | changes)}"
    return f"{signed}.{segment(JWSRegistry.algorithms['ES256'].sign(signed.encode(), key))}"


async def ask(
    server: AuthorizationServer, headers: dict[str, str] | None = None, /, **form: str
) -> httpx.Response:
    """Ask for a token of the app's own."""
    return await server.send({"grant_type": "client_credentials"} | form, headers)


class TestAssertion:
    @pytest.mark.fidelity("oauth.app.assertion")
    @pytest.mark.parametrize("names_itself", [True, False])
    async def test_is_enough(
        self, server: AuthorizationServer, clock: MovableClock, *, names_itself: bool
    ) -> None:
        """
        Signed with a registered key it proves the app, whose id may stand beside it.
        """
        app = await server.an_app(a_web_app(jwks=JWKS))

        response = await ask(
            server,
            client_id=app.app.id if names_itself else "",
            client_assertion_type=ASSERTION_TYPE,
            client_assertion=assertion(app, clock),
        )

        assert response.status_code == 200

    @pytest.mark.fidelity("oauth.app.assertion-once")
    async def test_is_used_up_whatever_comes_of_it(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        One that came with a bad scope is no good for a second try.
        """
        app = await server.an_app(a_web_app(jwks=JWKS))
        shown = {
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion(app, clock),
        }

        first = await ask(server, scope="nonsense", **shown)
        with capture_logs() as logs:
            second = await ask(server, **shown)

        assert first.json()["error"] == "invalid_scope"
        assert (second.status_code, second.json()) == (400, INVALID_GRANT)
        assert [entry["fault"] for entry in logs] == ["assertion_used_before"]
        assert await server.issued() == 0

    @pytest.mark.parametrize("profile", list(ErrorProfile))
    async def test_of_another_key_is_refused(
        self, server: AuthorizationServer, clock: MovableClock, profile: ErrorProfile
    ) -> None:
        """
        It is worded as the app's profile has it, and nothing is used up.
        """
        app = await server.an_app(a_web_app(jwks=JWKS, error_profile=profile))
        other = ECKey.generate_key("P-256")

        response = await ask(
            server,
            client_assertion_type=ASSERTION_TYPE,
            client_assertion=assertion(app, clock, other),
        )

        expected = {RFC: (401, "invalid_client")}.get(profile, (400, "invalid_grant"))
        assert (response.status_code, response.json()["error"]) == expected
        assert await server.issued() == 0

    @pytest.mark.fidelity("oauth.app.assertion-malformed")
    @pytest.mark.parametrize("profile", list(ErrorProfile))
    async def test_that_is_malformed_is_refused_as_its_app_is(
        self, server: AuthorizationServer, clock: MovableClock, profile: ErrorProfile
    ) -> None:
        """
        Without a `client_id` its subject says whose words to use, whatever else it lacks.
        """
        app = await server.an_app(a_web_app(jwks=JWKS, error_profile=profile))

        response = await ask(
            server,
            client_assertion_type=ASSERTION_TYPE,
            client_assertion=assertion(app, clock, exp="soon", jti=None),
        )

        expected = {RFC: (401, "invalid_client")}.get(profile, (400, "invalid_grant"))
        assert (response.status_code, response.json()["error"]) == expected
        assert await server.issued() == 0

    @pytest.mark.parametrize("subject", ["", "a\0b", None, 1, "nobody"])
    async def test_of_no_subject_is_refused(
        self, server: AuthorizationServer, clock: MovableClock, subject: object
    ) -> None:
        """
        An assertion that names no app reads as a wrong id does.
        """
        app = await server.an_app(a_web_app(jwks=JWKS))

        response = await ask(
            server,
            client_assertion_type=ASSERTION_TYPE,
            client_assertion=assertion(app, clock, sub=subject),
        )

        assert (response.status_code, response.json()) == (400, INVALID_GRANT)
        assert await server.issued() == 0

    async def test_of_nobody_is_refused(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        An app that does not exist reads as a wrong id does.
        """
        app = await server.an_app(a_web_app(jwks=JWKS))

        response = await ask(
            server,
            client_id="nobody",
            client_assertion_type=ASSERTION_TYPE,
            client_assertion=assertion(app, clock),
        )

        assert (response.status_code, response.json()) == (400, INVALID_GRANT)

    @pytest.mark.fidelity("oauth.app.one-authentication")
    @pytest.mark.parametrize("place", ["header", "body"])
    async def test_beside_a_secret_is_refused(
        self, server: AuthorizationServer, clock: MovableClock, place: str
    ) -> None:
        """
        Exactly one proof, wherever the other one stands.
        """
        app = await server.an_app(a_web_app(jwks=JWKS))
        in_header = {"Authorization": basic(app.app.id, app.secret)}

        response = await ask(
            server,
            in_header if place == "header" else None,
            client_assertion_type=ASSERTION_TYPE,
            client_assertion=assertion(app, clock),
            client_secret=app.secret if place == "body" else "",
        )

        assert response.status_code == 400
        assert response.json() == {
            "error_description": "The app authenticates twice: use an assertion or a secret.",
            "error": "invalid_request",
        }
        assert await server.issued() == 0


class TestPublicApp:
    @pytest.mark.fidelity("oauth.app.public")
    async def test_has_no_token_of_its_own(self, server: AuthorizationServer) -> None:
        """
        Who cannot prove who it is gets nothing without a person.
        """
        app = await server.an_app(a_web_app(is_public=True))

        response = await ask(server, client_id=app.app.id)

        assert (response.status_code, response.json()) == (400, INVALID_GRANT)
        assert await server.issued() == 0

    async def test_has_no_secret_to_show(self, server: AuthorizationServer) -> None:
        """
        A secret that it cannot have is a wrong one.
        """
        app = await server.an_app(a_web_app(is_public=True))
        code = await server.authorize_as(await server.a_person(), app.app)

        response = await server.redeem(app, code, client_secret="x")

        assert (response.status_code, response.json()) == (400, INVALID_GRANT)


class TestEmptySecret:
    @pytest.mark.fidelity("oauth.app.empty-secret")
    async def test_is_that_of_a_public_app(self, server: AuthorizationServer) -> None:
        """
        HTTP Basic with an id and nothing behind the colon names a public app.
        """
        app = await server.an_app(a_web_app(is_public=True))
        person = await server.a_person()
        code = await server.authorize_as(person, app.app, verifier=VERIFIER)

        response = await server.redeem(
            app,
            code,
            headers={"Authorization": basic(app.app.id, "")},
            client_id="",
            code_verifier=VERIFIER,
        )

        assert response.status_code == 200

    @pytest.mark.fidelity("oauth.app.empty-secret")
    @pytest.mark.parametrize("profile", list(ErrorProfile))
    async def test_is_a_wrong_one_of_any_other(
        self, server: AuthorizationServer, profile: ErrorProfile
    ) -> None:
        """
        An app that has secrets is refused as with a wrong one, in its profile's words.
        """
        app = await server.an_app(a_web_app(error_profile=profile))

        response = await ask(server, {"Authorization": basic(app.app.id, "")})

        expected = {RFC: (401, "invalid_client")}.get(profile, (400, "invalid_grant"))
        assert (response.status_code, response.json()["error"]) == expected
        assert await server.issued() == 0


class TestRfcProfile:
    @pytest.mark.fidelity("oauth.errors.rfc-invalid-client")
    @pytest.mark.parametrize("place", ["header", "body", "none"])
    async def test_says_that_the_app_is_not_proven(
        self, server: AuthorizationServer, place: str
    ) -> None:
        """
        The status is 401, and names HTTP Basic as a way to authenticate.
        """
        app = await server.an_app(a_web_app(error_profile=RFC))
        shown: dict[str, tuple[dict[str, str], dict[str, str]]] = {
            "header": ({"Authorization": basic(app.app.id, "wrong")}, {}),
            "body": ({}, {"client_id": app.app.id, "client_secret": "wrong"}),
            "none": ({}, {"client_id": app.app.id}),
        }
        headers, form = shown[place]

        response = await ask(server, headers, **form)

        assert response.status_code == 401
        assert response.headers["www-authenticate"] == 'Basic realm="hirewire"'
        assert response.headers["cache-control"] == "no-store"
        assert response.json() == {
            "error_description": "The app did not authenticate, or not as itself.",
            "error": "invalid_client",
        }
        assert await server.issued() == 0

    @pytest.mark.fidelity("oauth.errors.rfc-unauthorized-client")
    async def test_says_that_the_grant_is_not_allowed(
        self, server: AuthorizationServer
    ) -> None:
        """
        A grant type that is switched off is not the credential's fault.
        """
        only_codes = frozenset({GrantType.AUTHORIZATION_CODE})
        app = await server.an_app(a_web_app(error_profile=RFC, grant_types=only_codes))

        response = await ask(server, **app.credentials)

        assert response.status_code == 400
        assert response.json() == {
            "error_description": "The app is not allowed this grant type.",
            "error": "unauthorized_client",
        }
        assert await server.issued() == 0

    @pytest.mark.fidelity("oauth.errors.rfc-form-only")
    async def test_takes_no_json(self, server: AuthorizationServer) -> None:
        """
        JSON is a leniency of the documented profile.
        """
        strict = await server.an_app(a_web_app(error_profile=RFC))
        lenient = await server.an_app(a_web_app("Lenient"))

        responses = [
            await server.http.post(
                TOKENS, json={"grant_type": "client_credentials"} | app.credentials
            )
            for app in (strict, lenient)
        ]

        assert [r.status_code for r in responses] == [400, 200]
        assert responses[0].json() == {
            "error_description": "The body of a token request is a form.",
            "error": "invalid_request",
        }

    @pytest.mark.fidelity("oauth.errors.unknown-app-is-documented")
    async def test_is_not_that_of_an_app_nobody_knows(
        self, server: AuthorizationServer
    ) -> None:
        """
        An unknown id is refused in the documented words.
        """
        response = await ask(server, client_id="nobody", client_secret="x")

        assert (response.status_code, response.json()) == (400, INVALID_GRANT)
        assert "www-authenticate" not in response.headers

    async def test_words_a_bad_code_alike(self, server: AuthorizationServer) -> None:
        """
        What both profiles have words for, they word alike.
        """
        app = await server.an_app(a_web_app(error_profile=RFC))

        response = await server.redeem(app, "nonsense")

        assert (response.status_code, response.json()) == (400, INVALID_GRANT)
