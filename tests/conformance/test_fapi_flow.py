"""The FAPI 2.0 Security Profile plan: flow, codes and pushed requests."""

import httpx
import pytest

from tests.conformance.parties import (
    DISCOVERY,
    PAR,
    TOKENS,
    USERINFO,
    VERIFIER,
    Party,
    StrictParty,
    bearer,
    landed,
    query,
    shown,
)
from tests.conformance.world import BASE, CALLBACK, Provider


def error_of(answer: httpx.Response) -> tuple[int, str]:
    """Read status and error."""
    return answer.status_code, str(answer.json()["error"])


class TestHappyFlow:
    async def test_ends_with_a_bound_token(
        self, provider: Provider, strict: StrictParty
    ) -> None:
        """
        fapi2-security-profile-final-happy-flow: pushed, proven, bound, and accepted.
        """
        answer = await strict.tokens(provider.browser())

        claims = await strict.party.id_claims(answer)
        headers = strict.prover.headers("GET", USERINFO, answer["access_token"])
        assert answer["token_type"] == "DPoP"
        assert (claims["nonce"], claims["aud"]) == ("a-nonce", strict.id)
        assert (await strict.call(headers)).status_code == httpx.codes.OK

    async def test_discovery(self, provider: Provider) -> None:
        """
        fapi2-security-profile-final-discovery-end-point-verification: what it needs is said.
        """
        document = (await provider.http.get(DISCOVERY)).json()

        assert document["pushed_authorization_request_endpoint"] == f"{BASE}{PAR}"
        assert document["authorization_response_iss_parameter_supported"] is True
        assert document["code_challenge_methods_supported"] == ["S256"]
        assert "private_key_jwt" in document["token_endpoint_auth_methods_supported"]
        assert {"ES256", "PS256"} & set(document["dpop_signing_alg_values_supported"])

    async def test_the_person_refuses(self, provider: Provider, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-user-rejects-authentication: access_denied, with state.
        """
        browser = provider.browser()
        seen = await strict.ask(browser, await strict.pushed())

        landing = await strict.party.finish(browser, seen, provider.someone.who(refuses=True))

        assert landing.params["error"] == "access_denied"
        assert (landing.params["state"], landing.params["iss"]) == ("a-state", BASE)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("state", ""),
            ("nonce", ""),
            ("nonce", "n" * 64),
            ("scope", "email openid"),
            ("claims", '{"id_token": {"name": null}}'),
        ],
    )
    async def test_with(
        self, provider: Provider, strict: StrictParty, name: str, value: str
    ) -> None:
        """
        fapi2-security-profile-final-ensure-authorization-request-without-state-success,
        -without-nonce-success, -with-64-char-nonce-success,
        -ensure-other-scope-order-succeeds, -test-claims-parameter-identity-claims.
        """
        browser = provider.browser()
        seen = await strict.ask(browser, await strict.pushed(**{name: value}))

        landing = await strict.party.finish(browser, seen)

        answer = await strict.exchange(landing.code)
        assert ("state" in landing.params) == (name != "state")
        assert answer.status_code == httpx.codes.OK

    @pytest.mark.parametrize("name", ["state", "nonce"])
    async def test_with_long(self, provider: Provider, strict: StrictParty, name: str) -> None:
        """
        fapi2-security-profile-final-ensure-authorization-request-with-long-state and
        -with-long-nonce: a thousand characters come back whole.
        """
        browser, long = provider.browser(), "0123456789" * 100
        seen = await strict.ask(browser, await strict.pushed(**{name: long}))

        landing = await strict.party.finish(browser, seen)
        claims = await strict.party.id_claims((await strict.exchange(landing.code)).json())

        assert long in {landing.params["state"], claims["nonce"]}

    async def test_refreshes(self, provider: Provider, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-refresh-token: with the same key, and no other's client.
        """
        first = await strict.tokens(provider.browser(), scope="openid offline_access")
        form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
        other = StrictParty(Party(provider, provider.world.stricter), strict.prover)

        stolen = await provider.http.post(
            TOKENS,
            data=other.proven(form),
            headers={"DPoP": strict.prover.proof("POST", TOKENS)},
        )
        answer = await provider.http.post(
            TOKENS,
            data=strict.proven(form),
            headers={"DPoP": strict.prover.proof("POST", TOKENS)},
        )

        assert error_of(stolen) == (400, "invalid_grant")
        assert (answer.status_code, answer.json()["token_type"]) == (200, "DPoP")


class TestAuthorizationRequest:
    async def test_is_not_pushed(self, provider: Provider, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-ensure-unsigned-authorization-request-without-using-par-fails.
        """
        seen = await provider.browser().visit(query(strict.party.request()))

        assert landed(seen).params["error"] == "invalid_request"

    @pytest.mark.parametrize("response_type", ["code id_token", "token"])
    async def test_wants_another_response(
        self, strict: StrictParty, response_type: str
    ) -> None:
        """
        fapi2-security-profile-final-ensure-response-type-code-idtoken-fails and
        -ensure-response-type-token-fails: refused where it is pushed.
        """
        answer = await strict.push(response_type=response_type)

        assert error_of(answer) == (400, "unsupported_response_type")

    @pytest.mark.parametrize("redirect_uri", [f"{CALLBACK}/other", ""])
    async def test_redirect_uri(self, strict: StrictParty, redirect_uri: str) -> None:
        """
        fapi2-security-profile-final-ensure-registered-redirect-uri,
        -plain-fapi-tolerate-unregistered-redirect-uri,
        -ensure-redirect-uri-in-authorization-request and
        -ensure-request-object-without-redirect-uri-fails: refused where it is pushed.
        """
        answer = await strict.push(redirect_uri=redirect_uri)

        assert error_of(answer) == (400, "invalid_request")

    async def test_parameters_outside(self, provider: Provider, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-state-only-outside-request-object-not-used,
        -ensure-different-state-inside-and-outside-request-object and
        -ensure-different-nonce-inside-and-outside-request-object: only what was pushed counts.
        """
        browser = provider.browser()
        inside = await strict.pushed(state="")

        seen = await strict.ask(browser, inside, state="outside", nonce="outside")
        landing = await strict.party.finish(browser, seen)
        claims = await strict.party.id_claims((await strict.exchange(landing.code)).json())

        assert "state" not in landing.params
        assert claims["nonce"] == "a-nonce"


class TestCodes:
    async def test_are_bound_to_their_client(
        self, provider: Provider, strict: StrictParty
    ) -> None:
        """
        fapi2-security-profile-final-ensure-authorization-code-is-bound-to-client.
        """
        code = await strict.code(provider.browser())
        other = StrictParty(Party(provider, provider.world.stricter), strict.prover)

        answer = await other.exchange(code)

        assert error_of(answer) == (400, "invalid_grant")

    async def test_reused_after_a_second(self, provider: Provider, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second.
        """
        code = await strict.code(provider.browser())
        await strict.exchange(code)
        await provider.wait(1)

        answer = await strict.exchange(code)

        assert error_of(answer) == (400, "invalid_grant")

    async def test_expire(self, provider: Provider, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-ensure-token-endpoint-fails-with-expired-auth-code.
        """
        code = await strict.code(provider.browser())
        await provider.wait(601)

        answer = await strict.exchange(code)

        assert error_of(answer) == (400, "invalid_grant")

    async def test_need_a_held_key(self, provider: Provider, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-ensure-holder-of-key-required: no proof, no token.
        """
        code = await strict.code(provider.browser())

        answer = await strict.exchange(code, proof="")

        assert error_of(answer) == (400, "invalid_dpop_proof")

    async def test_client_id_of_another(self, provider: Provider, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-ensure-client-id-in-token-endpoint: another client's id
        with one's own key is nobody's.
        """
        code = await strict.code(provider.browser())
        other = provider.world.stricter.app.id

        answer = await strict.exchange(
            code, assertion=strict.assertion(iss=other, sub=other), client_id=other
        )

        assert error_of(answer) == (401, "invalid_client")


class TestPkce:
    async def test_is_required(self, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-par-ensure-pkce-required.
        """
        answer = await strict.push(code_challenge="", code_challenge_method="")

        assert error_of(answer) == (400, "invalid_request")

    async def test_plain_is_refused(self, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-par-plain-pkce-rejected.
        """
        answer = await strict.push(code_challenge=VERIFIER, code_challenge_method="plain")

        assert error_of(answer) == (400, "invalid_request")

    @pytest.mark.parametrize("verifier", ["", "w" * 43])
    async def test_verifier(
        self, provider: Provider, strict: StrictParty, verifier: str
    ) -> None:
        """
        fapi2-security-profile-final-ensure-pkce-code-verifier-required and
        -incorrect-pkce-code-verifier-rejected.
        """
        code = await strict.code(provider.browser())

        answer = await strict.exchange(code, code_verifier=verifier)

        assert error_of(answer) == (400, "invalid_grant")


class TestPushedRequests:
    async def test_are_named(self, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-par-without-duplicate-parameters: 201, a name that cannot
        be guessed, and how long it lasts.
        """
        answer = await strict.push()

        name = answer.json()["request_uri"]
        assert answer.status_code == httpx.codes.CREATED
        assert name.startswith("urn:ietf:params:oauth:request_uri:")
        assert len(name.rpartition(":")[2]) >= 22
        assert 5 <= answer.json()["expires_in"] <= 600

    async def test_seen_twice_before_sign_in(
        self, provider: Provider, strict: StrictParty
    ) -> None:
        """
        fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds.
        """
        browser, name = provider.browser(), await strict.pushed()
        shown(await strict.ask(browser, name))

        seen = await strict.ask(browser, name)
        landing = await strict.party.finish(browser, seen)

        assert (await strict.exchange(landing.code)).status_code == httpx.codes.OK

    async def test_used_twice(self, provider: Provider, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-par-attempt-reuse-request_uri: not after it was answered.
        """
        browser, name = provider.browser(), await strict.pushed()
        await strict.party.finish(browser, await strict.ask(browser, name))

        page = shown(await strict.ask(browser, name))

        assert page.status == httpx.codes.BAD_REQUEST

    async def test_expire(self, provider: Provider, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-par-attempt-to-use-expired-request_uri.
        """
        answer = (await strict.push()).json()
        await provider.wait(answer["expires_in"] + 1)

        page = shown(await strict.ask(provider.browser(), answer["request_uri"]))

        assert page.status == httpx.codes.BAD_REQUEST

    async def test_of_another_client(self, provider: Provider, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client.
        """
        other = StrictParty(Party(provider, provider.world.stricter), strict.prover)

        page = shown(await other.ask(provider.browser(), await strict.pushed()))

        assert page.status == httpx.codes.BAD_REQUEST

    async def test_request_uri_inside(self, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-par-authorization-request-containing-request_uri-form-param.
        """
        answer = await strict.push(request_uri="urn:ietf:params:oauth:request_uri:any")

        assert error_of(answer) == (400, "invalid_request")

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    async def test_other_methods(self, provider: Provider, method: str) -> None:
        """
        fapi2-security-profile-final-par-attempt-invalid-http-method.
        """
        answer = await provider.http.request(method, PAR)

        assert answer.status_code == httpx.codes.METHOD_NOT_ALLOWED


class TestBearer:
    async def test_bound_token_is_no_bearer_token(
        self, provider: Provider, strict: StrictParty
    ) -> None:
        """
        fapi2-security-profile-final-dpop-negative-tests: a bound token opens nothing alone.
        """
        token = (await strict.tokens(provider.browser()))["access_token"]

        answer = await strict.call(bearer(token))

        assert answer.status_code == httpx.codes.UNAUTHORIZED
