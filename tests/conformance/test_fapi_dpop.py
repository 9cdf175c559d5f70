"""The FAPI 2.0 Security Profile plan: proofs of a held key, good ones and bad ones."""

import json
from collections.abc import Callable
from typing import Any, Final

import httpx
import pytest
from joserfc.jwk import ECKey, OctKey
from joserfc.util import urlsafe_b64encode

from tests.conformance.parties import (
    TOKENS,
    USERINFO,
    Party,
    Prover,
    StrictParty,
    code_form,
    hashed,
)
from tests.conformance.world import BASE, Provider

HOUR_S: Final = 3600
PLACE: Final = f"{BASE}{USERINFO}"


@pytest.fixture
async def token(provider: Provider, strict: StrictParty) -> str:
    """An access token that is bound to the key of the strict client."""
    return str((await strict.tokens(provider.browser()))["access_token"])


def with_proof(token: str, proof: str) -> dict[str, str]:
    """Present *token* with *proof*."""
    return {"Authorization": f"DPoP {token}", "DPoP": proof}


def claims_for(prover: Prover, token: str) -> dict[str, Any]:
    """Make good claims, to be spoilt."""
    now = int(prover.provider.clock.now().timestamp())
    jti = f"spoilt-{now}"
    return {"jti": jti, "htm": "GET", "htu": PLACE, "iat": now, "ath": hashed(token)}


class TestGoodProofs:
    @pytest.mark.parametrize("seconds", [-10, 10])
    async def test_clocks_differ(
        self, provider: Provider, strict: StrictParty, seconds: int
    ) -> None:
        """
        fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-before-succeeds and
        -with-iat-10seconds-after-succeeds: at the token endpoint and at the resource.
        """
        at = int(provider.clock.now().timestamp()) + seconds
        code = await strict.code(provider.browser())

        answer = await strict.exchange(code, proof=strict.prover.proof("POST", TOKENS, iat=at))
        token = answer.json()["access_token"]
        called = await strict.call(strict.prover.headers("GET", USERINFO, token, iat=at))

        assert (answer.status_code, called.status_code) == (200, 200)

    async def test_with_nbf_and_exp(self, provider: Provider, strict: StrictParty) -> None:
        """
        fapi2-security-profile-final-check-dpop-proof-nbf-exp: these claims are no harm.
        """
        now = int(provider.clock.now().timestamp())
        code = await strict.code(provider.browser())
        proof = strict.prover.proof("POST", TOKENS, nbf=now, exp=now + 300)

        answer = await strict.exchange(code, proof=proof)
        token = answer.json()["access_token"]
        called = await strict.call(
            strict.prover.headers("GET", USERINFO, token, nbf=now, exp=now + 300)
        )

        assert (answer.status_code, called.status_code) == (200, 200)

    @pytest.mark.parametrize(
        "htu",
        [
            PLACE,
            f"{PLACE}?query=1#fragment",
            "HTTPS://OP.EXAMPLE/v2/api/userinfo",
            "https://op.example:443/v2/api/userinfo",
        ],
    )
    async def test_same_place(self, strict: StrictParty, token: str, htu: str) -> None:
        """
        fapi2-security-profile-final-dpop-negative-tests: query and fragment do not count, nor
        do capitals in the host and the port that goes without saying.
        """
        headers = strict.prover.headers("GET", USERINFO, token, htu=htu)

        assert (await strict.call(headers)).status_code == httpx.codes.OK

    @pytest.mark.parametrize("scheme", ["dpop", "DPOP", "dPoP"])
    async def test_scheme_in_any_case(
        self, strict: StrictParty, token: str, scheme: str
    ) -> None:
        """
        fapi2-security-profile-final-access-token-type-header-case-sensitivity.
        """
        proof = strict.prover.proof("GET", USERINFO, token)

        answer = await strict.call({"Authorization": f"{scheme} {token}", "DPOP": proof})

        assert answer.status_code == httpx.codes.OK

    async def test_unknown_members(self, strict: StrictParty, token: str) -> None:
        """
        fapi2-security-profile-final-dpop-negative-tests: what nobody knows is ignored, in the
        header and in the claims.
        """
        claims = claims_for(strict.prover, token) | {"extra": 1}

        proof = strict.prover.signed(claims, extra="1")

        assert (await strict.call(with_proof(token, proof))).status_code == httpx.codes.OK


