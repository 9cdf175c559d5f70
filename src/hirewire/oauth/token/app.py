"""Which app asks for a token, and whether it proves it."""

import re
from base64 import b64decode
from typing import Final
from urllib.parse import unquote_plus

from hirewire.oauth.errors import GrantFault, InvalidGrant, InvalidRequest
from hirewire.oauth.token.exchange import Exchange

_BASIC: Final = re.compile(r"basic +(?P<credentials>[A-Za-z0-9+/]+={0,2})", re.IGNORECASE)


async def know_the_app(x: Exchange) -> None:
    """
    Authenticate the app, and check that it may use the grant.

    A wrong id, a wrong secret and a grant type that is switched off all read "Invalid grant"
    (seed 001, "invalid_grant errors"), so that nobody learns which ids exist.
    """
    client_id, secret = _credentials(x)
    app = await x.accounts.authenticated_app(x.reader, client_id, secret)
    if app is None:
        raise InvalidGrant(fault=GrantFault.UNKNOWN_APP_OR_SECRET)
    if x.grant_type not in app.grant_types:
        raise InvalidGrant(fault=GrantFault.GRANT_TYPE_NOT_ALLOWED)
    x.app = app


def _credentials(x: Exchange) -> tuple[str, str]:
    """Take id and secret from the header or from the body, never from both."""
    if not x.authorization:
        return x.needs("client_id"), x.needs("client_secret")
    if len(x.authorization) > 1:
        raise InvalidRequest(reason="There is more than one Authorization header.")
    client_id, secret = _from_basic(x.authorization[0])
    if "client_secret" in x.parameters:
        raise InvalidRequest(
            reason="The app authenticates twice: use the Authorization header or the body."
        )
    if x.parameters.get("client_id", client_id) != client_id:
        raise InvalidRequest(reason="The client_id is not the one that authenticates.")
    return client_id, secret


def _from_basic(header: str) -> tuple[str, str]:
    """Decode RFC 6749, section 2.3.1: both halves are form-encoded inside the base64."""
    malformed = InvalidRequest(reason="The Authorization header is not well-formed HTTP Basic.")
    found = _BASIC.fullmatch(header.strip())
    if found is None:
        raise malformed
    try:
        plain = b64decode(found["credentials"], validate=True).decode()
        client_id, colon, secret = plain.partition(":")
        client_id = unquote_plus(client_id, errors="strict")
        secret = unquote_plus(secret, errors="strict")
    except ValueError:
        raise malformed from None
    if not colon or not client_id or not secret or "\0" in client_id:
        raise malformed
    return client_id, secret
