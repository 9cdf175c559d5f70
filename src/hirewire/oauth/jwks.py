"""`GET /.well-known/keys`: the public keys, for whoever verifies our tokens."""

from dataclasses import dataclass
from datetime import timedelta

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from hirewire.oauth.keyring import KeyRing
from hirewire.oauth.service import PUBLISHED_AHEAD


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysEndpoint:
    """Answers with the published keys; caches may keep them for *fresh_for*."""

    keys: KeyRing
    fresh_for: timedelta = PUBLISHED_AHEAD

    async def answer(self, request: Request) -> Response:
        """Answer with a JWK set (RFC 7517, section 5)."""
        headers = {
            "cache-control": f"public, max-age={self.fresh_for // timedelta(seconds=1)}",
            "access-control-allow-origin": "*",
        }
        body = msgspec.json.encode(self.keys.public())
        return Response(body, 200, headers, "application/jwk-set+json")
