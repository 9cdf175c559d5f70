"""Which JWK sets an app may register."""

import json
from base64 import urlsafe_b64encode
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from hirewire.accounts.errors import BadPublicKeys
from hirewire.accounts.public_keys import LARGEST_JWKS, MOST_KEYS, parse_jwks

_RSA_2048: Final = rsa.generate_private_key(65_537, 2048).public_key().public_numbers()
_RSA_1024: Final = (1 << 1023) + 1


def number(value: int, size: int | None = None) -> str:
    length = size or (value.bit_length() + 7) // 8
    return urlsafe_b64encode(value.to_bytes(length, "big")).decode().rstrip("=")


def p256(**more: Any) -> dict[str, Any]:
    point = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    x, y = number(point.x, 32), number(point.y, 32)
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y} | more


def rsa_key(**more: Any) -> dict[str, Any]:
    return {"kty": "RSA", "n": number(_RSA_2048.n), "e": number(_RSA_2048.e)} | more


def edwards(**more: Any) -> dict[str, Any]:
    raw = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    return {"kty": "OKP", "crv": "Ed25519", "x": number(int.from_bytes(raw, "big"), 32)} | more


def jwks(*keys: object) -> str:
    return json.dumps({"keys": keys})


class TestParsing:
    @pytest.mark.fidelity("console.apps.public-keys")
    def test_takes_one_key_of_each_kind(self) -> None:
        """
        P-256, RSA and Ed25519 keys are kept, with what names them.
        """
        keys = [
            p256(kid="a", alg="ES256"),
            rsa_key(kid="b", alg="PS256", use="sig"),
            edwards(kid="c", alg="EdDSA", key_ops=["verify"]),
        ]

        kept = json.loads(parse_jwks(jwks(*keys)))["keys"]

        keys[2].pop("key_ops")
        assert kept == [key | {"use": "sig"} for key in keys]

    def test_keeps_nothing_that_it_does_not_use(self) -> None:
        """
        Certificates and links to them go, so that nothing is ever fetched for an app.
        """
        key = p256()

        kept = json.loads(parse_jwks(jwks(key | {"x5u": "https://e.example", "x5c": ["x"]})))

        assert kept == {"keys": [key | {"use": "sig"}]}

    def test_spells_a_parsed_set_the_same(self) -> None:
        """
        What was parsed once stays as it is.
        """
        once = parse_jwks(jwks(rsa_key()))

        assert parse_jwks(once) == once

    @pytest.mark.parametrize("text", ["", "  \n"])
    def test_takes_nothing_for_no_keys(self, text: str) -> None:
        """
        An app without keys uses secrets only.
        """
        assert not parse_jwks(text)


class TestRefusals:
    @pytest.mark.fidelity("console.apps.public-keys")
    @pytest.mark.parametrize(
        ("key", "reason"),
        [
            (p256(d="AAAA"), "key 1 is not public: keep its private part"),
            (rsa_key(p="AAAA"), "key 1 is not public: keep its private part"),
            ({"kty": "oct", "k": "AAAA"}, "key 1 is not public: keep its private part"),
            ({"kty": "oct"}, "key 1 is none of EC, RSA and OKP"),
            ({}, "key 1 is none of EC, RSA and OKP"),
            (p256(use="enc"), "key 1 is not for signatures"),
            (p256(key_ops=["verify", "sign"]), "key 1 is not for signatures"),
            (p256(crv="P-384"), "key 1 is on another curve than P-256"),
            (p256(x=number(1, 32)), "key 1 is malformed"),
            (p256(x="AAAA"), "key 1 is malformed"),
            (p256(x=None), "key 1 is malformed"),
            ({"kty": "EC", "crv": "P-256"}, "key 1 is malformed"),
            (rsa_key(n=number(_RSA_1024)), "key 1 has not 2048 to 8192 bits"),
            (rsa_key(n=number(1 << 8192 | 1)), "key 1 has not 2048 to 8192 bits"),
            (rsa_key(e=number(2)), "key 1 is malformed"),
            (rsa_key(e=number(1 << 33 | 1)), "key 1 has an exponent of more than 32 bits"),
            (rsa_key(n=number(_RSA_2048.n) + "="), "key 1 is malformed"),
            (edwards(crv="X25519"), "key 1 is on another curve than Ed25519"),
            (edwards(x="AAAA"), "key 1 is malformed"),
            (p256(alg="RS256"), "key 1 names an algorithm that we do not take"),
            (rsa_key(alg="none"), "key 1 names an algorithm that we do not take"),
            (rsa_key(alg="HS256"), "key 1 names an algorithm that we do not take"),
            (p256(kid=""), "key 1 has a kid that has not 1 to 200 visible characters"),
            (p256(kid=7), "key 1 is malformed"),
        ],
    )
    def test_names_the_key_and_what_is_wrong(self, key: dict[str, Any], reason: str) -> None:
        """
        A key that is private, weak, or for something else is not registered.
        """
        with pytest.raises(BadPublicKeys) as refusal:
            parse_jwks(jwks(key))

        assert refusal.value.reason == reason

    @pytest.mark.parametrize(
        "text",
        ["{", "[]", "7", '{"keys": {}}', '{"keys": [1]}', "{}", "[" * 10_000, '{"keys":null}'],
    )
    def test_of_what_is_no_set(self, text: str) -> None:
        """
        JSON of another shape is none, however deep.
        """
        with pytest.raises(BadPublicKeys) as refusal:
            parse_jwks(text)

        assert refusal.value.reason == 'it is not JSON of the shape {"keys": […]}'

    def test_of_none_and_of_too_many(self) -> None:
        """
        A set has one to ten keys.
        """
        for keys in ([], [p256()] * (MOST_KEYS + 1)):
            with pytest.raises(BadPublicKeys) as refusal:
                parse_jwks(jwks(*keys))

            assert refusal.value.reason == "it has to have 1 to 10 keys"

    def test_of_what_is_too_long(self) -> None:
        """
        The text is bounded before it is read.
        """
        with pytest.raises(BadPublicKeys) as refusal:
            parse_jwks(" " * LARGEST_JWKS + jwks(p256()))

        assert refusal.value.reason == "it is longer than 16384 bytes"

    @pytest.mark.parametrize("ids", [("a", "a"), ("a", None), (None, None)])
    def test_of_keys_that_cannot_be_told_apart(self, ids: tuple[str | None, ...]) -> None:
        """
        Of several keys each has an id of its own.
        """
        keys = [p256() if name is None else p256(kid=name) for name in ids]

        with pytest.raises(BadPublicKeys) as refusal:
            parse_jwks(jwks(*keys))

        assert refusal.value.reason == "each of its keys needs a kid of its own"