class TestBadProofs:
    @pytest.mark.parametrize("claim", ["jti", "htm", "htu", "iat", "ath"])
    async def test_claim_is_missing(self, strict: StrictParty, token: str, claim: str) -> None:
        """
        fapi2-security-profile-final-dpop-negative-tests: every claim is required.
        """
        headers = strict.prover.headers("GET", USERINFO, token, **{claim: None})

        await refused(strict, headers)

    @pytest.mark.parametrize("member", ["typ", "alg", "jwk"])
    async def test_header_is_missing(
        self, strict: StrictParty, token: str, member: str
    ) -> None:
        """
        fapi2-security-profile-final-dpop-negative-tests: and every member of the header.
        """
        parts = strict.prover.proof("GET", USERINFO, token).split(".")
        header = {
            "typ": "dpop+jwt",
            "alg": "ES256",
            "jwk": strict.prover.key.as_dict(private=False),
        }
        del header[member]
        parts[0] = urlsafe_b64encode(json.dumps(header).encode()).decode()

        await refused(strict, with_proof(token, ".".join(parts)))

    @pytest.mark.parametrize(
        ("claim", "value"),
        [
            ("htm", "PUT"),
            ("htu", f"{BASE}/v2/api/appinfo"),
            ("htu", "https://other.example/v2/api/userinfo"),
            ("ath", hashed("another token")),
        ],
    )
    async def test_is_for_something_else(
        self, strict: StrictParty, token: str, claim: str, value: str
    ) -> None:
        """
        fapi2-security-profile-final-dpop-negative-tests: another method, place or token.
        """
        headers = strict.prover.headers("GET", USERINFO, token, **{claim: value})

        await refused(strict, headers)

    @pytest.mark.parametrize("seconds", [-HOUR_S, HOUR_S])
    async def test_is_of_another_hour(
        self, provider: Provider, strict: StrictParty, token: str, seconds: int
    ) -> None:
        """
        fapi2-security-profile-final-dpop-negative-tests: an hour old, or of the next hour.
        """
        at = int(provider.clock.now().timestamp()) + seconds

        await refused(strict, strict.prover.headers("GET", USERINFO, token, iat=at))

    async def test_is_used_again(self, strict: StrictParty, token: str) -> None:
        """
        fapi2-security-profile-final-dpop-negative-tests: a proof is good once.
        """
        headers = strict.prover.headers("GET", USERINFO, token)

        first = await strict.call(headers)

        assert first.status_code == httpx.codes.OK
        await refused(strict, headers)

    async def test_comes_twice(self, strict: StrictParty, token: str) -> None:
        """
        fapi2-security-profile-final-dpop-negative-tests: there is one DPoP header at most.
        """
        one, two = (strict.prover.proof("GET", USERINFO, token) for _ in "12")

        await refused(
            strict, [("Authorization", f"DPoP {token}"), ("DPoP", one), ("DPoP", two)]
        )

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda proof: "not a proof",
            lambda proof: proof.rpartition(".")[0] + ".",
            lambda proof: proof[:-8] + ("A" * 8),
            lambda proof: f"{proof}.more",
        ],
    )
    async def test_is_malformed(
        self, strict: StrictParty, token: str, spoil: Callable[[str], str]
    ) -> None:
        """
        fapi2-security-profile-final-dpop-negative-tests: no JWT, or with a broken signature.
        """
        proof = strict.prover.proof("GET", USERINFO, token)

        await refused(strict, with_proof(token, spoil(proof)))

    @pytest.mark.parametrize("typ", ["JWT", "jwt", "dpop"])
    async def test_is_of_another_type(self, strict: StrictParty, token: str, typ: str) -> None:
        """
        fapi2-security-profile-final-dpop-negative-tests: the type is dpop+jwt.
        """
        proof = strict.prover.signed(claims_for(strict.prover, token), typ=typ)

        await refused(strict, with_proof(token, proof))

    async def test_is_unsigned(self, strict: StrictParty, token: str) -> None:
        """
        fapi2-security-profile-final-dpop-negative-tests: the algorithm is not none.
        """
        key = strict.prover.key.as_dict(private=False)
        header = {"typ": "dpop+jwt", "alg": "none", "jwk": key}
        parts = (
            urlsafe_b64encode(json.dumps(each).encode()).decode()
            for each in (header, claims_for(strict.prover, token))
        )

        await refused(strict, with_proof(token, ".".join([*parts, ""])))

    async def test_shows_its_private_key(self, strict: StrictParty, token: str) -> None:
        """
        fapi2-security-profile-final-dpop-negative-tests: who shows it holds it no more.
        """
        key = strict.prover.key.as_dict(private=True)

        proof = strict.prover.signed(claims_for(strict.prover, token), jwk=key)

        await refused(strict, with_proof(token, proof))

    async def test_shows_a_symmetric_key(self, strict: StrictParty, token: str) -> None:
        """
        fapi2-security-profile-final-dpop-negative-tests: whoever sees such a key has it.
        """
        key = OctKey.generate_key(256).as_dict(private=True)

        proof = strict.prover.signed(claims_for(strict.prover, token), jwk=key)

        await refused(strict, with_proof(token, proof))

    async def test_is_of_another_key(
        self, provider: Provider, strict: StrictParty, token: str
    ) -> None:
        """
        fapi2-security-profile-final-dpop-negative-tests: a token is bound to one key.
        """
        thief = Prover(provider)

        await refused(strict, thief.headers("GET", USERINFO, token))

    async def test_names_a_key_that_did_not_sign(self, strict: StrictParty, token: str) -> None:
        """
        fapi2-security-profile-final-dpop-negative-tests: the shown key is the one that signed.
        """
        other = ECKey.generate_key("P-256").as_dict(private=False)

        proof = strict.prover.signed(claims_for(strict.prover, token), jwk=other)

        await refused(strict, with_proof(token, proof))


