"""
Bearer tokens: who an access token says is calling, verified once and then remembered.

Tokens are the JWTs of contract 5. The key, and with it the algorithm, is ours to choose: of a
token's header only the name of the key is believed.
"""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import urlsafe_b64decode

from hirewire.kit.caller import Caller, TokenFault, Unauthenticated
from hirewire.kit.clock import EPOCH, Clock
from hirewire.web.dpop import BadProof, Proof, UsedProofs, check_proof, one_proof

LONGEST_TOKEN: Final = 8192
REMEMBERED_FOR: Final = timedelta(seconds=60)
MOST_REMEMBERED: Final = 10_000
SKEW_S: Final = 60

Header = tuple[bytes, bytes]

_TYPE: Final = "at+jwt"
_CREDENTIALS: Final = re.compile(
    r"(?P<scheme>bearer|dpop) +(?P<token>[A-Za-z0-9\-._~+/]+=*)", re.IGNORECASE
)
_FAR: Final = datetime(9999, 1, 1, tzinfo=UTC)
_FAR_S: Final = int(_FAR.timestamp())


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key, and the one *algorithm* that it is used with."""

    algorithm: str
    key: ECKey | RSAKey


class TokenHeader(msgspec.Struct, frozen=True):
    """What we read of a token's JOSE header."""

    alg: str
    kid: str
    typ: str


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """The app that acts for a person: *sub* is `app:<client id>`."""

    sub: str
    app_account: str


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """The thumbprint of the key that a token is bound to (RFC 9449, section 6.1)."""

    jkt: str


