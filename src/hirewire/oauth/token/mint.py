"""The tokens: on record first, then signed and handed out."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import msgspec

from hirewire.kit.clock import EPOCH
from hirewire.oauth.facts import TokenIssued
from hirewire.oauth.keyring import KeyRing
from hirewire.oauth.model import ES256
from hirewire.oauth.scopes import spell
from hirewire.oauth.token.exchange import Exchange
from hirewire.oauth.token.id_token import IdClaims, id_claims, seconds, sign_id_token
from hirewire.web.bearer import Actor, Confirmation, TokenClaims

ACCESS_TOKEN: Final = "at+jwt"  # noqa: S105 - a type's name (RFC 9068, section 2.1)


class TokenAnswer(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The answer to a token request: seed 003's sample first, then what a person adds."""

    access_token: str
    scope: str
    token_type: str
    expires_in: int
    refresh_token: str | None = None
    id_token: str | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """What is on record and still to be signed; *id_claims* is None for no ID token."""

    claims: TokenClaims
    id_claims: IdClaims | None
    refresh_token: str | None = field(repr=False)


def record(x: Exchange) -> Issued:
    """Tell the log of the token, and return what the answer will say."""
    token_id = x.uow.new_id()
    issued_s = seconds(x.uow.now)
    claims = _claims(x, token_id.hex, issued_s)
    x.uow.tell(
        TokenIssued(
            employer_id=x.employer_id,
            token_id=token_id,
            app_id=x.app.id,
            person_id=None if x.family is None else x.family.person_id,
            grant_type=x.grant_type.value,
            scope=claims.scope,
            expires_at=_moment(claims.exp),
        )
    )
    return Issued(claims, id_claims(x, issued_s), x.refresh_token)


def mint(keys: KeyRing, issued: Issued) -> TokenAnswer:
    """Sign the tokens, once they are on record."""
    claims = issued.claims
    access_token = keys.sign(ES256, ACCESS_TOKEN, msgspec.json.encode(claims))
    about = issued.id_claims
    return TokenAnswer(
        access_token=access_token,
        scope=claims.scope,
        token_type="Bearer" if claims.cnf is None else "DPoP",
        expires_in=claims.exp - claims.iat,
        refresh_token=issued.refresh_token,
        id_token=None if about is None else sign_id_token(keys, about, access_token),
    )


def _claims(x: Exchange, token_id: str, issued_s: int) -> TokenClaims:
    """Say whose token it is: the app's own, or a person's for whom the app acts."""
    family, policy = x.family, x.doors.policy
    app_name, app_account = f"app:{x.app.id}", x.app.owner_employer_id.hex
    common = TokenClaims(
        iss=policy.issuer,
        sub=app_name,
        azp=x.app.id,
        scope=spell(x.scopes),
        iat=issued_s,
        exp=issued_s + policy.lifetime_s,
        jti=token_id,
        app_account=app_account,
        emp=None if x.employer_id is None else x.employer_id.hex,
        cnf=None if x.proof is None else Confirmation(jkt=x.proof.key),
    )
    if family is None:
        return common
    return msgspec.structs.replace(
        common,
        sub=f"user:{family.person_id.hex}",
        app_account=None,
        act=Actor(sub=app_name, app_account=app_account),
        fam=family.id.hex,
        gid=family.grant_id.hex,
        auth_time=seconds(family.authenticated_at),
    )


def _moment(seconds: int) -> datetime:
    return EPOCH + timedelta(seconds=seconds)
