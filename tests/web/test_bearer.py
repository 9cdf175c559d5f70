"""Access tokens at the door of the APIs: what opens it, and what does not."""

import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from hirewire.kit.caller import Caller, Unauthenticated
from hirewire.kit.clock import MovableClock
from hirewire.web.bearer import LONGEST_TOKEN, TokenVerifier, VerifyingKey

ISSUER: Final = "http://127.0.0.1:8080"
PRIVATE: Final = ECKey.generate_key("P-256")
PUBLIC: Final = ECKey.import_key(PRIVATE.as_pem(private=False))
OTHER: Final = ECKey.generate_key("P-256")
EMPLOYER: Final = UUID(int=5)
PERSON: Final = UUID(int=6)
HEADER: Final = {"alg": "ES256", "typ": "at+jwt", "kid": "k"}

NOT_OURS: Final = "The access token was not issued here."
MALFORMED: Final = "The access token is malformed."


class Keys:
    """Finds one key, and counts how often it is looked for."""

    def __init__(self) -> None:
        self.looked = 0

    def __call__(self, key_id: str) -> VerifyingKey | None:
        self.looked += 1
        return VerifyingKey("ES256", PUBLIC) if key_id == "k" else None


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def verifier(keys: Keys, clock: MovableClock) -> TokenVerifier:
    """A verifier that knows one key, and remembers two tokens."""
    return TokenVerifier(keys, ISSUER, clock, most_remembered=2)


