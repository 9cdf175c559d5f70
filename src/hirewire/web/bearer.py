"""
Bearer tokens: who an access token says is calling, verified once and then remembered.

Tokens are the JWTs of contract 5. The key, and with it the algorithm, is ours to choose: of a
token's header only the name of the key is believed.
"""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import urlsafe_b64decode
from starlette.datastructures import Headers

from hirewire.kit.caller import Caller, Unauthenticated
from hirewire.kit.clock import EPOCH, Clock

LONGEST_TOKEN: Final = 8192
REMEMBERED_FOR: Final = timedelta(seconds=60)
MOST_REMEMBERED: Final = 10_000
SKEW_S: Final = 60

_TYPE: Final = "at+jwt"
_CREDENTIALS: Final = re.compile(r"bearer +(?P<token>[A-Za-z0-9\-._~+/]+=*)", re.IGNORECASE)
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
class _Verified:
    caller: Caller
    until: datetime


def bearer_token(headers: Headers) -> str:
    """
    Take the token out of the `Authorization` header (RFC 6750, section 2.1).

    Raises:
        Unauthenticated: there is none, or more than one, or another scheme's.
    """
    given = headers.getlist("authorization")
    if not given:
        raise Unauthenticated(reason="The request carries no access token.")
    found = _CREDENTIALS.fullmatch(given[0].strip())
    if len(given) > 1 or found is None:
        raise Unauthenticated(
            reason="The Authorization header is not one access token: use `Bearer <token>`."
        )
    return found["token"]


class TokenVerifier:
    """
    Verifies access tokens.

    *keys* finds a key by its id. *widen* adds the scopes that others imply. A verdict is
    remembered under the SHA-256 of the token, or of its header, until the token expires, for a
    minute at most.
    """

    def __init__(
        self,
        keys: Callable[[str], VerifyingKey | None],
        issuer: str,
        clock: Clock,
        *,
        widen: Callable[[frozenset[str]], frozenset[str]] = lambda scopes: scopes,
        most_remembered: int = MOST_REMEMBERED,
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._clock = clock
        self._widen = widen
        self._most = most_remembered
        self._remembered: OrderedDict[bytes, _Verified] = OrderedDict()

    def verify(self, token: str) -> Caller:
        """
        Say who calls with *token*.

        Raises:
            Unauthenticated: it is not one of ours, was changed, or has expired.
        """
        _check_form(token)
        digest = hashlib.sha256(token.encode()).digest()
        now = self._clock.now()
        return self._recall(digest, now) or self._learn(digest, token, now)

    def identify(self, headers: Iterable[tuple[bytes, bytes]]) -> Caller:
        """
        Say who calls with the access token among the raw *headers*.

        A header that was good is remembered whole, so that it need not be taken apart again.

        Raises:
            Unauthenticated: there is no token, or it is not a good one.
        """
        given = [value for name, value in headers if name == b"authorization"]
        now = self._clock.now()
        digest = hashlib.sha256(given[0]).digest() if len(given) == 1 else b""
        known = self._recall(digest, now)
        if known is not None:
            return known
        token = bearer_token(Headers(raw=[(b"authorization", value) for value in given]))
        _check_form(token)
        return self._learn(digest, token, now)

    def forget(self) -> None:
        """Remember no verdict: something that they stood on was revoked."""
        self._remembered.clear()

    def _recall(self, digest: bytes, now: datetime) -> Caller | None:
        known = self._remembered.get(digest)
        if known is None or now >= known.until:
            return None
        self._remembered.move_to_end(digest)
        return known.caller

    def _learn(self, digest: bytes, token: str, now: datetime) -> Caller:
        caller = self._caller(self._claims(token), now)
        until = min(caller.expires_at, now + REMEMBERED_FOR)
        self._remembered[digest] = _Verified(caller, until)
        self._remembered.move_to_end(digest)
        if len(self._remembered) > self._most:
            self._remembered.popitem(last=False)
        return caller

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
            )
        except ValueError:
            raise Unauthenticated(reason="The access token is malformed.") from None


def _check_form(token: str) -> None:
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise Unauthenticated(reason="The access token is malformed.")


def _person_id(subject: str) -> UUID | None:
    """`user:<id>` is a person, `app:<client id>` none (contract 5)."""
    kind, _, name = subject.partition(":")
    if kind == "user":
        return UUID(name)
    if kind == "app":
        return None
    msg = "a token speaks of a user or of an app"
    raise ValueError(msg)
