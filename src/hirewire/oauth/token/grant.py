"""Which grant a token request uses, whether the app may, and whether it holds."""

from collections.abc import Mapping
from typing import Final

from hirewire.accounts.model import ErrorProfile, GrantType
from hirewire.oauth.errors import (
    GrantFault,
    InvalidGrant,
    InvalidRequest,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from hirewire.oauth.grants.model import Redeemed, Refreshed, Refused
from hirewire.oauth.token.app import authenticate
from hirewire.oauth.token.exchange import Exchange, Step


async def know_the_grant(x: Exchange) -> None:
    """Find out which grant it is, without asking yet whether it is good."""
    given = x.needs("grant_type")
    if given not in PROOFS:
        raise UnsupportedGrantType(supported=tuple(PROOFS))
    x.grant_type = GrantType(given)


async def know_the_app(x: Exchange) -> None:
    """
    Authenticate the app, and check that it may use the grant.

    A wrong id, a wrong secret and a grant type that is switched off all read "Invalid grant"
    (seed 001, "invalid_grant errors"), unless the app asks for the RFCs' words.
    """
    doors = x.doors
    x.app = await authenticate(
        x.parameters, x.authorization, doors.accounts, x.uow, doors.assertions
    )
    is_rfc = x.app.terms.error_profile is ErrorProfile.RFC
    if is_rfc and x.is_json:
        raise InvalidRequest(reason="The body of a token request is a form.")
    is_unproven = x.app.terms.is_public and x.grant_type is GrantType.CLIENT_CREDENTIALS
    if x.grant_type not in x.app.grant_types or is_unproven:
        fault = GrantFault.GRANT_TYPE_NOT_ALLOWED
        raise UnauthorizedClient(fault=fault) if is_rfc else InvalidGrant(fault=fault)


async def prove_the_grant(x: Exchange) -> None:
    """Check the grant itself, now that the app is known."""
    await PROOFS[x.grant_type](x)


async def _prove_credentials(x: Exchange) -> None:
    """The app has proven itself, and that is the whole grant (RFC 6749, section 4.4)."""


async def _prove_code(x: Exchange) -> None:
    """RFC 6749, section 4.1.3."""
    _settle(
        x,
        await x.doors.grants.redeem_code(
            x.uow,
            app=x.app,
            code=x.needs("code"),
            redirect_uri=x.needs("redirect_uri"),
            code_verifier=x.parameters.get("code_verifier"),
            proof_key=x.proof_key,
        ),
    )
    if x.family is not None:
        x.person = await x.doors.accounts.person(x.uow, x.family.person_id)


async def _prove_refresh_token(x: Exchange) -> None:
    """RFC 6749, section 6."""
    token = x.needs("refresh_token")
    _settle(
        x,
        await x.doors.grants.refresh(x.uow, app=x.app, token=token, proof_key=x.proof_key),
    )


def _settle(x: Exchange, outcome: Redeemed | Refreshed | Refused) -> None:
    if isinstance(outcome, Refused):
        x.fault = outcome.fault
    else:
        x.family, x.refresh_token = outcome.family, outcome.refresh_token


PROOFS: Final[Mapping[str, Step]] = {
    GrantType.AUTHORIZATION_CODE.value: _prove_code,
    GrantType.REFRESH_TOKEN.value: _prove_refresh_token,
    GrantType.CLIENT_CREDENTIALS.value: _prove_credentials,
}
