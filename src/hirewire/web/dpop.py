"""
DPoP proofs: that a caller holds the key its access token is bound to (RFC 9449).

A proof is good for one request, to one address, for a minute. A server nonce is not asked for:
the window is short, and every proof is remembered for as long as it would be good again.
"""

import hashlib
import hmac
import json
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import ClassVar, Final
from urllib.parse import urlsplit

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from hirewire.kit.clock import EPOCH, Clock
from hirewire.kit.refusals import HirewireError, Kind

LONGEST_PROOF: Final = 8192
LONGEST_ID: Final = 256
LASTS_S: Final = 60
AHEAD_S: Final = 30
MOST_REMEMBERED: Final = 100_000

_TYPE: Final = "dpop+jwt"
_SMALLEST_RSA: Final = 2048
_LARGEST_RSA: Final = 4096
_LARGEST_EXPONENT: Final = 1 << 32
_PORTS: Final[Mapping[str, int]] = {"http": 80, "https": 443}
_COMPACT: Final = re.compile(r"[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]+){2}")
# What makes a JWK a private or a symmetric one (RFC 7518, section 6).
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


@dataclass(frozen=True, slots=True)
class _KeyType:
    """The public members of a JWK, which its thumbprint is made of (RFC 7638)."""

    kty: str
    curve: str | None
    members: tuple[str, ...]
    make: type[ECKey] | type[RSAKey] | type[OKPKey]


_EC: Final = _KeyType("EC", "P-256", ("crv", "kty", "x", "y"), ECKey)
_RSA: Final = _KeyType("RSA", None, ("e", "kty", "n"), RSAKey)
_OKP: Final = _KeyType("OKP", "Ed25519", ("crv", "kty", "x"), OKPKey)
_KEY_TYPES: Final[Mapping[str, _KeyType]] = {
    "ES256": _EC,
    "Ed25519": _OKP,
    "PS256": _RSA,
    "RS256": _RSA,
}

ALGORITHMS: Final = tuple(_KEY_TYPES)
"""What a proof may be signed with: `dpop_signing_alg_values_supported` of discovery."""


def _registry(algorithm: str) -> JWSRegistry:
    """
    Take one algorithm, and headers that are long: an RSA key needs more than 512 bytes.

    Members of the header that nobody knows are ignored (RFC 7515, section 4); `crit` is refused
    before the signature is looked at.
    """
    registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    registry.max_header_length = LONGEST_PROOF
    return registry


_REGISTRIES: Final = {algorithm: _registry(algorithm) for algorithm in ALGORITHMS}


@dataclass(eq=False)
class BadProof(HirewireError):
    """A DPoP proof is missing, malformed, stale, used before, or another request's."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "oauth.invalid_dpop_proof"

    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """
    A good proof: the thumbprint of its *key* (RFC 7638), its own *id*, and when it was made.
    """

    key: str
    id: str
    issued_at: datetime

    @property
    def digest(self) -> bytes:
        """Name the proof in a memory of those that were used."""
        return hashlib.sha256(f"{self.key} {self.id}".encode()).digest()

    @property
    def until(self) -> datetime:
        """When it would be too old anyway, so that a memory may forget it."""
        return self.issued_at + timedelta(seconds=LASTS_S)


class _Header(msgspec.Struct, frozen=True):
    alg: str
    typ: str
    jwk: dict[str, object]
    crit: object = None


class _Claims(msgspec.Struct, frozen=True):
    jti: str
    htm: str
    htu: str
    iat: int | float
    ath: str | None = None


def one_proof(given: Sequence[str]) -> str | None:
    """
    Take the proof out of the `DPoP` headers *given*; None where there is none.

    Raises:
        BadProof: there is more than one (RFC 9449, section 4.3, check 1).
    """
    if len(given) > 1:
        raise BadProof(reason="There is more than one DPoP header.")
    return given[0].strip() if given else None


def check_proof(
    proof_text: str, *, method: str, url: str, now: datetime, access_token: str | None = None
) -> Proof:
    """
    Check a proof as RFC 9449, section 4.3, has it, all but whether it was used before.

    *url* is how callers reach this place. With an *access_token* the proof must name it.

    Raises:
        BadProof: it is not a good one for this request.
    """
    header, key = _header_and_key(proof_text)
    claims = _claims(proof_text, header.alg, key)
    if claims.htm != method:
        raise BadProof(reason="The DPoP proof is for another method.")
    if _place(claims.htu) != _our_place(url):
        raise BadProof(reason="The DPoP proof is for another address.")
    issued_at = _issued_at(claims.iat, now)
    if access_token is not None:
        _check_token(claims.ath, access_token)
    return Proof(key=_thumbprint(header), id=claims.jti, issued_at=issued_at)


class UsedProofs:
    """
    Remembers, in this process, the proofs that were used, for as long as they last.

    Beyond *most* the one that was used first is forgotten.
    """

    def __init__(self, clock: Clock, *, most: int = MOST_REMEMBERED) -> None:
        self._clock = clock
        self._most = most
        self._until: OrderedDict[bytes, datetime] = OrderedDict()

    def use(self, proof: Proof) -> None:
        """
        Take *proof* as used.

        Raises:
            BadProof: it was used before.
        """
        digest = proof.digest
        if digest in self._until:
            raise BadProof(reason="The DPoP proof was used before.")
        self._forget()
        self._until[digest] = proof.until

    def _forget(self) -> None:
        """Let go of the oldest ones, so long as they are over or too many."""
        now = self._clock.now()
        while self._until:
            until = next(iter(self._until.values()))
            if until >= now and len(self._until) < self._most:
                return
            self._until.popitem(last=False)


def _header_and_key(text: str) -> tuple[_Header, ECKey | RSAKey | OKPKey]:
    if len(text) > LONGEST_PROOF or not _COMPACT.fullmatch(text):
        raise _malformed()
    try:
        raw = urlsafe_b64decode(text.partition(".")[0].encode())
        header = msgspec.json.decode(raw, type=_Header)
    except (ValueError, RecursionError, msgspec.MsgspecError):
        raise _malformed() from None
    if header.typ != _TYPE:
        raise BadProof(reason=f"The DPoP proof is not of the type {_TYPE}.")
    if header.crit is not None:
        raise BadProof(reason="The DPoP proof has critical headers, and we know none.")
    return header, _key(header)


def _key(header: _Header) -> ECKey | RSAKey | OKPKey:
    """Read the public key that comes with the proof: the one place where a header's is used."""
    known = _KEY_TYPES.get(header.alg)
    if known is None:
        raise BadProof(reason=f"A DPoP proof is signed with one of {', '.join(ALGORITHMS)}.")
    if not _PRIVATE.isdisjoint(header.jwk):
        raise BadProof(reason="The key of a DPoP proof is a public one.")
    if header.jwk.get("kty") != known.kty or header.jwk.get("crv") != known.curve:
        raise BadProof(reason="The key of the DPoP proof is not one of its algorithm.")
    try:
        key = known.make.import_key({name: str(header.jwk[name]) for name in known.members})
        if isinstance(key, RSAKey):
            _check_size(key)
    except (KeyError, ValueError, JoseError):
        raise BadProof(reason="The key of the DPoP proof is malformed.") from None
    return key