class TestBoundCodes:
    async def test_pushed_with_another_key(
        self, provider: Provider, strict: StrictParty
    ) -> None:
        """
        fapi2-security-profile-final-ensure-mismatched-dpop-jkt-fails: the key that is named
        where the request is pushed is the one of the proof beside it.
        """
        proof = strict.prover.proof("POST", "/oauth/v2/par")

        answer = await strict.push(proof=proof, dpop_jkt=Prover(provider).thumbprint)

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")

    @pytest.mark.parametrize("by_proof", [True, False])
    async def test_redeemed_with_the_key(
        self, provider: Provider, strict: StrictParty, *, by_proof: bool
    ) -> None:
        """
        fapi2-security-profile-final-ensure-dpopproof-at-par-endpoint-binding-success and
        -ensure-dpop-auth-code-binding-success.
        """
        code = await bound_code(provider, strict, by_proof=by_proof)

        answer = await strict.exchange(code)

        assert answer.status_code == httpx.codes.OK

    @pytest.mark.parametrize("by_proof", [True, False])
    async def test_redeemed_with_another_key(
        self, provider: Provider, strict: StrictParty, *, by_proof: bool
    ) -> None:
        """
        fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt
        and -with-mismatched-dpop-jkt.
        """
        code = await bound_code(provider, strict, by_proof=by_proof)

        answer = await strict.holding(Prover(provider)).exchange(code)

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")

    async def test_refreshed_without_a_proof(
        self, provider: Provider, strict: StrictParty
    ) -> None:
        """
        fapi2-security-profile-final-refresh-token: no proof, no token.
        """
        first = await strict.tokens(provider.browser(), scope="openid offline_access")
        form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}

        answer = await provider.http.post(TOKENS, data=strict.proven(form))

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")

    @pytest.mark.parametrize("is_same", [True, False])
    async def test_refreshed_with_another_key(
        self, provider: Provider, public: Party, *, is_same: bool
    ) -> None:
        """
        fapi2-security-profile-final-refresh-token: of an app that has nothing else to prove
        itself with, the refresh token is bound to the key (RFC 9449, section 5).
        """
        prover = Prover(provider)
        code = await public.code(provider.browser(), scope="openid offline_access")
        first = await proven(prover, code_form(code) | {"client_id": public.id})
        form = {
            "grant_type": "refresh_token",
            "refresh_token": first.json()["refresh_token"],
            "client_id": public.id,
        }

        answer = await proven(prover if is_same else Prover(provider), form)

        assert answer.status_code == (200 if is_same else 400)
        assert answer.json().get("error") == (None if is_same else "invalid_grant")


class TestUnboundTokens:
    async def test_with_a_proof(self, provider: Provider, rp: Party) -> None:
        """
        fapi2-security-profile-final-dpop-negative-tests: a token that is bound to nothing is
        not presented as one that is.
        """
        token = (await rp.tokens(provider.browser()))["access_token"]
        prover = Prover(provider)

        answer = await provider.http.get(
            USERINFO, headers=prover.headers("GET", USERINFO, token)
        )

        assert answer.status_code == httpx.codes.UNAUTHORIZED


async def proven(prover: Prover, form: dict[str, str]) -> httpx.Response:
    """Ask for tokens with a proof, and nothing else that proves anything."""
    return await prover.provider.http.post(
        TOKENS, data=form, headers={"DPoP": prover.proof("POST", TOKENS)}
    )


async def bound_code(provider: Provider, strict: StrictParty, *, by_proof: bool) -> str:
    """Get a code that is bound to the client's key, as the pushed request said."""
    if by_proof:
        answer = await strict.push(proof=strict.prover.proof("POST", "/oauth/v2/par"))
    else:
        answer = await strict.push(dpop_jkt=strict.prover.thumbprint)
    browser = provider.browser()
    seen = await strict.ask(browser, answer.json()["request_uri"])
    return (await strict.party.finish(browser, seen)).code


async def refused(strict: StrictParty, headers: dict[str, str] | list[tuple[str, str]]) -> None:
    """Insist that a call is refused, and challenged for a proof."""
    answer = await strict.call(headers)
    assert answer.status_code == httpx.codes.UNAUTHORIZED, answer.text
    assert "DPoP" in answer.headers["www-authenticate"]
