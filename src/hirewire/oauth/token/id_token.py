"""The ID token: who signed in, for the app to read (OpenID Connect Core, section 2)."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

import msgspec
from joserfc.util import urlsafe_b64encode

from hirewire.kit.clock import EPOCH
from hirewire.oauth.keyring import KeyRing
from hirewire.oauth.model import RS256
from hirewire.oauth.token.exchange import Exchange

EMAIL: Final = "email"

_HALF: Final = 16


class IdClaims(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """
    The claims of an ID token.

    *employer* is the employer that the access token represents or the person picked (seed
    001: "The employer is returned as an advertiser ID in the ID token").
    """

    iss: str
    sub: str
    aud: str
    exp: int
    iat: int
    auth_time: int
    nonce: str | None = None
    at_hash: str = ""
    email: str | None = None
    email_verified: bool | None = None
    employer: str | None = None


def id_claims(x: Exchange, issued_s: int) -> IdClaims | None:
    """
    Say who signed in, and with the scope `email` how to write to them.

    A code always comes with it, `openid` or not (contract 5); nothing else does.
    """
    family, person = x.family, x.person
    if family is None or person is None:
        return None
    employer_id = x.employer_id or family.picked_employer_id
    has_email = EMAIL in x.scopes
    return IdClaims(
        iss=x.doors.policy.issuer,
        sub=person.id.hex,
        aud=x.app.id,
        exp=issued_s + x.doors.policy.lifetime_s,
        iat=issued_s,
        auth_time=seconds(family.authenticated_at),
        nonce=family.nonce,
        email=person.email if has_email else None,
        email_verified=person.email_verified if has_email else None,
        employer=None if employer_id is None else employer_id.hex,
    )


def sign_id_token(keys: KeyRing, claims: IdClaims, access_token: str) -> str:
    """Sign *claims* for an answer with *access_token* (OpenID Connect Core, 3.1.3.6)."""
    half = hashlib.sha256(access_token.encode()).digest()[:_HALF]
    bound = msgspec.structs.replace(claims, at_hash=urlsafe_b64encode(half).decode())
    return keys.sign(RS256, "JWT", msgspec.json.encode(bound))


def seconds(moment: datetime) -> int:
    """Count the seconds to *moment*, as JWTs do."""
    return (moment - EPOCH) // timedelta(seconds=1)