def _check_size(key: RSAKey) -> None:
    """A short modulus is weak; a long one, or a long exponent, is slow."""
    numbers = key.public_key.public_numbers()
    is_fair = _SMALLEST_RSA <= numbers.n.bit_length() <= _LARGEST_RSA
    if not is_fair or numbers.e >= _LARGEST_EXPONENT:
        raise BadProof(
            reason=f"An RSA key of a DPoP proof has {_SMALLEST_RSA} to {_LARGEST_RSA} bits."
        )


def _claims(text: str, algorithm: str, key: ECKey | RSAKey | OKPKey) -> _Claims:
    try:
        signed = jws.deserialize_compact(text, key, registry=_REGISTRIES[algorithm])
        claims = msgspec.json.decode(signed.payload, type=_Claims)
    except (ValueError, RecursionError, JoseError, msgspec.MsgspecError):
        raise _malformed() from None
    if not 1 <= len(claims.jti) <= LONGEST_ID:
        raise _malformed()
    return claims


def _thumbprint(header: _Header) -> str:
    """RFC 7638, section 3: the public members alone, sorted, without white space."""
    members = {name: header.jwk[name] for name in _KEY_TYPES[header.alg].members}
    canonical = json.dumps(members, separators=(",", ":"), sort_keys=True)
    return urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).decode()


def _issued_at(iat: float, now: datetime) -> datetime:
    age_s = (now - EPOCH).total_seconds() - iat
    if not -AHEAD_S <= age_s <= LASTS_S:
        now_s = int((now - EPOCH).total_seconds())
        reason = f"The DPoP proof was not made just now: its iat is not near {now_s}."
        raise BadProof(reason=reason)
    return EPOCH + timedelta(seconds=iat)


def _check_token(ath: str | None, access_token: str) -> None:
    digest = urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest())
    if ath is None or not hmac.compare_digest(ath.encode(), digest):
        raise BadProof(reason="The DPoP proof is for another access token.")


def _place(url: str) -> tuple[str, str, int, str] | None:
    """Take an address apart, normalised, without query and fragment; None for no address."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    if not parts.hostname or parts.username is not None:
        return None
    return parts.scheme, parts.hostname, port, parts.path or "/"


@lru_cache(maxsize=64)
def _our_place(url: str) -> tuple[str, str, int, str]:
    place = _place(url)
    if place is None:
        msg = f"not an address: {url!r}"
        raise ValueError(msg)
    return place


def _malformed() -> BadProof:
    return BadProof(reason="The DPoP proof is malformed, or not signed with its own key.")
