"""Pushed requests (RFC 9126): what they are called, and for how long they are kept."""

import hashlib
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Final

from hirewire.kit.entropy import Entropy
from hirewire.oauth.authorize import store
from hirewire.oauth.authorize.request import AuthorizationRequest
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


def digest_of(request_uri: str) -> bytes:
    """What is kept of a request URI, which has 256 random bits."""
    return hashlib.sha256(request_uri.encode()).digest()
