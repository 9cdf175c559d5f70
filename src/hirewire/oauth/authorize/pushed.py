"""Pushed requests (RFC 9126): what they are called, how long they last, what ends them."""

import hashlib
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Final

from msgspec import structs

from hirewire.kit.entropy import Entropy
from hirewire.oauth.authorize import store
from hirewire.oauth.authorize.errors import PushedRequestGone
from hirewire.oauth.authorize.request import AuthorizationRequest
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.unit import UnitOfWork

URN: Final = "urn:ietf:params:oauth:request_uri:"
LASTS: Final = timedelta(seconds=90)

_SIZE: Final = 32


async def push(uow: UnitOfWork, entropy: Entropy, request: AuthorizationRequest) -> str:
    """Keep a request that was checked, and return the URI that stands for it once."""
    drawn = urlsafe_b64encode(entropy.token(_SIZE)).rstrip(b"=").decode()
    request_uri = f"{URN}{drawn}"
    await store.push(uow, digest_of(request_uri), request, uow.now + LASTS)
    return request_uri


async def open_pushed(
    reader: Reader, request_uri: str, app_id: str, at: datetime
) -> AuthorizationRequest:
    """
    Find what an app pushed; it is good until it is answered (RFC 9126, section 4).

    A person who reloads the page before that must not be turned away.

    Raises:
        PushedRequestGone: it was answered, has expired, never was, or is another app's.
    """
    digest = digest_of(request_uri)
    found = await store.pushed(reader, digest, app_id, at)
    if found is None:
        raise PushedRequestGone
    return structs.replace(found, pushed_as=digest)


async def use_up(uow: UnitOfWork, request: AuthorizationRequest) -> None:
    """
    Let a request that was pushed be good no more, in the unit of work that answers it.

    Raises:
        PushedRequestGone: somebody was faster.
    """
    if request.pushed_as is not None and not await store.use_pushed(uow, request.pushed_as):
        raise PushedRequestGone


def digest_of(request_uri: str) -> bytes:
    """What is kept of a request URI, which has 256 random bits."""
    return hashlib.sha256(request_uri.encode()).digest()
