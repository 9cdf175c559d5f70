"""Which grant a token request uses, and whether it holds."""

from collections.abc import Mapping
from typing import Final

from hirewire.accounts.model import GrantType
from hirewire.oauth.errors import GrantFault, InvalidGrant, UnsupportedGrantType
from hirewire.oauth.token.exchange import Exchange, Step


async def know_the_grant(x: Exchange) -> None:
    """Find out which grant it is, without asking yet whether it is good."""
    given = x.needs("grant_type")
    if given not in PROOFS:
        raise UnsupportedGrantType(supported=tuple(PROOFS))
    x.grant_type = GrantType(given)


async def prove_the_grant(x: Exchange) -> None:
    """Check the grant itself, now that the app is known."""
    await PROOFS[x.grant_type](x)


async def _prove_credentials(x: Exchange) -> None:
    """The app has proven itself, and that is the whole grant (RFC 6749, section 4.4)."""


async def _prove_code(x: Exchange) -> None:
    """No authorization endpoint hands out codes yet, so no code can be a good one."""
    x.needs("code")
    raise InvalidGrant(fault=GrantFault.UNKNOWN_CODE)


async def _prove_refresh_token(x: Exchange) -> None:
    """No grant hands out refresh tokens yet, so none can be a good one."""
    x.needs("refresh_token")
    raise InvalidGrant(fault=GrantFault.UNKNOWN_REFRESH_TOKEN)


PROOFS: Final[Mapping[str, Step]] = {
    GrantType.AUTHORIZATION_CODE.value: _prove_code,
    GrantType.REFRESH_TOKEN.value: _prove_refresh_token,
    GrantType.CLIENT_CREDENTIALS.value: _prove_credentials,
}
