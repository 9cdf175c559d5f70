"""
Client assertions: apps that prove who they are with a signature (`private_key_jwt`).

RFC 7523, section 3, and OpenID Connect Core, section 9. The keys are those that the app
registered; of an assertion's header only the names of algorithm and key are believed.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import ClassVar, Final, TypeAlias

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

from hirewire.accounts.model import App
from hirewire.kit.clock import EPOCH, Clock
from hirewire.kit.refusals import HirewireError, Kind
from hirewire.oauth.errors import InvalidRequest
from hirewire.oauth.used_ids.service import use_once
from hirewire.runtime.db.unit import UnitOfWork

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_ASSERTION: Final = 8192
LONGEST_ID: Final = 256
LONGEST_LIFE_S: Final = 600
SKEW_S: Final = 60

Key: TypeAlias = ECKey | RSAKey | OKPKey

_COMPACT: Final = re.compile(r"[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]+){2}")
_TYPES: Final = frozenset({"jwt", "application/jwt", "client-authentication+jwt"})
# A key that comes with what it signs proves nothing, and an extension that we do not know may
# change what the rest means (RFC 7515, sections 4.1.11 and 10.7; RFC 7797).
_REFUSED_HEADERS: Final = frozenset({"jwk", "jku", "x5c", "x5u", "crit", "b64"})


@dataclass(frozen=True, slots=True)
class _Algorithm:
    """What an algorithm's key has to be; *name* is what the JOSE library calls it."""

    name: str
    kty: str
    curve: str | None
    make: type[ECKey] | type[RSAKey] | type[OKPKey]


_ED25519: Final = _Algorithm("Ed25519", "OKP", "Ed25519", OKPKey)
# RFC 9864 gave EdDSA on this curve a name of its own; both are in use.
_ALGORITHMS: Final[Mapping[str, _Algorithm]] = {
    "ES256": _Algorithm("ES256", "EC", "P-256", ECKey),
    "RS256": _Algorithm("RS256", "RSA", None, RSAKey),
    "PS256": _Algorithm("PS256", "RSA", None, RSAKey),
    "Ed25519": _ED25519,
    "EdDSA": _ED25519,
}

ASSERTION_ALGORITHMS: Final = tuple(_ALGORITHMS)
"""What discovery lists as `token_endpoint_auth_signing_alg_values_supported`."""


class AssertionFault(StrEnum):
    """What is wrong with an assertion: for the log."""

    MALFORMED = "assertion_malformed"
    HEADER_NOT_TAKEN = "assertion_header_not_taken"
    ALGORITHM_NOT_TAKEN = "assertion_algorithm_not_taken"
    UNKNOWN_KEY = "assertion_of_unknown_key"
    BAD_SIGNATURE = "assertion_signature_wrong"
    WRONG_APP = "assertion_of_another_app"
    WRONG_AUDIENCE = "assertion_for_another_audience"
    EXPIRED = "assertion_expired"
    LASTS_TOO_LONG = "assertion_lasts_too_long"
    NOT_YET_GOOD = "assertion_not_yet_good"
    USED_BEFORE = "assertion_used_before"


@dataclass(eq=False)
class BadAssertion(HirewireError):
    """A client assertion does not prove that the app is who it says."""

    kind: ClassVar[Kind] = Kind.UNAUTHENTICATED
    code: ClassVar[str] = "oauth.bad_assertion"

    fault: AssertionFault

    def __str__(self) -> str:
        return "The client assertion is not a good one."


@dataclass(frozen=True, slots=True)
class AssertionUse:
    """
    That a good assertion was shown.

    Whoever acts on it notes *digest* with `spend`. After *until* the assertion has expired.
    """

    digest: bytes
    until: datetime


class _Claimed(msgspec.Struct, frozen=True):
    """What is read of an assertion before anything of it is proven."""

    sub: str


class _Claims(msgspec.Struct, frozen=True):
    iss: str
    sub: str
    aud: str | list[str]
    exp: int | float
    jti: str
    iat: int | float | None = None
    nbf: int | float | None = None