def claims(clock: MovableClock, **changes: object) -> dict[str, object]:
    """The claims of a good two-legged token; a change to None leaves one out."""
    now = int(clock.now().timestamp())
    good: dict[str, object] = {
        "iss": ISSUER,
        "sub": "app:a",
        "azp": "a",
        "scope": "employer_access interviews.schedule",
        "iat": now,
        "exp": now + 3600,
        "jti": UUID(int=1).hex,
        "emp": EMPLOYER.hex,
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def signed(
    claims: object, key: ECKey | OctKey | RSAKey = PRIVATE, header: dict[str, Any] | None = None
) -> str:
    """Sign claims as given."""
    header = HEADER if header is None else header
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return jws.serialize_compact(header, payload, key, algorithms=[header["alg"]])


def segment(content: object) -> str:
    """Encode one part of a token by hand."""
    return urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def check_refused(verifier: TokenVerifier, token: str, reason: str) -> None:
    """Expect these words, which do not repeat the token, twice: nothing is remembered."""
    for _ in range(2):
        with pytest.raises(Unauthenticated) as refusal:
            verifier.verify(token)
        assert str(refusal.value) == reason


class TestGoodToken:
    def test_of_an_app_names_app_scopes_and_employer(
        self, verifier: TokenVerifier, clock: MovableClock
    ) -> None:
        """
        A two-legged token has no person.
        """
        caller = verifier.verify(signed(claims(clock)))

        assert caller == Caller(
            app_id="a",
            scopes=frozenset({"employer_access", "interviews.schedule"}),
            expires_at=clock.now() + timedelta(hours=1),
            employer_id=EMPLOYER,
        )

    def test_of_a_person_names_them(self, verifier: TokenVerifier, clock: MovableClock) -> None:
        """
        A three-legged token speaks of a user; it may represent no employer.
        """
        caller = verifier.verify(signed(claims(clock, sub=f"user:{PERSON}", emp=None)))

        assert (caller.app_id, caller.person_id, caller.employer_id) == ("a", PERSON, None)

    def test_is_widened(self, keys: Keys, clock: MovableClock) -> None:
        """
        Scopes that others imply are added.
        """
        verifier = TokenVerifier(keys, ISSUER, clock, widen=lambda scopes: scopes | {"implied"})

        caller = verifier.verify(signed(claims(clock, scope="a")))

        assert caller.scopes == {"a", "implied"}


class TestRemembering:
    def test_spares_the_signature(
        self, verifier: TokenVerifier, keys: Keys, clock: MovableClock
    ) -> None:
        """
        The second time no key is looked for, until a minute has passed.
        """
        token = signed(claims(clock))

        first = verifier.verify(token)
        again = verifier.verify(token)

        assert first is again
        assert keys.looked == 1

    async def test_ends_after_a_minute(
        self, verifier: TokenVerifier, keys: Keys, clock: MovableClock
    ) -> None:
        """
        A key that was withdrawn is missed within a minute.
        """
        token = signed(claims(clock))
        verifier.verify(token)

        await clock.advance(timedelta(seconds=60))
        verifier.verify(token)

        assert keys.looked == 2

    async def test_does_not_outlive_the_token(
        self, verifier: TokenVerifier, clock: MovableClock
    ) -> None:
        """
        A remembered token expires on the second.
        """
        now = int(clock.now().timestamp())
        token = signed(claims(clock, exp=now + 10))
        verifier.verify(token)

        await clock.advance(timedelta(seconds=10))

        check_refused(verifier, token, "The access token has expired.")

    def test_ends_when_told(
        self, verifier: TokenVerifier, keys: Keys, clock: MovableClock
    ) -> None:
        """
        After a revocation nothing is taken from memory.
        """
        token = signed(claims(clock))
        verifier.verify(token)

        verifier.forget()
        verifier.verify(token)

        assert keys.looked == 2

    def test_is_bounded(self, verifier: TokenVerifier, keys: Keys, clock: MovableClock) -> None:
        """
        Of three tokens the one used longest ago is forgotten.
        """
        tokens = [signed(claims(clock, jti=UUID(int=n).hex)) for n in range(3)]
        for token in (tokens[0], tokens[1], tokens[0], tokens[2]):
            verifier.verify(token)
        looked = keys.looked

        verifier.verify(tokens[0])
        verifier.verify(tokens[1])

        assert (looked, keys.looked) == (3, 4)


class TestTampering:
    def test_with_any_character_is_noticed(
        self, verifier: TokenVerifier, clock: MovableClock
    ) -> None:
        """
        Every single character of each segment matters.
        """
        token = signed(claims(clock))
        accepted = []

        for place, character in enumerate(token):
            other = "A" if character != "A" else "B"
            changed = token[:place] + other + token[place + 1 :]
            try:
                verifier.verify(changed)
            except Unauthenticated:
                continue
            accepted.append(place)

        assert accepted == []

    def test_with_the_last_bits_is_noticed(
        self, verifier: TokenVerifier, clock: MovableClock
    ) -> None:
        """
        Base64 that decodes to the same bytes in another spelling is another token.
        """
        token = signed(claims(clock))
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

        for last in set(alphabet) - {token[-1]}:
            check_refused(verifier, token[:-1] + last, MALFORMED)
        check_refused(verifier, token + "=", MALFORMED)

    def test_with_the_claims_is_noticed(
        self, verifier: TokenVerifier, clock: MovableClock
    ) -> None:
        """
        Another employer under the same signature is refused.
        """
        header, _, signature = signed(claims(clock)).split(".")
        payload = segment(claims(clock, emp=UUID(int=9).hex))

        check_refused(verifier, f"{header}.{payload}.{signature}", MALFORMED)

    @pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", ""])
    def test_with_no_signature_is_noticed(
        self, verifier: TokenVerifier, clock: MovableClock, alg: str
    ) -> None:
        """
        `alg: none` is nobody's algorithm, with a signature or without.
        """
        header, payload = segment(HEADER | {"alg": alg}), segment(claims(clock))
        signature = signed(claims(clock)).split(".")[2]

        check_refused(verifier, f"{header}.{payload}.", NOT_OURS)
        check_refused(verifier, f"{header}.{payload}.{signature}", NOT_OURS)

    def test_with_the_public_key_as_a_secret_is_noticed(
        self, verifier: TokenVerifier, clock: MovableClock
    ) -> None:
        """
        An HMAC keyed with what everybody knows is no signature of ours.
        """
        secret = OctKey.import_key(urlsafe_b64encode(PUBLIC.as_der(private=False)).decode())

        token = signed(claims(clock), secret, HEADER | {"alg": "HS256"})

        check_refused(verifier, token, NOT_OURS)

    def test_with_another_key_is_noticed(
        self, verifier: TokenVerifier, clock: MovableClock
    ) -> None:
        """
        A stranger's signature fails under our key's name, and under their own.
        """
        check_refused(verifier, signed(claims(clock), OTHER), MALFORMED)
        check_refused(
            verifier, signed(claims(clock), OTHER, HEADER | {"kid": "theirs"}), NOT_OURS
        )

    def test_with_a_key_of_ones_own_is_noticed(
        self, verifier: TokenVerifier, clock: MovableClock
    ) -> None:
        """
        A key that comes along in the header is not looked at.
        """
        jwk = dict(OTHER.as_dict(private=False))

        token = signed(claims(clock), OTHER, HEADER | {"jwk": jwk})

        check_refused(verifier, token, MALFORMED)

    @pytest.mark.parametrize("type_name", ["JWT", "", "at+jwt "])
    def test_with_the_type_is_noticed(
        self, verifier: TokenVerifier, clock: MovableClock, type_name: str
    ) -> None:
        """
        An ID token, signed by the same key, is no access token.
        """
        token = signed(claims(clock), header=HEADER | {"typ": type_name})

        check_refused(verifier, token, NOT_OURS)

    def test_with_critical_extensions_is_noticed(
        self, verifier: TokenVerifier, clock: MovableClock
    ) -> None:
        """
        What the header says we must understand, and we do not, is refused.
        """
        header = segment(HEADER | {"crit": ["exp"], "exp": 1})
        _, payload, signature = signed(claims(clock)).split(".")

        check_refused(verifier, f"{header}.{payload}.{signature}", MALFORMED)


class TestClaims:
    @pytest.mark.fidelity("bearer.expired")
    async def test_expire(self, verifier: TokenVerifier, clock: MovableClock) -> None:
        """
        A token is good for its hour, and not a second longer.
        """
        token = signed(claims(clock))
        await clock.advance(timedelta(minutes=59, seconds=59))
        verifier.verify(token)

        await clock.advance(timedelta(seconds=1))

        check_refused(verifier, token, "The access token has expired.")

    @pytest.mark.parametrize(("ahead_s", "good"), [(60, True), (61, False)])
    def test_are_not_from_the_future(
        self, verifier: TokenVerifier, clock: MovableClock, *, ahead_s: int, good: bool
    ) -> None:
        """
        A minute is forgiven, as servers' clocks differ.
        """
        now = int(clock.now().timestamp())
        token = signed(claims(clock, iat=now + ahead_s))

        if good:
            assert verifier.verify(token).app_id == "a"
        else:
            check_refused(verifier, token, "The access token is from the future.")

    @pytest.mark.parametrize(
        "issuer", ["https://evil.example", ISSUER + "/", ISSUER.upper(), ""]
    )
    def test_are_by_our_issuer(
        self, verifier: TokenVerifier, clock: MovableClock, issuer: str
    ) -> None:
        """
        Another issuer is refused even under our key.
        """
        check_refused(verifier, signed(claims(clock, iss=issuer)), NOT_OURS)

    @pytest.mark.parametrize("name", ["iss", "sub", "azp", "scope", "iat", "exp", "jti"])
    def test_are_all_there(
        self, verifier: TokenVerifier, clock: MovableClock, name: str
    ) -> None:
        """
        Each documented claim is needed.
        """
        check_refused(verifier, signed(claims(clock, **{name: None})), MALFORMED)

    @pytest.mark.parametrize(
        "change",
        [
            {"sub": "a"},
            {"sub": "user:7"},
            {"sub": "robot:7"},
            {"emp": "7"},
            {"jti": "7"},
            {"fam": "7"},
            {"gid": "7"},
            {"cnf": {}},
            {"cnf": "key"},
            {"act": "app:a"},
            {"exp": "tomorrow"},
            {"exp": 1e300},
            {"scope": ["a"]},
        ],
    )
    def test_mean_something(
        self, verifier: TokenVerifier, clock: MovableClock, change: dict[str, object]
    ) -> None:
        """
        Claims of the wrong form are refused.
        """
        check_refused(verifier, signed(claims(clock, **change)), MALFORMED)

    def test_may_last_forever(self, verifier: TokenVerifier, clock: MovableClock) -> None:
        """
        An expiry beyond any calendar is no failure of ours.
        """
        caller = verifier.verify(signed(claims(clock, exp=2**62)))

        assert caller.expires_at.year == 9999


_TEXT: Final = st.text(max_size=200)
_SEGMENTS: Final = st.lists(
    st.binary(max_size=60).map(lambda raw: urlsafe_b64encode(raw).decode().rstrip("=")),
    min_size=3,
    max_size=3,
).map(".".join)
_HEADED: Final = st.builds(
    lambda header, tail: f"{segment(header)}.{tail}",
    st.dictionaries(
        st.sampled_from(["alg", "kid", "typ"]),
        st.sampled_from(["ES256", "k", "at+jwt", "none"]),
    ),
    st.text(max_size=30),
)


class TestMalformed:
    @pytest.mark.parametrize(
        "token",
        [
            "",
            ".",
            "..",
            "a.b.c",
            "é.b.c",
            segment(HEADER),
            segment(HEADER) + ".",
            segment([HEADER]) + ".e30.AAAA",
            segment({"alg": "ES256"}) + ".e30.AAAA",
            segment(HEADER | {"kid": 7}) + ".e30.AAAA",
            "\ud800",
            "a" * (LONGEST_TOKEN + 1),
            urlsafe_b64encode(b"[" * 6000).decode() + ".e30.AAAA",
            urlsafe_b64encode(b'{"x":' + b"[" * 6000).decode().rstrip("=") + ".e30.AAAA",
        ],
    )
    def test_tokens_are_refused(self, verifier: TokenVerifier, token: str) -> None:
        """
        Whatever is no token is called so, and not repeated.
        """
        check_refused(verifier, token, MALFORMED)

    def test_payloads_are_refused(self, verifier: TokenVerifier) -> None:
        """
        Signed nonsense is nonsense.
        """
        for payload in (b"", b"[]", b"{", b"\xff", b"[" * 3000, b'{"x":' * 800):
            check_refused(verifier, signed(payload), MALFORMED)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(_TEXT | _SEGMENTS | _HEADED)
    def test_anything_is_refused(self, verifier: TokenVerifier, token: str) -> None:
        """
        No text at all makes the verifier fail in another way.
        """
        with pytest.raises(Unauthenticated):
            verifier.verify(token)
