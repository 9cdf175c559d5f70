"""DPoP proofs: which are good, and every way in which one is not (RFC 9449, section 4.3)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from hirewire.kit.clock import MovableClock
from hirewire.web.dpop import (
    ALGORITHMS,
    LONGEST_PROOF,
    BadProof,
    UsedProofs,
    check_proof,
    one_proof,
)
from tests.fixtures.database import MORNING
from tests.web.proofs import HEADER, Prover, digest, segment

URL: Final = "https://api.test/oauth/v2/tokens"
TOKEN: Final = "a.b.c"
PROVER: Final = Prover(MovableClock(MORNING, frozen=True))
OTHER: Final = ECKey.generate_key("P-256")
RSA: Final = RSAKey.generate_key(2048)

MALFORMED: Final = "The DPoP proof is malformed, or not signed with its own key."
KEY_MALFORMED: Final = "The key of the DPoP proof is malformed."
KEY_OTHER: Final = "The key of the DPoP proof is not one of its algorithm."
KEY_PRIVATE: Final = "The key of a DPoP proof is a public one."
CRITICAL: Final = "The DPoP proof has critical headers, and we know none."
OTHER_TOKEN: Final = "The DPoP proof is for another access token."


def not_now(at: datetime) -> str:
    """Say what a proof hears that was not made at the server's time *at*."""
    seconds = int(at.timestamp())
    return f"The DPoP proof was not made just now: its iat is not near {seconds}."


def refused(text: str, *, token: str | None = None) -> str:
    """Expect a refusal, and return its words."""
    with pytest.raises(BadProof) as refusal:
        check_proof(text, method="POST", url=URL, now=MORNING, access_token=token)
    return str(refusal.value)


def headed(**header: Any) -> str:
    """Sign good claims under another header."""
    return PROVER.sign(PROVER.claims("POST", URL), header)


class TestGood:
    @pytest.mark.fidelity("dpop.algorithms")
    @pytest.mark.parametrize(
        ("algorithm", "key"),
        [
            ("ES256", ECKey.generate_key("P-256")),
            ("Ed25519", OKPKey.generate_key("Ed25519")),
            ("PS256", RSA),
            ("RS256", RSA),
        ],
    )
    def test_names_its_key(self, algorithm: str, key: ECKey | OKPKey | RSAKey) -> None:
        """
        Each algorithm that we say we take is taken, and the thumbprint is RFC 7638's.
        """
        prover = Prover(PROVER.clock, key)
        text = prover.sign(prover.claims("POST", URL, jti="j"), {"alg": algorithm})

        proof = check_proof(text, method="POST", url=URL, now=MORNING)

        assert (proof.key, proof.id, proof.issued_at) == (key.thumbprint(), "j", MORNING)
        assert algorithm in ALGORITHMS

    def test_of_the_rfc_has_the_thumbprint_of_the_rfc(self) -> None:
        """
        The proof of RFC 9449, section 4.1, is bound as section 6.1 says.
        """
        text = (
            "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0"
            "VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10"
            "NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoi"
            "UE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-"
            "GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
        )
        made_at = MORNING + timedelta(seconds=1562262616 - MORNING.timestamp())

        proof = check_proof(
            text, method="POST", url="https://server.example.com/token", now=made_at
        )

        assert proof.key == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"

    @pytest.mark.fidelity("dpop.htu.normalised")
    @pytest.mark.parametrize(
        "url",
        [
            "HTTPS://API.TEST/oauth/v2/tokens",
            "https://api.test:443/oauth/v2/tokens",
            URL + "?a=b",
            URL + "#c",
        ],
    )
    def test_may_spell_the_address_otherwise(self, url: str) -> None:
        """
        Case, default port, query and fragment do not count.
        """
        proof = check_proof(
            PROVER.prove("POST", url, jti="j"), method="POST", url=URL, now=MORNING
        )

        assert proof.id == "j"

    @pytest.mark.fidelity("dpop.iat")
    @pytest.mark.parametrize("off_s", [-60, -10, 0, 0.5, 10, 30])
    def test_may_be_a_little_off(self, off_s: float) -> None:
        """
        Ten seconds either way are nothing; a minute of age is the most.
        """
        iat = MORNING.timestamp() + off_s

        proof = check_proof(
            PROVER.prove("POST", URL, iat=iat), method="POST", url=URL, now=MORNING
        )

        assert proof.issued_at == MORNING + timedelta(seconds=off_s)

    def test_names_the_token_where_there_is_one(self) -> None:
        """
        `ath` is the digest of the token; without a token nobody looks at it.
        """
        with_token = PROVER.prove("POST", URL, TOKEN, jti="j")

        named = check_proof(with_token, method="POST", url=URL, now=MORNING, access_token=TOKEN)
        ignored = check_proof(with_token, method="POST", url=URL, now=MORNING)

        assert named == ignored

    def test_needs_no_nonce_and_may_have_one(self) -> None:
        """
        What we do not ask for does no harm.
        """
        text = PROVER.prove("POST", URL, jti="j", nonce="n", other=[1])

        assert check_proof(text, method="POST", url=URL, now=MORNING).id == "j"

    @pytest.mark.fidelity("dpop.unknown-members")
    def test_may_have_more_in_its_header(self) -> None:
        """
        A member that nobody knows is ignored, unless it is said to be critical.
        """
        text = PROVER.sign(PROVER.claims("POST", URL, jti="j"), {"kid": "k", "more": {"a": 1}})

        assert check_proof(text, method="POST", url=URL, now=MORNING).id == "j"


