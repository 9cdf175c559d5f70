"""
`POST /oauth/v2/revoke`: an app gives a token back (RFC 7009).

A refresh token goes with its whole family, the access tokens included; an access token goes
alone, for the others and the refresh token may still be in use. Whatever is no good token of
the app is answered like one that was: it is gone either way.
"""

from typing import Final
from uuid import UUID

from starlette.responses import Response

from hirewire.oauth.asked import Asked, AskingParts
from hirewire.oauth.revoked import revoke
from hirewire.oauth.token.answers import NO_STORE

_GONE: Final = 200


async def give_back(parts: AskingParts, asked: Asked) -> Response:
    """Let the token be good no more; when this returns it is refused everywhere here."""
    if asked.claims is not None:
        async with parts.database.unit() as uow:
            await revoke(uow, [UUID(asked.claims.jti)])
    elif asked.may_be_refresh_token:
        async with parts.database.unit() as uow:
            await parts.doors.grants.revoke_refresh_token(uow, app=asked.app, token=asked.token)
    return Response(status_code=_GONE, headers=dict(NO_STORE))
