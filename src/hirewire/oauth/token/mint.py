"""The access token: on record first, then signed and handed out."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from hirewire.kit.clock import EPOCH
from hirewire.oauth.facts import TokenIssued
from hirewire.oauth.keyring import KeyRing
from hirewire.oauth.model import ES256
from hirewire.oauth.scopes import spell
from hirewire.oauth.token.exchange import Exchange
from hirewire.runtime.db.unit import UnitOfWork
from hirewire.web.bearer import TokenClaims

ACCESS_TOKEN: Final = "at+jwt"  # noqa: S105 - a type's name (RFC 9068, section 2.1)


class TokenAnswer(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The answer to a token request, in the order of seed 003's sample."""

    access_token: str
    scope: str
    token_type: str
    expires_in: int


def record(x: Exchange, uow: UnitOfWork) -> TokenClaims:
    """Tell the log of the token, and return what it will say."""
    token_id = uow.new_id()
    issued_s = (uow.now - EPOCH) // timedelta(seconds=1)
    claims = TokenClaims(
        iss=x.policy.issuer,
        sub=f"app:{x.app.id}",
        azp=x.app.id,
        scope=spell(x.scopes),
        iat=issued_s,
        exp=issued_s + x.policy.lifetime_s,
        jti=token_id.hex,
        app_account=x.app.owner_employer_id.hex,
        emp=None if x.employer_id is None else x.employer_id.hex,
    )
    uow.tell(
        TokenIssued(
            employer_id=x.employer_id,
            token_id=token_id,
            app_id=x.app.id,
            grant_type=x.grant_type.value,
            scope=claims.scope,
            expires_at=_moment(claims.exp),
        )
    )
    return claims


def mint(keys: KeyRing, claims: TokenClaims) -> TokenAnswer:
    """Sign *claims*, once they are on record."""
    return TokenAnswer(
        access_token=keys.sign(ES256, ACCESS_TOKEN, msgspec.json.encode(claims)),
        scope=claims.scope,
        token_type="Bearer",  # noqa: S106 - the scheme's name
        expires_in=claims.exp - claims.iat,
    )


def _moment(seconds: int) -> datetime:
    return EPOCH + timedelta(seconds=seconds)
