"""The JWK sets of apps: which public keys an app may register to sign its assertions with."""

from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

from hirewire.accounts.errors import BadPublicKeys

MOST_KEYS: Final = 10
LARGEST_JWKS: Final = 16_384
SHORTEST_RSA_BITS: Final = 2048
LONGEST_RSA_BITS: Final = 8192

_LONGEST_KEY_ID: Final = 200
_LARGEST_EXPONENT: Final = 1 << 32
_COORDINATE_SIZE: Final = 32
_SECRET_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_ALGORITHMS: Final = {
    "EC": frozenset({"ES256"}),
    "RSA": frozenset({"RS256", "PS256"}),
    "OKP": frozenset({"EdDSA", "Ed25519"}),
}

Members = Mapping[str, object]


def parse_jwks(text: str) -> str:
    """
    Check a JWK set (RFC 7517), and spell it with what we use of it only.

    Empty stays empty: no keys at all. Links to certificates are left out, as nothing that an
    app names is ever fetched.

    Raises:
        BadPublicKeys: it is none, or one of its keys is not a public key to sign with.
    """
    if not text.strip():
        return ""
    if len(text.encode()) > LARGEST_JWKS:
        raise BadPublicKeys(reason=f"it is longer than {LARGEST_JWKS} bytes")
    keys = _keys(text)
    cleaned = [_parse_key(number, key) for number, key in enumerate(keys, start=1)]
    _check_ids(cleaned)
    return msgspec.json.encode({"keys": cleaned}).decode()


def _keys(text: str) -> list[dict[str, object]]:
    try:
        document = msgspec.json.decode(text, type=dict[str, object])
        keys = msgspec.convert(document.get("keys"), list[dict[str, object]])
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        raise BadPublicKeys(reason='it is not JSON of the shape {"keys": […]}') from None
    if not 1 <= len(keys) <= MOST_KEYS:
        raise BadPublicKeys(reason=f"it has to have 1 to {MOST_KEYS} keys")
    return keys


def _parse_key(number: int, key: Members) -> dict[str, str]:
    if _SECRET_MEMBERS & key.keys():
        raise BadPublicKeys(reason=f"key {number} is not public: keep its private part")
    parse = _KINDS.get(str(key.get("kty")))
    if parse is None:
        raise BadPublicKeys(reason=f"key {number} is none of EC, RSA and OKP")
    if key.get("use", "sig") != "sig" or key.get("key_ops", ["verify"]) != ["verify"]:
        raise BadPublicKeys(reason=f"key {number} is not for signatures")
    try:
        return {"kty": str(key["kty"]), **parse(key), **_labels(key)}
    except _Unfit as unfit:
        raise BadPublicKeys(reason=f"key {number} {unfit.why}") from None
    except (KeyError, TypeError, ValueError):
        raise BadPublicKeys(reason=f"key {number} is malformed") from None


@dataclass(eq=False)
class _Unfit(Exception):
    """A key is well-formed, and not one that we take."""

    why: str


def _elliptic(key: Members) -> dict[str, str]:
    if key["crv"] != "P-256":
        raise _Unfit(why="is on another curve than P-256")
    x, y = _number(key["x"], _COORDINATE_SIZE), _number(key["y"], _COORDINATE_SIZE)
    EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    return {"crv": "P-256", "x": str(key["x"]), "y": str(key["y"])}


def _rsa(key: Members) -> dict[str, str]:
    n, e = _number(key["n"]), _number(key["e"])
    if not SHORTEST_RSA_BITS <= n.bit_length() <= LONGEST_RSA_BITS:
        raise _Unfit(why=f"has not {SHORTEST_RSA_BITS} to {LONGEST_RSA_BITS} bits")
    if e >= _LARGEST_EXPONENT:
        raise _Unfit(why="has an exponent of more than 32 bits")
    RSAPublicNumbers(e, n).public_key()
    return {"n": str(key["n"]), "e": str(key["e"])}


def _edwards(key: Members) -> dict[str, str]:
    if key["crv"] != "Ed25519":
        raise _Unfit(why="is on another curve than Ed25519")
    Ed25519PublicKey.from_public_bytes(_bytes(key["x"]))
    return {"crv": "Ed25519", "x": str(key["x"])}


_KINDS: Final[Mapping[str, Callable[[Members], dict[str, str]]]] = {
    "EC": _elliptic,
    "RSA": _rsa,
    "OKP": _edwards,
}


def _labels(key: Members) -> dict[str, str]:
    """Keep what tells one key from another."""
    found = {name: key[name] for name in ("kid", "alg") if name in key}
    labels = msgspec.convert(found, dict[str, str])
    key_id = labels.get("kid", "-")
    if not 1 <= len(key_id) <= _LONGEST_KEY_ID or not key_id.isprintable():
        raise _Unfit(why=f"has a kid that has not 1 to {_LONGEST_KEY_ID} visible characters")
    if "alg" in labels and labels["alg"] not in _ALGORITHMS[str(key["kty"])]:
        raise _Unfit(why="names an algorithm that we do not take")
    return labels | {"use": "sig"}


def _check_ids(keys: list[dict[str, str]]) -> None:
    """Of several keys each needs an id of its own, or none could be picked."""
    ids = [key.get("kid") for key in keys]
    if len(keys) > 1 and (None in ids or len(set(ids)) < len(ids)):
        raise BadPublicKeys(reason="each of its keys needs a kid of its own")


def _number(text: object, size: int | None = None) -> int:
    found = _bytes(text)
    if size is not None and len(found) != size:
        raise ValueError
    return int.from_bytes(found, "big")


def _bytes(text: object) -> bytes:
    """Undo base64url without padding (RFC 7515, section 2), and nothing that is like it."""
    if not isinstance(text, str) or not text.isascii() or set("=+/ \n\t\r") & set(text):
        raise ValueError
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
