"""`POST /oauth/v2/introspect`: whether a token is good, and what it says (RFC 7662)."""

from typing import Final

import msgspec

from hirewire.oauth.asked import Asked, AskingParts
from hirewire.oauth.grants.model import RefreshToken
from hirewire.oauth.scopes import spell
from hirewire.oauth.token.answers import told
from hirewire.oauth.token.id_token import seconds
from hirewire.web.answers import Answer
from hirewire.web.bearer import Actor, Confirmation, TokenClaims


class Introspected(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """
    What an app is told of a token: the members of RFC 7662, section 2.2, and *employer*.

    *token_type* is how an access token is used, `Bearer` or `DPoP`; a refresh token has none.
    """

    active: bool
    scope: str = ""
    client_id: str = ""
    token_type: str = ""
    exp: int | None = None
    iat: int | None = None
    auth_time: int | None = None
    sub: str = ""
    iss: str = ""
    jti: str = ""
    employer: str | None = None
    act: Actor | None = None
    cnf: Confirmation | None = None


_INACTIVE: Final = Introspected(active=False)


async def introspect(parts: AskingParts, asked: Asked) -> Answer:
    """Tell of a good token of the app; of any other only that it is not one."""
    if asked.claims is not None:
        return told(_of_access_token(asked.claims))
    if asked.may_be_refresh_token:
        return told(await _of_refresh_token(parts, asked))
    return told(_INACTIVE)


def _of_access_token(claims: TokenClaims) -> Introspected:
    return Introspected(
        active=True,
        scope=claims.scope,
        client_id=claims.azp,
        token_type="Bearer" if claims.cnf is None else "DPoP",
        exp=claims.exp,
        iat=claims.iat,
        auth_time=claims.auth_time,
        sub=claims.sub,
        iss=claims.iss,
        jti=claims.jti,
        employer=claims.emp,
        act=claims.act,
        cnf=claims.cnf,
    )


async def _of_refresh_token(parts: AskingParts, asked: Asked) -> Introspected:
    async with parts.database.read() as reader:
        found = await parts.doors.grants.refresh_token(reader, asked.token)
    if found is None or found.family.app_id != asked.app.id:
        return _INACTIVE
    if found.expires_at <= parts.clock.now():
        return _INACTIVE
    return _spelled(found, parts.doors.policy.issuer, is_public=asked.app.terms.is_public)


def _spelled(token: RefreshToken, issuer: str, *, is_public: bool) -> Introspected:
    """
    Spell a refresh token.

    Only a public app's is bound to the key of its first proof (RFC 9449, section 5).
    """
    family = token.family
    is_bound = is_public and family.proof_key is not None
    return Introspected(
        active=True,
        scope=spell(family.scopes),
        client_id=family.app_id,
        exp=seconds(token.expires_at),
        auth_time=seconds(family.authenticated_at),
        sub=f"user:{family.person_id.hex}",
        iss=issuer,
        employer=None if family.employer_id is None else family.employer_id.hex,
        cnf=Confirmation(jkt=family.proof_key or "") if is_bound else None,
    )
