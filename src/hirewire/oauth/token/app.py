"""
Which app is asking, and whether it proves it: for every endpoint that apps call directly.

An app proves itself in exactly one way (RFC 6749, section 2.3): a secret in HTTP Basic or in
the body, or an assertion that it signed. A public app has nothing to prove itself with.
"""

import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import unquote_plus

from hirewire.accounts.model import App, ErrorProfile
from hirewire.accounts.service import Accounts
from hirewire.kit.refusals import HirewireError
from hirewire.oauth.assertions import (
    Assertions,
    BadAssertion,
    claimed_app,
    one_assertion,
    spend,
)
from hirewire.oauth.errors import GrantFault, InvalidClient, InvalidGrant, InvalidRequest
from hirewire.runtime.db.database import Database, Reader
from hirewire.runtime.db.unit import UnitOfWork

_BASIC: Final = re.compile(r"basic +(?P<credentials>[A-Za-z0-9+/]+={0,2})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a request shows of the app: its id, and at most one proof."""

    client_id: str
    secret: str | None = field(default=None, repr=False)
    assertion: str | None = field(default=None, repr=False)


def reading(
    database: Database, parameters: Mapping[str, str]
) -> AbstractAsyncContextManager[Reader]:
    """
    Open what `authenticate` needs: a look, or a unit where an assertion has to be used up.

    Such a unit commits by itself, so that an assertion is good once whatever the rest comes to.
    """
    return database.unit() if "client_assertion" in parameters else database.read()


async def authenticate(
    parameters: Mapping[str, str],
    authorization: Sequence[str],
    accounts: Accounts,
    reader: Reader,
    assertions: Assertions,
) -> App:
    """
    Find the app that proves itself by *parameters* and the *authorization* headers.

    An unknown id and a wrong secret take the same path and the same time; see `reading` for
    *reader*. To an app that asks for the RFCs' words the refusal is `invalid_client`.

    Raises:
        InvalidRequest: there is no proof, more than one, or a malformed one.
        InvalidGrant, InvalidClient: the proof is not a good one.
    """
    shown = _shown(parameters, authorization)
    if shown.secret is not None:
        return await _by_secret(accounts, reader, shown.client_id, shown.secret)
    app = await accounts.apps.find(reader, shown.client_id)
    if shown.assertion is not None:
        return await _by_assertion(assertions, reader, app, shown)
    if app is not None and app.terms.is_public:
        return app
    if app is not None and app.terms.error_profile is ErrorProfile.RFC:
        raise not_proven(app, shown.client_id, GrantFault.NO_AUTHENTICATION)
    raise InvalidRequest(reason="The parameter client_secret is missing.")


def not_proven(app: App | None, client_id: str, fault: StrEnum) -> HirewireError:
    """Word it that an app has not proven itself, as its profile has it."""
    if app is not None and app.terms.error_profile is ErrorProfile.RFC:
        return InvalidClient(fault=fault, client_id=client_id)
    return InvalidGrant(fault=fault, client_id=client_id)


async def _by_secret(accounts: Accounts, reader: Reader, client_id: str, secret: str) -> App:
    app = await accounts.apps.authenticated(reader, client_id, secret)
    if app is None:
        known = await accounts.apps.find(reader, client_id)
        if known is not None and known.terms.is_public and not secret:
            return known
        raise not_proven(known, client_id, GrantFault.UNKNOWN_APP_OR_SECRET)
    return app


async def _by_assertion(
    assertions: Assertions, reader: Reader, app: App | None, shown: _Shown
) -> App:
    if not isinstance(reader, UnitOfWork):
        msg = "an assertion is used up in a unit of work"
        raise TypeError(msg)
    if app is None:
        raise not_proven(None, shown.client_id, GrantFault.UNKNOWN_APP_OR_SECRET)
    try:
        await spend(reader, await assertions.check(app, shown.assertion or ""))
    except BadAssertion as bad:
        raise not_proven(app, shown.client_id, bad.fault) from None
    return app


def _shown(parameters: Mapping[str, str], authorization: Sequence[str]) -> _Shown:
    """Take id and proof from the header or from the body, never from both."""
    secret, assertion = parameters.get("client_secret"), one_assertion(parameters)
    if assertion is not None and (authorization or secret is not None):
        raise InvalidRequest(
            reason="The app authenticates twice: use an assertion or a secret."
        )
    if authorization and secret is not None:
        raise InvalidRequest(
            reason="The app authenticates twice: use the Authorization header or the body."
        )
    if authorization:
        return _from_header(parameters, authorization)
    if assertion is not None:
        client_id = parameters.get("client_id") or claimed_app(assertion)
        return _Shown(client_id or "", assertion=assertion)
    client_id = parameters.get("client_id")
    if client_id is None:
        raise InvalidRequest(reason="The parameter client_id is missing.")
    return _Shown(client_id, secret=secret)


def _from_header(parameters: Mapping[str, str], authorization: Sequence[str]) -> _Shown:
    if len(authorization) > 1:
        raise InvalidRequest(reason="There is more than one Authorization header.")
    client_id, secret = _from_basic(authorization[0])
    if parameters.get("client_id", client_id) != client_id:
        raise InvalidRequest(reason="The client_id is not the one that authenticates.")
    return _Shown(client_id, secret=secret)


def _from_basic(header: str) -> tuple[str, str]:
    """
    Decode RFC 6749, section 2.3.1: both halves are form-encoded inside the base64.

    The secret may be empty, as that of a public app is: it is none then.
    """
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
    if not colon or not client_id or "\0" in client_id:
        raise malformed
    return client_id, secret
