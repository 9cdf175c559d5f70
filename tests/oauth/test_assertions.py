"""Client assertions: what proves an app to be itself, and everything that does not."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64encode

from hirewire.accounts.model import App, AppTerms, GrantType
from hirewire.kit.clock import EPOCH, MovableClock
from hirewire.oauth.assertions import (
    ASSERTION_ALGORITHMS,
    ASSERTION_TYPE,
    LONGEST_ASSERTION,
    AssertionFault,
    Assertions,
    BadAssertion,
    claimed_app,
    one_assertion,
    spend,
)
from hirewire.oauth.errors import InvalidRequest
from hirewire.runtime.db.database import Database
from tests.fixtures.database import MORNING
from tests.oauth.world import an_rsa_key

ISSUER: Final = "https://jobs.example"
TOKENS: Final = f"{ISSUER}/oauth/v2/tokens"
NOW_S: Final = int((MORNING - EPOCH).total_seconds())

ELLIPTIC: Final = ECKey.generate_key("P-256")
OTHER_ELLIPTIC: Final = ECKey.generate_key("P-256")
DIGEST: Final = hashlib.sha256(b"app-1 one").digest()
EDWARDS: Final = OKPKey.generate_key("Ed25519")


Signer = ECKey | RSAKey | OKPKey


def rsa() -> RSAKey:
    """The RSA key of the app."""
    return RSAKey.import_key(an_rsa_key())


def an_app(*keys: dict[str, Any], id: str = "app-1") -> App:
    """An app that registered the public *keys*."""
    terms = AppTerms(
        name="Agency",
        grant_types=frozenset({GrantType.CLIENT_CREDENTIALS}),
        jwks=json.dumps({"keys": keys}) if keys else "",
    )
    return App(id=id, owner_employer_id=UUID(int=1), terms=terms, created_at=MORNING)


def public(key: Signer, **labels: str) -> dict[str, Any]:
    """The public part of *key*, as an app registers it."""
    return {**key.as_dict(private=False), "use": "sig", **labels}


APP: Final = an_app(public(ELLIPTIC, kid="k1"))


def claims(**changes: object) -> dict[str, object]:
    """What a good assertion says, with *changes*; None leaves a claim out."""
    good: dict[str, object] = {
        "iss": "app-1",
        "sub": "app-1",
        "aud": ISSUER,
        "exp": NOW_S + 60,
        "iat": NOW_S,
        "jti": "one",
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def signed(
    header: Mapping[str, object] | None = None, key: Signer = ELLIPTIC, **changes: object
) -> str:
    """An assertion with the signature of *key*."""
    head = {"alg": "ES256", "typ": "JWT"} | dict(header or {})
    parts = [urlsafe_b64encode(json.dumps(part).encode()) for part in (head, claims(**changes))]
    algorithm = {"EdDSA": "Ed25519"}.get(str(head["alg"]), str(head["alg"]))
    signature = JWSRegistry.algorithms[algorithm].sign(b".".join(parts), key)
    return b".".join([*parts, urlsafe_b64encode(signature)]).decode()


@pytest.fixture
def assertions(clock: MovableClock) -> Assertions:
    """A check of assertions that are meant for us."""
    return Assertions(clock, ISSUER, (TOKENS,))


async def fault_of(assertions: Assertions, text: str, app: App = APP) -> AssertionFault:
    """Have *text* refused, and say why it was."""
    with pytest.raises(BadAssertion) as refusal:
        await assertions.check(app, text)
    assert str(refusal.value) == "The client assertion is not a good one."
    return refusal.value.fault


class TestGood:
    @pytest.mark.fidelity("oauth.assertions.private-key-jwt")
    @pytest.mark.parametrize("algorithm", ASSERTION_ALGORITHMS)
    async def test_every_algorithm(self, assertions: Assertions, algorithm: str) -> None:
        """
        The signature of the app's own key is good, with each algorithm that we publish.
        """
        keys: dict[str, Signer] = {"ES256": ELLIPTIC, "RS256": rsa(), "PS256": rsa()}
        key = keys.get(algorithm, EDWARDS)

        use = await assertions.check(an_app(public(key)), signed({"alg": algorithm}, key))

        assert use.until == MORNING + timedelta(seconds=60)
        assert use.digest == DIGEST

    @pytest.mark.fidelity("oauth.assertions.audience")
    @pytest.mark.parametrize("aud", [ISSUER, TOKENS, [ISSUER], [ISSUER, TOKENS]])
    async def test_every_name_of_ours(self, assertions: Assertions, aud: object) -> None:
        """
        The audience is the issuer or an endpoint, alone or in a list.
        """
        use = await assertions.check(APP, signed(aud=aud))

        assert use.until == MORNING + timedelta(seconds=60)

    @pytest.mark.parametrize(
        "changes",
        [
            {"iat": None},
            {"iat": NOW_S + 60, "exp": NOW_S + 90},
            {"nbf": NOW_S + 60, "exp": NOW_S + 90},
            {"exp": NOW_S + 1},
            {"exp": NOW_S + 660},
            {"exp": NOW_S + 59.5},
            {"azp": "ignored"},
        ],
    )
    async def test_clocks_that_differ_a_little(
        self, assertions: Assertions, changes: dict[str, Any]
    ) -> None:
        """
        A client whose clock is a minute ahead is heard, and claims that we do not know are
        nothing to us.
        """
        use = await assertions.check(APP, signed(**changes))

        assert use.digest == DIGEST

    @pytest.mark.parametrize("typ", ["JWT", "jwt", "client-authentication+jwt"])
    async def test_every_spelling_of_its_type(self, assertions: Assertions, typ: str) -> None:
        """
        The type may be spelled as RFC 7519 does, or by its own name.
        """
        use = await assertions.check(APP, signed({"typ": typ}))

        assert use.digest == DIGEST

    @pytest.mark.fidelity("oauth.assertions.key-rotation")
    async def test_several_keys(self, assertions: Assertions) -> None:
        """
        An app that changes keys registers both: each is good, named or not.
        """
        app = an_app(
            public(ELLIPTIC, kid="old", alg="ES256"), public(OTHER_ELLIPTIC, kid="new")
        )

        uses = [
            await assertions.check(app, signed(header, key))
            for key, key_id in ((ELLIPTIC, "old"), (OTHER_ELLIPTIC, "new"))
            for header in ({"kid": key_id}, {})
        ]

        assert len(uses) == 4
        assert await fault_of(assertions, signed({"kid": "new"}, ELLIPTIC), app) == (
            AssertionFault.BAD_SIGNATURE
        )
        assert await fault_of(assertions, signed({"kid": "older"}, ELLIPTIC), app) == (
            AssertionFault.UNKNOWN_KEY
        )

    async def test_a_key_without_an_id(self, assertions: Assertions) -> None:
        """
        The only key of an app may be registered without an id, whatever the app calls it.
        """
        use = await assertions.check(an_app(public(ELLIPTIC)), signed({"kid": "mine"}))

        assert use.digest == DIGEST


class TestForged:
    @pytest.mark.fidelity("oauth.assertions.key-confusion")
    @pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "RS512", "ES384", "", "x"])
    async def test_algorithms_that_are_not_taken(
        self, assertions: Assertions, algorithm: str
    ) -> None:
        """
        No signature at all, a shared secret and weaker or unknown algorithms are refused.
        """
        head, payload, signature = signed().split(".")
        head = urlsafe_b64encode(json.dumps({"alg": algorithm}).encode()).decode()

        faults = [
            await fault_of(assertions, f"{head}.{payload}.{signature}"),
            await fault_of(assertions, f"{head}.{payload}."),
        ]

        assert faults == [AssertionFault.ALGORITHM_NOT_TAKEN, AssertionFault.MALFORMED]

    @pytest.mark.fidelity("oauth.assertions.key-confusion")
    async def test_a_public_key_as_the_secret(self, assertions: Assertions) -> None:
        """
        A MAC under the text of the app's public key is not a signature.
        """
        app = an_app(public(rsa()))
        parts = [
            urlsafe_b64encode(json.dumps(part).encode())
            for part in ({"alg": "HS256", "typ": "JWT"}, claims())
        ]
        secret = rsa().as_bytes("PEM", private=False)
        mac = hmac.new(secret, b".".join(parts), "sha256").digest()
        text = b".".join([*parts, urlsafe_b64encode(mac)]).decode()

        assert await fault_of(assertions, text, app) == AssertionFault.ALGORITHM_NOT_TAKEN

    async def test_the_key_of_somebody_else(self, assertions: Assertions) -> None:
        """
        A key that the app did not register signs nothing for it.
        """
        text = signed(key=OTHER_ELLIPTIC)

        assert await fault_of(assertions, text) == AssertionFault.BAD_SIGNATURE

    async def test_a_key_of_another_kind(self, assertions: Assertions) -> None:
        """
        The algorithm has to go with a registered key, and with what that is labelled.
        """
        labelled = an_app(public(rsa(), alg="PS256"))
        text = signed({"alg": "RS256"}, rsa())

        assert await fault_of(assertions, text) == AssertionFault.UNKNOWN_KEY
        assert await fault_of(assertions, text, labelled) == AssertionFault.UNKNOWN_KEY

    async def test_an_app_without_keys(self, assertions: Assertions) -> None:
        """
        An app that registered none cannot be proven this way.
        """
        assert await fault_of(assertions, signed(), an_app()) == AssertionFault.UNKNOWN_KEY

    @pytest.mark.fidelity("oauth.assertions.registered-keys")
    @pytest.mark.parametrize(
        "header",
        [
            {"jwk": public(OTHER_ELLIPTIC)},
            {"jku": "https://evil.example/keys"},
            {"x5u": "https://evil.example/chain"},
            {"x5c": ["MIIB"]},
            {"crit": ["b64"], "b64": False},
            {"crit": []},
            {"typ": "at+jwt"},
            {"typ": "dpop+jwt"},
            {"typ": None},
            {"kid": 7},
        ],
        ids="-".join,
    )
    async def test_headers_that_are_not_taken(
        self, assertions: Assertions, header: dict[str, Any]
    ) -> None:
        """
        Keys that come along, or lie somewhere, and extensions are refused, signed as they be.
        """
        assert await fault_of(assertions, signed(header)) == AssertionFault.HEADER_NOT_TAKEN

    async def test_one_that_was_changed(self, assertions: Assertions) -> None:
        """
        A bit that is not as it was signed spoils the signature.
        """
        head, payload, signature = signed().split(".")
        other = urlsafe_b64encode(json.dumps(claims(jti="two")).encode()).decode()

        faults = [
            await fault_of(assertions, f"{head}.{other}.{signature}"),
            await fault_of(assertions, f"{head}.{payload}.{signature[:-6]}"),
            await fault_of(assertions, f"{head}.{payload}.{'A' * 86}"),
        ]

        assert faults == [AssertionFault.BAD_SIGNATURE] * 3


class TestOfSomethingElse:
    @pytest.mark.parametrize("changes", [{"iss": "app-2"}, {"sub": "app-2"}])
    async def test_another_app(self, assertions: Assertions, changes: dict[str, Any]) -> None:
        """
        Issuer and subject are both the app (RFC 7523, section 3, items 1 and 2).
        """
        assert await fault_of(assertions, signed(**changes)) == AssertionFault.WRONG_APP

    async def test_two_apps_with_one_key(self, assertions: Assertions) -> None:
        """
        What one app signed does not prove another that registered the same key.
        """
        other = an_app(public(ELLIPTIC), id="app-2")

        assert await fault_of(assertions, signed(), other) == AssertionFault.WRONG_APP

    @pytest.mark.fidelity("oauth.assertions.audience")
    @pytest.mark.parametrize(
        "aud",
        ["https://other.example", f"{ISSUER}/", "", [], [ISSUER, "https://other.example"]],
        ids=str,
    )
    async def test_another_audience(self, assertions: Assertions, aud: object) -> None:
        """
        What is for somebody else, or for somebody else too, is not for us.
        """
        assert await fault_of(assertions, signed(aud=aud)) == AssertionFault.WRONG_AUDIENCE

    @pytest.mark.fidelity("oauth.assertions.strict-audience")
    @pytest.mark.parametrize(
        "terms",
        [
            replace(APP.terms, requires_pushed_requests=True),
            replace(APP.terms, requires_dpop=True),
        ],
        ids=["pushed requests", "dpop"],
    )
    async def test_an_endpoint_of_ours_for_a_strict_app(
        self, assertions: Assertions, terms: AppTerms
    ) -> None:
        """
        An app that has to do more than others names the issuer, and nothing beside it.
        """
        strict = replace(APP, terms=terms)

        faults = [
            await fault_of(assertions, signed(aud=aud), strict)
            for aud in (TOKENS, [ISSUER], [ISSUER, TOKENS])
        ]
        use = await assertions.check(strict, signed())

        assert faults == [AssertionFault.WRONG_AUDIENCE] * 3
        assert use.digest == DIGEST


class TestTimes:
    @pytest.mark.parametrize(
        ("changes", "fault"),
        [
            ({"exp": NOW_S}, AssertionFault.EXPIRED),
            ({"exp": NOW_S - 3600}, AssertionFault.EXPIRED),
            ({"exp": NOW_S + 661}, AssertionFault.LASTS_TOO_LONG),
            ({"exp": 1e300}, AssertionFault.LASTS_TOO_LONG),
            ({"iat": NOW_S - 620, "exp": NOW_S + 60}, AssertionFault.LASTS_TOO_LONG),
            ({"iat": NOW_S + 61}, AssertionFault.NOT_YET_GOOD),
            ({"nbf": NOW_S + 61}, AssertionFault.NOT_YET_GOOD),
        ],
    )
    async def test_out_of_its_time(
        self, assertions: Assertions, changes: dict[str, Any], fault: AssertionFault
    ) -> None:
        """
        Expired, not yet good, and good for more than ten minutes: all refused.
        """
        assert await fault_of(assertions, signed(**changes)) == fault


class TestMalformed:
    @pytest.mark.parametrize(
        "changes",
        [
            {"exp": None},
            {"jti": None},
            {"iss": None},
            {"sub": None},
            {"aud": None},
            {"jti": ""},
            {"jti": "x" * 257},
            {"jti": 7},
            {"exp": str(NOW_S + 60)},
            {"exp": True},
            {"aud": {"a": 1}},
            {"iat": "now"},
        ],
        ids=str,
    )
    async def test_claims(self, assertions: Assertions, changes: dict[str, Any]) -> None:
        """
        A claim that is missing or of another type is refused, though it was signed.
        """
        assert await fault_of(assertions, signed(**changes)) == AssertionFault.MALFORMED

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "a.b",
            "a.b.c.d",
            "é.b.c",
            "a.b.c",
            f"{signed()} {signed()}",
            f"{signed()},{signed()}",
            "." * LONGEST_ASSERTION,
            f"{signed()}\n",
        ],
        ids=range(9),
    )
    async def test_texts(self, assertions: Assertions, text: str) -> None:
        """
        What is no compact JWS, or is two, is refused.
        """
        assert await fault_of(assertions, text) == AssertionFault.MALFORMED
        assert claimed_app(text) is None

    async def test_too_long(self, assertions: Assertions) -> None:
        """
        An assertion of more than 8 KiB is not looked into.
        """
        text = signed(filling="x" * LONGEST_ASSERTION)

        assert await fault_of(assertions, text) == AssertionFault.MALFORMED

    @pytest.mark.parametrize("part", ["[" * 4000, '{"alg":"ES256"', "[]", "7"])
    async def test_header_that_is_no_object(self, assertions: Assertions, part: str) -> None:
        """
        A header that is not JSON, or not an object, is refused.
        """
        head = urlsafe_b64encode(part.encode()).decode()
        _, payload, signature = signed().split(".")

        found = await fault_of(assertions, f"{head}.{payload}.{signature}")

        assert found == AssertionFault.MALFORMED


class TestRequest:
    def test_names_the_app_before_it_is_proven(self) -> None:
        """
        A request may leave out the client id: the assertion has it.
        """
        assert claimed_app(signed(sub="app-7")) == "app-7"

    def test_has_one_or_none(self) -> None:
        """
        Both parameters belong together.
        """
        both = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": "a.b.c"}

        assert one_assertion({"client_id": "app-1"}) is None
        assert one_assertion(both) == "a.b.c"

    @pytest.mark.parametrize(
        "parameters",
        [
            {"client_assertion": "a.b.c"},
            {"client_assertion_type": ASSERTION_TYPE},
            {"client_assertion": "a.b.c", "client_assertion_type": "saml2-bearer"},
        ],
        ids=str,
    )
    def test_has_no_half_of_one(self, parameters: dict[str, str]) -> None:
        """
        One without the other, and another type, are refused.
        """
        with pytest.raises(InvalidRequest):
            one_assertion(parameters)


class TestSpend:
    @pytest.mark.fidelity("oauth.assertions.once")
    async def test_is_good_once(self, assertions: Assertions, database: Database) -> None:
        """
        A replay is refused, whatever else the assertion says; another app's id is no replay.
        """
        use = await assertions.check(APP, signed())
        again = await assertions.check(APP, signed(exp=NOW_S + 90))
        other = await assertions.check(
            replace(APP, id="app-2"), signed(iss="app-2", sub="app-2")
        )
        async with database.unit() as uow:
            await spend(uow, use)
            await spend(uow, other)

        with pytest.raises(BadAssertion) as refusal:
            async with database.unit() as uow:
                await spend(uow, again)

        assert refusal.value.fault == AssertionFault.USED_BEFORE
        async with database.read() as reader:
            assert await reader.value("SELECT count(*) FROM oauth_used_ids") == 2