class TestBad:
    @pytest.mark.fidelity("dpop.refused")
    @pytest.mark.parametrize(
        ("make", "reason"),
        [
            (lambda: headed(typ="JWT"), "The DPoP proof is not of the type dpop+jwt."),
            (lambda: headed(typ="at+jwt"), "The DPoP proof is not of the type dpop+jwt."),
            (lambda: headed(typ=None), MALFORMED),
            (lambda: headed(jwk=None), MALFORMED),
            (lambda: headed(jwk="key"), MALFORMED),
            (lambda: headed(jwk={}), KEY_OTHER),
            (lambda: headed(jwk=dict(OTHER.as_dict(private=False))), MALFORMED),
            (lambda: headed(jwk=dict(OTHER.as_dict(private=True))), KEY_PRIVATE),
            (lambda: headed(jwk=PROVER.jwk | {"x": "AAAA"}), KEY_MALFORMED),
            (lambda: headed(jwk=PROVER.jwk | {"x": 7}), KEY_MALFORMED),
            (lambda: headed(jwk=PROVER.jwk | {"crv": "P-384"}), KEY_OTHER),
            (lambda: headed(jwk=dict(RSA.as_dict(private=False))), KEY_OTHER),
            (lambda: headed(jwk={"kty": "oct", "k": "AAAA"}), KEY_PRIVATE),
            (lambda: headed(crit=["exp"], exp=1), CRITICAL),
            (lambda: headed(crit=[]), CRITICAL),
            (lambda: PROVER.prove("GET", URL), "The DPoP proof is for another method."),
            (lambda: PROVER.prove("post", URL), "The DPoP proof is for another method."),
            (lambda: PROVER.prove("POST", URL, jti=None), MALFORMED),
            (lambda: PROVER.prove("POST", URL, jti=""), MALFORMED),
            (lambda: PROVER.prove("POST", URL, jti=7), MALFORMED),
            (lambda: PROVER.prove("POST", URL, jti="j" * 257), MALFORMED),
            (lambda: PROVER.prove("POST", URL, htm=None), MALFORMED),
            (lambda: PROVER.prove("POST", URL, htu=None), MALFORMED),
            (lambda: PROVER.prove("POST", URL, iat=None), MALFORMED),
            (lambda: PROVER.prove("POST", URL, iat="now"), MALFORMED),
            (lambda: PROVER.prove("POST", URL, iat=True), MALFORMED),
            (lambda: PROVER.prove("POST", URL, iat=1e300), not_now(MORNING)),
            (lambda: PROVER.prove("POST", URL, iat=0), not_now(MORNING)),
            (lambda: PROVER.prove("POST", URL, iat=MORNING.timestamp() - 61), not_now(MORNING)),
            (lambda: PROVER.prove("POST", URL, iat=MORNING.timestamp() + 31), not_now(MORNING)),
            (lambda: PROVER.sign(b"[]"), MALFORMED),
            (lambda: PROVER.sign(b"{"), MALFORMED),
            (lambda: PROVER.sign(PROVER.claims("POST", URL), key=OTHER), MALFORMED),
        ],
    )
    def test_header_or_claims_are_refused(self, make: Callable[[], str], reason: str) -> None:
        """
        Each check of RFC 9449, section 4.3, by itself.
        """
        text = make()

        assert refused(text) == reason

    @pytest.mark.parametrize("algorithm", ["none", "HS256", "ES384", "EdDSA", "RS512", ""])
    def test_algorithm_is_refused(self, algorithm: str) -> None:
        """
        Unsigned, symmetric and unlisted ones, whatever the signature.
        """
        header = segment(HEADER | {"alg": algorithm, "jwk": PROVER.jwk})
        payload = segment(PROVER.claims("POST", URL))

        reason = refused(f"{header}.{payload}.AAAA")

        assert reason == "A DPoP proof is signed with one of ES256, Ed25519, PS256, RS256."

    def test_secret_made_of_the_public_key_is_refused(self) -> None:
        """
        An HMAC keyed with what everybody knows is no signature.
        """
        secret = OctKey.import_key(segment(PROVER.key.as_der(private=False)))

        text = PROVER.sign(PROVER.claims("POST", URL), {"alg": "HS256"}, secret)

        assert refused(text) == (
            "A DPoP proof is signed with one of ES256, Ed25519, PS256, RS256."
        )

    @pytest.mark.filterwarnings(
        "ignore:.*2048:UserWarning", "ignore::joserfc.errors.SecurityWarning"
    )
    @pytest.mark.parametrize("bits", [1024, 5120])
    def test_rsa_key_of_no_fair_size_is_refused(self, bits: int) -> None:
        """
        A short one is weak, and a long one is slow.
        """
        number = segment(((1 << (bits - 1)) | 1).to_bytes(bits // 8, "big"))
        jwk = {"kty": "RSA", "n": number, "e": "AQAB"}
        header = segment(HEADER | {"alg": "PS256", "jwk": jwk})

        reason = refused(f"{header}.{segment(PROVER.claims('POST', URL))}.AAAA")

        assert reason == "An RSA key of a DPoP proof has 2048 to 4096 bits."

    @pytest.mark.parametrize(
        "url",
        [
            "http://api.test/oauth/v2/tokens",
            "https://api.test:8443/oauth/v2/tokens",
            "https://other.test/oauth/v2/tokens",
            "https://api.test.evil.test/oauth/v2/tokens",
            "https://me@api.test/oauth/v2/tokens",
            "https://api.test/oauth/v2/tokens/",
            "https://api.test/OAUTH/v2/tokens",
            "https://api.test",
            "https:///oauth/v2/tokens",
            "https://api.test:x/oauth/v2/tokens",
            "https://[api.test/oauth/v2/tokens",
            "/oauth/v2/tokens",
            "ftp://api.test/oauth/v2/tokens",
            "",
        ],
    )
    def test_address_is_refused(self, url: str) -> None:
        """
        A proof is good at one place only.
        """
        assert refused(PROVER.prove("POST", url)) == ("The DPoP proof is for another address.")

    @pytest.mark.parametrize("ath", [None, "", digest("another"), digest(TOKEN)[:-1], "é"])
    def test_token_is_refused(self, ath: str | None) -> None:
        """
        A proof for one token is none for another, and none without a token is one for any.
        """
        assert refused(PROVER.prove("POST", URL, TOKEN, ath=ath), token=TOKEN) == OTHER_TOKEN

    def test_change_of_any_character_is_noticed(self) -> None:
        """
        Header, claims and signature hang together.
        """
        text = PROVER.prove("POST", URL)
        accepted = []

        for place in range(0, len(text), 7):
            other = "A" if text[place] != "A" else "B"
            try:
                check_proof(
                    text[:place] + other + text[place + 1 :],
                    method="POST",
                    url=URL,
                    now=MORNING,
                )
            except BadProof:
                continue
            accepted.append(place)

        assert accepted == []

    @pytest.mark.parametrize(
        "text",
        [
            *("", ".", "..", "a.b", "a.b.c.d", "a.b.c", "é.b.c", "a" * (LONGEST_PROOF + 1)),
            segment(b"[" * 3000) + ".e30.AAAA",
            segment([1]) + ".e30.AAAA",
        ],
    )
    def test_text_is_refused(self, text: str) -> None:
        """
        Whatever is no proof is called so, and not repeated.
        """
        assert refused(text) == MALFORMED

    @given(st.text(max_size=100) | st.from_regex(r"\A[\w-]+\.[\w-]+\.[\w-]+\Z"))
    def test_anything_is_refused(self, text: str) -> None:
        """
        No text at all makes the check fail in another way.
        """
        with pytest.raises(BadProof):
            check_proof(text, method="POST", url=URL, now=MORNING)


class TestHeaders:
    def test_hold_one_proof_or_none(self) -> None:
        """
        White space around it is not part of it.
        """
        assert (one_proof([]), one_proof([" a "])) == (None, "a")

    @pytest.mark.fidelity("dpop.one-header")
    def test_never_hold_two(self) -> None:
        """
        Which of them is meant cannot be known, even if they are the same.
        """
        with pytest.raises(BadProof) as refusal:
            one_proof(["a", "a"])

        assert str(refusal.value) == "There is more than one DPoP header."


class TestUsed:
    @pytest.mark.fidelity("dpop.once")
    async def test_proofs_are_refused_for_as_long_as_they_last(
        self, clock: MovableClock
    ) -> None:
        """
        A proof is good once; when its memory ends it is too old anyway.
        """
        used = UsedProofs(clock)
        prover = Prover(clock)
        proof = check_proof(prover.prove("POST", URL), method="POST", url=URL, now=clock.now())
        used.use(proof)

        await clock.advance(timedelta(seconds=60))

        with pytest.raises(BadProof) as refusal:
            used.use(proof)
        assert str(refusal.value) == "The DPoP proof was used before."
        await clock.advance(timedelta(seconds=1))
        assert refused_at(
            prover, proof_text=prover.prove("POST", URL, iat=proof.issued_at.timestamp())
        ) == not_now(clock.now())

    async def test_proofs_are_forgotten(self, clock: MovableClock) -> None:
        """
        The memory is bounded by time, and by number where there are too many.
        """
        used = UsedProofs(clock, most=3)
        prover = Prover(clock)

        for _ in range(5):
            text = prover.prove("POST", URL)
            used.use(check_proof(text, method="POST", url=URL, now=clock.now()))
        crowd = len(used._until)
        await clock.advance(timedelta(seconds=61))
        used.use(
            check_proof(prover.prove("POST", URL), method="POST", url=URL, now=clock.now())
        )

        assert (crowd, len(used._until)) == (3, 1)

    def test_same_id_of_another_key_is_another_proof(self, clock: MovableClock) -> None:
        """
        Callers need not know of each other's ids.
        """
        used = UsedProofs(clock)

        for prover in (Prover(clock), Prover(clock)):
            text = prover.prove("POST", URL, jti="same")
            used.use(check_proof(text, method="POST", url=URL, now=clock.now()))

        assert len(used._until) == 2


def refused_at(prover: Prover, *, proof_text: str) -> str:
    """Expect a refusal now."""
    with pytest.raises(BadProof) as refusal:
        check_proof(proof_text, method="POST", url=URL, now=prover.clock.now())
    return str(refusal.value)