@dataclass(frozen=True, slots=True)
class Assertions:
    """Checks assertions that are meant for *issuer*, or for one of its *endpoints*."""

    clock: Clock
    issuer: str
    endpoints: Collection[str] = ()

    async def check(self, app: App, text: str) -> AssertionUse:
        """
        Check that *text* proves that *app* sent it; whether it did before is not looked at.

        Raises:
            BadAssertion: it proves nothing.
        """
        claims = _signed(app, text)
        if not claims.iss == claims.sub == app.id:
            raise BadAssertion(AssertionFault.WRONG_APP)
        self._check_audience(claims.aud, app)
        self._check_times(claims)
        return AssertionUse(
            digest=sha256(f"{app.id} {claims.jti}".encode()).digest(),
            until=EPOCH + timedelta(seconds=claims.exp),
        )

    def _check_audience(self, aud: str | list[str], app: App) -> None:
        """
        Each audience has to be us: what others take as well, others can show to us.

        For an app that has to push its requests or to prove keys it is the issuer and nothing
        else, as FAPI 2.0 has it (Security Profile, section 5.3.2.1).
        """
        is_strict = app.terms.requires_pushed_requests or app.terms.requires_dpop
        named = [aud] if isinstance(aud, str) else aud
        if is_strict:
            is_ours = aud == self.issuer
        else:
            is_ours = bool(named) and {self.issuer, *self.endpoints}.issuperset(named)
        if not is_ours:
            raise BadAssertion(AssertionFault.WRONG_AUDIENCE)

    def _check_times(self, claims: _Claims) -> None:
        now_s = (self.clock.now() - EPOCH).total_seconds()
        begins = [begin for begin in (claims.iat, claims.nbf) if begin is not None]
        if claims.exp <= now_s:
            raise BadAssertion(AssertionFault.EXPIRED)
        if any(begin > now_s + SKEW_S for begin in begins):
            raise BadAssertion(AssertionFault.NOT_YET_GOOD)
        begun_s = min([now_s, *begins])
        if claims.exp > begun_s + LONGEST_LIFE_S + SKEW_S:
            raise BadAssertion(AssertionFault.LASTS_TOO_LONG)


def one_assertion(parameters: Mapping[str, str]) -> str | None:
    """
    Take the assertion out of a request's *parameters*; None where there is none.

    Raises:
        InvalidRequest: there is one of another type, or half of one.
    """
    text = parameters.get("client_assertion")
    type_name = parameters.get("client_assertion_type")
    if text is None and type_name is None:
        return None
    if type_name != ASSERTION_TYPE:
        raise InvalidRequest(reason=f"The client_assertion_type has to be {ASSERTION_TYPE}.")
    if text is None:
        raise InvalidRequest(reason="The parameter client_assertion is missing.")
    return text


async def spend(uow: UnitOfWork, use: AssertionUse) -> None:
    """
    Note that an assertion was used, in the unit of work of what it was used for.

    Raises:
        BadAssertion: it was used before.
    """
    if not await use_once(uow, use.digest, use.until):
        raise BadAssertion(AssertionFault.USED_BEFORE)


def claimed_app(text: str) -> str | None:
    """
    Read which app an assertion says it is of, so that its keys can be looked up.

    RFC 7521, section 4.2, lets a request leave out the `client_id`. Nothing is proven yet, and
    whatever else is wrong with the assertion is for the app's own profile to be told.
    """
    try:
        _, payload, _ = _parts(text)
        claimed = msgspec.json.decode(_decoded(payload), type=_Claimed).sub
    except (BadAssertion, RecursionError, msgspec.MsgspecError):
        return None
    return None if "\0" in claimed else claimed  # It has no place in a database's text.


