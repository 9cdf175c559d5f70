"""Tokens that are bound to a key, tokens that are revoked, and the challenges of both."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import pytest
from joserfc.jwk import RSAKey

from hirewire.kit.caller import MissingScope, NoPerson, TokenFault, Unauthenticated
from hirewire.kit.clock import MovableClock
from hirewire.web.bearer import Header, TokenVerifier, VerifyingKey
from hirewire.web.challenges import challenge
from hirewire.web.rate_limits import TooManyRequests
from tests.web.proofs import Prover
from tests.web.test_bearer import HEADER, ISSUER, PRIVATE, PUBLIC, claims, signed

PATH: Final = "/v2/api/userinfo"
RSA: Final = RSAKey.generate_key(2048)
TOKEN_ID, FAMILY, GRANT = UUID(int=1), UUID(int=2), UUID(int=3)


class Door:
    """A verifier, who may be revoked there, and a caller with a key."""

    def __init__(self, clock: MovableClock) -> None:
        keys = {"k": VerifyingKey("ES256", PUBLIC), "r": VerifyingKey("RS256", RSA)}
        self.clock = clock
        self.prover = Prover(clock)
        self.revoked: set[UUID] = set()
        self.verifier = TokenVerifier(keys.get, ISSUER, clock, revoked=self.revoked)

    def token(self, prover: Prover | None = None, **changes: object) -> str:
        """Sign a token, bound to the key of *prover* if any."""
        cnf = None if prover is None else {"jkt": prover.thumbprint}
        return signed(claims(self.clock, **({"cnf": cnf} | changes)))

    def knock(self, scheme: str, token: str, *proofs: str) -> str:
        """Come with a token and proofs, and return who is let in."""
        headers: list[Header] = [(b"authorization", f"{scheme} {token}".encode())]
        headers += [(b"dpop", proof.encode()) for proof in proofs]
        return self.verifier.identify(headers, "GET", PATH).app_id

    def proof(self, token: str, **changes: object) -> str:
        """Prove the key for a token."""
        return self.prover.prove("GET", ISSUER + PATH, token, **changes)

    def refused(self, scheme: str, token: str, *proofs: str) -> tuple[str, TokenFault]:
        """Expect a refusal, and return its words and its fault."""
        with pytest.raises(Unauthenticated) as refusal:
            self.knock(scheme, token, *proofs)
        return refusal.value.reason, refusal.value.fault


@pytest.fixture
def door(clock: MovableClock) -> Door:
    return Door(clock)


class TestBoundToken:
    @pytest.mark.fidelity("dpop.resource")
    @pytest.mark.parametrize("scheme", ["DPoP", "dpop", "DPOP"])
    def test_is_good_with_a_proof_each_time(self, door: Door, scheme: str) -> None:
        """
        The verdict on the token is remembered, the proof is asked for again.
        """
        token = door.token(door.prover)

        callers = [door.knock(scheme, token, door.proof(token)) for _ in range(2)]

        assert callers == ["a", "a"]
        assert door.refused(scheme, token)[1] is TokenFault.BAD_PROOF

    @pytest.mark.fidelity("dpop.downgrade")
    def test_is_refused_as_a_bearer_token(self, door: Door) -> None:
        """
        With a proof or without, remembered or not: the scheme is that of the token.
        """
        token = door.token(door.prover)
        door.knock("DPoP", token, door.proof(token))

        said = door.refused("Bearer", token, door.proof(token))

        assert said == (
            "The access token is bound to a key: use `DPoP <token>`, and a proof.",
            TokenFault.BAD_TOKEN,
        )
        assert door.refused("Bearer", token) == said
        with pytest.raises(Unauthenticated):
            door.verifier.verify(token)

    @pytest.mark.fidelity("dpop.upgrade")
    def test_that_is_none_is_refused_under_the_scheme(self, door: Door) -> None:
        """
        A proof that nothing asks for would prove nothing.
        """
        token = door.token()
        door.knock("Bearer", token)

        assert door.refused("DPoP", token, door.proof(token))[0] == (
            "The access token is bound to no key: use `Bearer <token>`."
        )

    @pytest.mark.fidelity("dpop.resource.refused")
    def test_needs_a_proof_of_its_own_key_and_request(self, door: Door) -> None:
        """
        Missing, doubled, another key's, another token's, another method's, another place's.
        """
        token = door.token(door.prover)
        other = Prover(door.clock)
        good = door.proof(token)

        said = [
            door.refused("DPoP", token, *proofs)[0]
            for proofs in (
                (),
                (good, good),
                (other.prove("GET", ISSUER + PATH, token),),
                (door.proof("another"),),
                (door.prover.prove("GET", ISSUER + PATH),),
                (door.prover.prove("POST", ISSUER + PATH, token),),
                (door.prover.prove("GET", ISSUER + "/graphql", token),),
                ("nonsense",),
            )
        ]

        assert said == [
            "The access token is bound to a key: send a DPoP proof.",
            "There is more than one DPoP header.",
            "The DPoP proof is of another key than the token's.",
            "The DPoP proof is for another access token.",
            "The DPoP proof is for another access token.",
            "The DPoP proof is for another method.",
            "The DPoP proof is for another address.",
            "The DPoP proof is malformed, or not signed with its own key.",
        ]
        assert door.knock("DPoP", token, good) == "a"

    @pytest.mark.fidelity("dpop.replay")
    def test_takes_a_proof_once(self, door: Door) -> None:
        """
        The second time it is somebody who listened.
        """
        token = door.token(door.prover)
        proof = door.proof(token)
        door.knock("DPoP", token, proof)

        assert door.refused("DPoP", token, proof) == (
            "The DPoP proof was used before.",
            TokenFault.BAD_PROOF,
        )

    def test_is_for_the_address_that_callers_use(self, clock: MovableClock) -> None:
        """
        Behind a proxy the public address counts, not where the server listens.
        """
        prover = Prover(clock)
        key = VerifyingKey("ES256", PUBLIC)
        base = "https://hire.example/api"
        verifier = TokenVerifier(lambda _: key, ISSUER, clock, base_url=base)
        token = signed(claims(clock, cnf={"jkt": prover.thumbprint}))
        proof = prover.prove("GET", base + PATH, token)
        headers = [
            (b"authorization", f"DPoP {token}".encode()),
            (b"dpop", proof.encode()),
        ]

        assert verifier.identify(headers, "GET", PATH).app_id == "a"


class TestRevoked:
    @pytest.mark.fidelity("revocation.at-once")
    @pytest.mark.parametrize("revoked", [TOKEN_ID, FAMILY, GRANT])
    def test_token_is_refused_at_once(self, door: Door, revoked: UUID) -> None:
        """
        By its own id, its family's or its grant's, remembered or not.
        """
        token = door.token(jti=TOKEN_ID.hex, fam=FAMILY.hex, gid=GRANT.hex)
        door.knock("Bearer", token)
        door.verifier.verify(token)

        door.revoked.add(revoked)

        said = ("The access token was revoked.", TokenFault.BAD_TOKEN)
        assert [door.refused("Bearer", token) for _ in range(2)] == [said, said]
        for look in (door.verifier.verify, door.verifier.inspect):
            with pytest.raises(Unauthenticated):
                look(token)

    def test_other_tokens_are_not_touched(self, door: Door) -> None:
        """
        A token of another family, and one of no family, stay good.
        """
        mine = door.token(jti=TOKEN_ID.hex, fam=FAMILY.hex)
        two_legged = door.token(jti=UUID(int=9).hex)
        door.revoked.add(UUID(int=8))

        assert [door.knock("Bearer", token) for token in (mine, two_legged)] == ["a", "a"]

    def test_names_its_ids(self, door: Door) -> None:
        """
        Whoever keeps something open for a caller knows what would end it.
        """
        token = door.token(jti=TOKEN_ID.hex, fam=FAMILY.hex, gid=GRANT.hex)

        assert door.verifier.verify(token).token_ids == {TOKEN_ID, FAMILY, GRANT}


class TestInspecting:
    def test_needs_no_proof(self, door: Door) -> None:
        """
        Who asks about a token does not use it.
        """
        token = door.token(door.prover)

        found = door.verifier.inspect(token)

        assert found.cnf is not None
        assert found.cnf.jkt == door.prover.thumbprint

    async def test_knows_what_expired(self, door: Door) -> None:
        """
        A remembered verdict does not outlive its token.
        """
        token = door.token()
        door.verifier.inspect(token)

        await door.clock.advance(timedelta(hours=1))

        with pytest.raises(Unauthenticated):
            door.verifier.inspect(token)


class TestOtherSigners:
    def test_kid_of_another_algorithm_is_refused(self, door: Door) -> None:
        """
        Each key has one algorithm, and it is not the token that says which.
        """
        under_rsa = signed(claims(door.clock), PRIVATE, HEADER | {"kid": "r"})

        assert door.refused("Bearer", under_rsa)[0] == "The access token was not issued here."

    def test_id_token_is_refused(self, door: Door) -> None:
        """
        An ID token is for the app to read, and opens nothing.
        """
        header = {"alg": "RS256", "typ": "JWT", "kid": "r"}

        id_token = signed(claims(door.clock), RSA, header)

        assert door.refused("Bearer", id_token)[0] == "The access token was not issued here."


class TestChallenge:
    @pytest.mark.fidelity("bearer.challenge")
    @pytest.mark.parametrize(
        ("refusal", "authorization", "said"),
        [
            (
                Unauthenticated(reason="None.", fault=TokenFault.NO_TOKEN),
                [],
                'Bearer, DPoP algs="ES256 Ed25519 PS256 RS256"',
            ),
            (
                Unauthenticated(reason="Bad."),
                ["Bearer x"],
                'Bearer error="invalid_token", error_description="Bad."',
            ),
            (
                Unauthenticated(reason="Bad."),
                ["DPoP x"],
                (
                    'DPoP error="invalid_token", error_description="Bad.", '
                    'algs="ES256 Ed25519 PS256 RS256"'
                ),
            ),
            (
                Unauthenticated(reason="Bad.", fault=TokenFault.BAD_PROOF),
                ["dpop x"],
                (
                    'DPoP error="invalid_dpop_proof", error_description="Bad.", '
                    'algs="ES256 Ed25519 PS256 RS256"'
                ),
            ),
            (
                MissingScope(scope="email"),
                ["Bearer x"],
                (
                    'Bearer error="insufficient_scope", '
                    'error_description="Required scopes missing: email", scope="email"'
                ),
            ),
            (
                NoPerson(),
                ["Bearer x"],
                (
                    'Bearer error="insufficient_scope", error_description="The access token '
                    'speaks of no person: use one that a person granted."'
                ),
            ),
            (TooManyRequests(retry_after_s=1), ["Bearer x"], None),
        ],
    )
    def test_says_what_would_have_been_good(
        self,
        refusal: Unauthenticated | MissingScope | NoPerson | TooManyRequests,
        authorization: list[str],
        said: str | None,
    ) -> None:
        """
        The scheme is the caller's own; who brought nothing is told both, and no error.
        """
        assert challenge(refusal, authorization) == said
