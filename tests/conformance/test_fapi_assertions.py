"""The FAPI 2.0 Security Profile plan: how a client proves itself with a signed assertion."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey
from joserfc.util import urlsafe_b64encode

from tests.conformance.parties import ASSERTION_TYPE, PAR, TOKENS, StrictParty, signed_by
from tests.conformance.world import BASE, Provider


def refused(answer: httpx.Response) -> None:
    """Insist that the client was not believed."""
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def claims_of(strict: StrictParty) -> dict[str, Any]:
    """Make good claims, to be signed badly."""
    now = int(strict.party.provider.clock.now().timestamp())
    return {
        "iss": strict.id,
        "sub": strict.id,
        "aud": BASE,
        "jti": "badly signed",
        "iat": now,
        "exp": now + 60,
    }


class TestMissing:
    async def test_at_the_token_endpoint(self, provider: Provider, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-ensure-client-assertion-in-token-endpoint.
        """
        code = await strict.code(provider.browser())

        answer = await provider.http.post(
            TOKENS,
            data={"grant_type": "authorization_code", "code": code, "client_id": strict.id},
            headers={"DPoP": strict.prover.proof("POST", TOKENS)},
        )

        refused(answer)

    async def test_where_requests_are_pushed(
        self, provider: Provider, strict: StrictParty
    ) -> None:
        """
        fapi2-security-profile-final-ensure-invalid-client-assertions-fail: nor without one.
        """
        answer = await provider.http.post(PAR, data=strict.party.request())

        refused(answer)


class TestClaims:
    @pytest.mark.parametrize(
        "changes",
        [
            {"aud": "https://other.example"},
            {"aud": None},
            {"sub": None},
            {"sub": "somebody else"},
            {"iss": None},
            {"iss": "somebody else"},
            {"exp": None},
            {"jti": None},
        ],
    )
    async def test_are_wrong(self, strict: StrictParty, changes: dict[str, Any]) -> None:
        """
        fapi2-security-profile-final-ensure-client-assertion-with-wrong-aud-fails,
        -ensure-client-assertion-with-no-sub-fails and -ensure-invalid-client-assertions-fail.
        """
        answer = await strict.push(assertion=strict.assertion(**changes))

        refused(answer)

    async def test_at_the_token_endpoint(self, provider: Provider, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-ensure-client-assertion-with-wrong-aud-fails, and a good
        assertion redeems the code afterwards.
        """
        code = await strict.code(provider.browser())

        wrong = await strict.exchange(
            code, assertion=strict.assertion(aud="https://other.example")
        )
        right = await strict.exchange(code)

        refused(wrong)
        assert right.status_code == httpx.codes.OK

    async def test_expired(self, provider: Provider, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-ensure-client-assertion-with-exp-is-5-minutes-in-past-fails.
        """
        now = int(provider.clock.now().timestamp())

        answer = await strict.push(assertion=strict.assertion(iat=now - 360, exp=now - 300))

        refused(answer)

    async def test_of_a_clock_that_is_ahead(
        self, provider: Provider, strict: StrictParty
    ) -> None:
        """
        fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted.
        """
        soon = int(provider.clock.now().timestamp()) + 8

        answer = await strict.push(assertion=strict.assertion(iat=soon, nbf=soon))

        assert answer.status_code == httpx.codes.CREATED

    async def test_of_the_future(self, provider: Provider, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails.
        """
        later = int(provider.clock.now().timestamp()) + 70

        answer = await strict.push(
            assertion=strict.assertion(iat=later, nbf=later, exp=later + 60)
        )

        refused(answer)

    async def test_issued_long_ago(self, provider: Provider, strict: StrictParty) -> None:
        """
        IsIssuedAtChecked of OAuch: what was signed a year ago is not good for a minute more.
        """
        now = int(provider.clock.now().timestamp())

        answer = await strict.push(assertion=strict.assertion(iat=now - 365 * 86_400))

        refused(answer)

    async def test_audience_with_others(self, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-par-test-array-as-audience-fails.
        """
        audience = [BASE, "https://other.example"]

        answer = await strict.push(assertion=strict.assertion(aud=audience))

        refused(answer)

    @pytest.mark.parametrize("path", [TOKENS, PAR])
    async def test_audience_is_an_endpoint(self, strict: StrictParty, path: str) -> None:
        """
        fapi2-security-profile-final-par-test-token-endpoint-url-as-audience-fails and
        -par-test-par-endpoint-url-as-audience-fails.
        """
        answer = await strict.push(assertion=strict.assertion(aud=f"{BASE}{path}"))

        refused(answer)

    async def test_used_again(self, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-ensure-invalid-client-assertions-fail: good once.
        """
        assertion = strict.assertion()

        first = await strict.push(assertion=assertion)
        second = await strict.push(assertion=assertion)

        assert first.status_code == httpx.codes.CREATED
        refused(second)


class TestSignature:
    async def test_by_another_key(self, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-ensure-invalid-client-assertions-fail: the name of the
        right key helps nothing.
        """
        key = ECKey.generate_key("P-256", {"kid": "strict"})

        answer = await strict.push(assertion=signed_by(key, claims_of(strict)))

        refused(answer)

    async def test_by_another_algorithm(self, provider: Provider, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-ensure-signed-client-assertion-with-RS256-fails: a key
        that is registered for PS256 is used with nothing else.
        """
        key = RSAKey.generate_key(2048, {"kid": "rsa"})
        await with_keys_of(provider, strict, key, "PS256")

        wrong = await strict.push(assertion=signed_by(key, claims_of(strict), alg="RS256"))
        right = await strict.push(assertion=signed_by(key, claims_of(strict), alg="PS256"))

        refused(wrong)
        assert right.status_code == httpx.codes.CREATED

    async def test_none(self, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-ensure-invalid-client-assertions-fail: unsigned.
        """
        parts = (
            urlsafe_b64encode(json.dumps(each).encode()).decode()
            for each in ({"alg": "none"}, claims_of(strict))
        )

        answer = await strict.push(assertion=".".join([*parts, ""]))

        refused(answer)

    async def test_with_the_public_key_as_a_secret(self, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-ensure-invalid-client-assertions-fail: keys are not
        confused with secrets.
        """
        key = strict.party.registered.key
        assert key is not None
        point = key.as_dict(private=False)["x"]
        secret = OctKey.import_key(str(point), {"kid": "strict"})

        answer = await strict.push(assertion=signed_by(secret, claims_of(strict), alg="HS256"))

        refused(answer)

    async def test_by_a_key_in_the_header(self, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-ensure-invalid-client-assertions-fail: no key is taken
        from what it is to prove.
        """
        key = ECKey.generate_key("P-256", {"kid": "strict"})

        answer = await strict.push(
            assertion=signed_by(key, claims_of(strict), jwk=key.as_dict(private=False))
        )

        refused(answer)

    async def test_type_of_assertion(self, provider: Provider, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-ensure-invalid-client-assertions-fail: of another type.
        """
        form = strict.proven(strict.party.request()) | {
            "client_assertion_type": ASSERTION_TYPE.replace("jwt", "saml2")
        }

        answer = await provider.http.post(PAR, data=form)

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def with_keys_of(
    provider: Provider, strict: StrictParty, key: RSAKey, algorithm: str
) -> None:
    """Register *key*, for *algorithm* alone, in the place of the app's own."""
    jwks = json.dumps({"keys": [key.as_dict(private=False) | {"alg": algorithm}]})
    terms = replace(strict.party.registered.app.terms, jwks=jwks)
    async with provider.parts.db.unit() as uow:
        await provider.parts.accounts.apps.change(uow, strict.id, terms)