class TokenClaims(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """
    The claims of an access token (contract 5).

    A two-legged token's *sub* is `app:<client id>`, and *app_account* the account that owns
    the app; a three-legged one's is `user:<id>`, and *act* the app. *emp* is the employer
    represented. *fam* and *gid* are the family and the grant, in hexadecimal.
    """

    iss: str
    sub: str
    azp: str
    scope: str
    iat: int
    exp: int
    jti: str
    app_account: str | None = None
    emp: str | None = None
    act: Actor | None = None
    fam: str | None = None
    gid: str | None = None
    cnf: Confirmation | None = None
    auth_time: int | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access token as a request carries it; *is_bound* is what the scheme DPoP says."""

    token: str = field(repr=False)
    is_bound: bool


@dataclass(frozen=True, slots=True)
class _Verified:
    claims: TokenClaims
    caller: Caller
    until: datetime

    @property
    def proof_key(self) -> str | None:
        """The thumbprint of the key that a caller has to hold."""
        return None if self.claims.cnf is None else self.claims.cnf.jkt


def read_credentials(given: Sequence[str]) -> Credentials:
    """
    Read the `Authorization` headers *given* (RFC 6750, section 2.1; RFC 9449, section 7.1).

    Raises:
        Unauthenticated: there is none, or more than one, or another scheme's.
    """
    if not given:
        raise Unauthenticated(
            reason="The request carries no access token.", fault=TokenFault.NO_TOKEN
        )
    found = _CREDENTIALS.fullmatch(given[0].strip())
    if len(given) > 1 or found is None:
        raise Unauthenticated(
            reason="The Authorization header is not one access token: use `Bearer <token>`."
        )
    return Credentials(found["token"], found["scheme"].lower() == "dpop")


class TokenVerifier:
    """
    Verifies access tokens.

    *keys* finds a key by its id, *revoked* is the live set of what no token may name, and
    *widen* adds the scopes that others imply. Proofs are for addresses under *base_url*, by
    default the issuer. A verdict is remembered under the SHA-256 of the token, or of its
    header, until the token expires, for a minute at most; a revocation ends it at once.
    """

    def __init__(
        self,
        keys: Callable[[str], VerifyingKey | None],
        issuer: str,
        clock: Clock,
        *,
        base_url: str | None = None,
        revoked: Set[UUID] = frozenset(),
        widen: Callable[[frozenset[str]], frozenset[str]] = lambda scopes: scopes,
        most_remembered: int = MOST_REMEMBERED,
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._clock = clock
        self._base_url = issuer if base_url is None else base_url
        self._revoked = revoked
        self._widen = widen
        self._most = most_remembered
        self._remembered: OrderedDict[bytes, _Verified] = OrderedDict()
        self._used_proofs = UsedProofs(clock)

    def identify(self, headers: Sequence[Header], method: str, path: str) -> Caller:
        """
        Say who calls *path* with the access token among the raw *headers*.

        A header that was good is remembered whole, so that it need not be taken apart again.

        Raises:
            Unauthenticated: there is no token, or it is not a good one, or it is bound to a key
                that the caller does not prove to hold.
        """
        given = [value for name, value in headers if name == b"authorization"]
        now = self._clock.now()
        digest = hashlib.sha256(given[0]).digest() if len(given) == 1 else b""
        known = self._recall(digest, now)
        if known is None:
            sent = read_credentials([value.decode("latin-1") for value in given])
            known = self._learn(digest, sent, now)
        if known.claims.cnf is not None:
            self._check_proof(known, headers, method, path)
        return known.caller

    def verify(self, token: str) -> Caller:
        """
        Say who calls with *token*, for which no proof came along.

        Raises:
            Unauthenticated: it is not one of ours, was changed, revoked, has expired, or is
                bound to a key.
        """
        known = self._read(token)
        _check_binding(known, is_bound=False)
        return known.caller

    def inspect(self, token: str) -> TokenClaims:
        """
        Say what *token* says, whoever may use it.

        Raises:
            Unauthenticated: it is not one of ours, was changed, revoked, or has expired.
        """
        return self._read(token).claims

    def forget(self) -> None:
        """Remember no verdict: something that they stood on is another one."""
        self._remembered.clear()

    def _read(self, token: str) -> _Verified:
        _check_form(token)
        digest = hashlib.sha256(token.encode()).digest()
        now = self._clock.now()
        return self._recall(digest, now) or self._remember(digest, self._verified(token, now))

    def _learn(self, digest: bytes, sent: Credentials, now: datetime) -> _Verified:
        """Verify what came in a header; the scheme has to be that of the token."""
        _check_form(sent.token)
        known = self._verified(sent.token, now)
        _check_binding(known, is_bound=sent.is_bound)
        return self._remember(digest, known)

    def _recall(self, digest: bytes, now: datetime) -> _Verified | None:
        known = self._remembered.get(digest)
        if known is None or now >= known.until:
            return None
        if not known.caller.token_ids.isdisjoint(self._revoked):
            return None
        self._remembered.move_to_end(digest)
        return known

    def _remember(self, digest: bytes, known: _Verified) -> _Verified:
        self._remembered[digest] = known
        self._remembered.move_to_end(digest)
        if len(self._remembered) > self._most:
            self._remembered.popitem(last=False)
        return known

    def _verified(self, token: str, now: datetime) -> _Verified:
        claims = self._claims(token)
        caller = self._caller(claims, now)
        if not caller.token_ids.isdisjoint(self._revoked):
            raise Unauthenticated(reason="The access token was revoked.")
        return _Verified(claims, caller, min(caller.expires_at, now + REMEMBERED_FOR))

    def _check_proof(
        self, known: _Verified, headers: Sequence[Header], method: str, path: str
    ) -> None:
        """Insist on a proof of the token's key, made for this request, and used once."""
        try:
            proof = check_proof(
                _needed_proof(headers),
                method=method,
                url=f"{self._base_url}{path}",
                now=self._clock.now(),
                access_token=read_credentials(_all(headers, b"authorization")).token,
            )
            _check_key(proof, known)
            self._used_proofs.use(proof)
        except BadProof as refusal:
            raise Unauthenticated(reason=refusal.reason, fault=TokenFault.BAD_PROOF) from None

    def _claims(self, token: str) -> TokenClaims:
        """Check the signature, and read what was signed."""
        malformed = Unauthenticated(reason="The access token is malformed.")
        try:
            raw_header = urlsafe_b64decode(token.partition(".")[0].encode())
            header = msgspec.json.decode(raw_header, type=TokenHeader)
        except (ValueError, RecursionError, msgspec.MsgspecError):
            raise malformed from None
        key = self._keys(header.kid)
        if header.typ != _TYPE or key is None or header.alg != key.algorithm:
            raise Unauthenticated(reason="The access token was not issued here.")
        try:
            signed = jws.deserialize_compact(token, key.key, algorithms=[key.algorithm])
            return msgspec.json.decode(signed.payload, type=TokenClaims)
        except (ValueError, RecursionError, JoseError, msgspec.MsgspecError):
            raise malformed from None

    def _caller(self, claims: TokenClaims, now: datetime) -> Caller:
        """Check what was signed, and put it in our words."""
        now_s = (now - EPOCH).total_seconds()
        if claims.iss != self._issuer:
            raise Unauthenticated(reason="The access token was not issued here.")
        if claims.exp <= now_s:
            raise Unauthenticated(reason="The access token has expired.")
        if claims.iat > now_s + SKEW_S:
            raise Unauthenticated(reason="The access token is from the future.")
        try:
            return Caller(
                app_id=claims.azp,
                scopes=self._widen(frozenset(claims.scope.split())),
                expires_at=EPOCH + timedelta(seconds=min(claims.exp, _FAR_S)),
                person_id=_person_id(claims.sub),
                employer_id=None if claims.emp is None else UUID(claims.emp),
                token_ids=_ids(claims),
            )
        except ValueError:
            raise Unauthenticated(reason="The access token is malformed.") from None


def _check_form(token: str) -> None:
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise Unauthenticated(reason="The access token is malformed.")


def _check_binding(known: _Verified, *, is_bound: bool) -> None:
    """A token that is bound to a key is none of the bearer's, and the other way round."""
    if is_bound and known.proof_key is None:
        raise Unauthenticated(
            reason="The access token is bound to no key: use `Bearer <token>`."
        )
    if not is_bound and known.proof_key is not None:
        raise Unauthenticated(
            reason="The access token is bound to a key: use `DPoP <token>`, and a proof."
        )


def _check_key(proof: Proof, known: _Verified) -> None:
    if proof.key != known.proof_key:
        raise BadProof(reason="The DPoP proof is of another key than the token's.")


def _needed_proof(headers: Sequence[Header]) -> str:
    text = one_proof(_all(headers, b"dpop"))
    if text is None:
        raise BadProof(reason="The access token is bound to a key: send a DPoP proof.")
    return text


def _all(headers: Sequence[Header], wanted: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in headers if name == wanted]


def _ids(claims: TokenClaims) -> frozenset[UUID]:
    """Read the ids by which the token can be revoked."""
    given = (claims.jti, claims.fam, claims.gid)
    return frozenset(UUID(each) for each in given if each is not None)


def _person_id(subject: str) -> UUID | None:
    """`user:<id>` is a person, `app:<client id>` none (contract 5)."""
    kind, _, name = subject.partition(":")
    if kind == "user":
        return UUID(name)
    if kind == "app":
        return None
    msg = "a token speaks of a user or of an app"
    raise ValueError(msg)