def _signed(app: App, text: str) -> _Claims:
    """Check the signature, and read what was signed."""
    head, payload, signature = _parts(text)
    algorithm, key_id = _header(head)
    keys = _matching(_registered(app.terms.jwks), algorithm, key_id)
    if not keys:
        raise BadAssertion(AssertionFault.UNKNOWN_KEY)
    signed, proof = f"{head}.{payload}".encode(), _decoded(signature)
    verify = JWSRegistry.algorithms[algorithm.name].verify
    if not any(verify(signed, proof, key) for key in keys):
        raise BadAssertion(AssertionFault.BAD_SIGNATURE)
    try:
        claims = msgspec.json.decode(_decoded(payload), type=_Claims)
    except (RecursionError, msgspec.MsgspecError):
        raise BadAssertion(AssertionFault.MALFORMED) from None
    if not 1 <= len(claims.jti) <= LONGEST_ID:
        raise BadAssertion(AssertionFault.MALFORMED)
    return claims


def _parts(text: str) -> tuple[str, str, str]:
    if len(text) > LONGEST_ASSERTION or not _COMPACT.fullmatch(text):
        raise BadAssertion(AssertionFault.MALFORMED)
    head, payload, signature = text.split(".")
    return head, payload, signature


def _decoded(part: str) -> bytes:
    try:
        return urlsafe_b64decode(part.encode())
    except ValueError:
        raise BadAssertion(AssertionFault.MALFORMED) from None


def _header(head: str) -> tuple[_Algorithm, str | None]:
    try:
        header = msgspec.json.decode(_decoded(head), type=dict[str, object])
    except (RecursionError, msgspec.MsgspecError):
        raise BadAssertion(AssertionFault.MALFORMED) from None
    type_name, key_id = header.get("typ", "JWT"), header.get("kid")
    is_typed = isinstance(type_name, str) and type_name.lower() in _TYPES
    if not is_typed or not isinstance(key_id, str | None) or _REFUSED_HEADERS & header.keys():
        raise BadAssertion(AssertionFault.HEADER_NOT_TAKEN)
    algorithm = _ALGORITHMS.get(str(header.get("alg")))
    if algorithm is None:
        raise BadAssertion(AssertionFault.ALGORITHM_NOT_TAKEN)
    return algorithm, key_id


@dataclass(frozen=True, slots=True)
class _Registered:
    """One of the keys that an app registered, with what it is labelled."""

    key: Key
    kty: str
    curve: str | None
    id: str | None
    algorithm: str | None

    def is_for(self, algorithm: _Algorithm) -> bool:
        """Tell whether the key is of the kind that *algorithm* needs, and not of another's."""
        labelled = None if self.algorithm is None else _ALGORITHMS.get(self.algorithm)
        is_kind = (self.kty, self.curve) == (algorithm.kty, algorithm.curve)
        return is_kind and (self.algorithm is None or labelled is algorithm)


@lru_cache(maxsize=256)
def _registered(jwks: str) -> tuple[_Registered, ...]:
    """Read a JWK set that was checked when the app registered it."""
    if not jwks:
        return ()
    keys = msgspec.json.decode(jwks, type=dict[str, list[dict[str, str]]])["keys"]
    found = [_read(members) for members in keys]
    return tuple(key for key in found if key is not None)


def _read(members: Mapping[str, str]) -> _Registered | None:
    """Read one key; None for one of a kind that nothing here verifies with."""
    kty, curve = members.get("kty", ""), members.get("crv")
    makers = {kind.kty: kind.make for kind in _ALGORITHMS.values()}
    if kty not in makers:
        return None
    labels = {"kid", "alg", "use"}
    plain: dict[str, str | list[str]] = {
        name: value for name, value in members.items() if name not in labels
    }
    try:
        key = makers[kty].import_key(plain)
    except (ValueError, JoseError):
        return None
    return _Registered(key, kty, curve, members.get("kid"), members.get("alg"))


def _matching(
    keys: Iterable[_Registered], algorithm: _Algorithm, key_id: str | None
) -> list[Key]:
    """Choose the keys that may have signed; one without an id may go by any."""
    return [
        known.key
        for known in keys
        if known.is_for(algorithm) and (key_id is None or known.id in {None, key_id})
    ]
