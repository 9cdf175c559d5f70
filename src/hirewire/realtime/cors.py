"""What browsers are told about who may ask for a stream (the Fetch standard, section 3.3)."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

METHODS: Final = "GET, HEAD, POST, OPTIONS"
VARY: Final = {"Vary": "Origin"}

_SHARED: Final = {"Access-Control-Expose-Headers": "Retry-After, X-Request-Id"}
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST",
    "Access-Control-Allow-Headers": (
        "Accept, Authorization, Cache-Control, Content-Type, DPoP, Last-Event-ID, X-Request-Id"
    ),
    "Access-Control-Max-Age": "600",
}


def shared_with(origin: str | None) -> Mapping[str, str]:
    """Let pages of *origin*, which somebody trusts, read the answer; None for nobody."""
    if origin is None:
        return VARY
    return VARY | {"Access-Control-Allow-Origin": origin} | _SHARED


def preflight(origin: str | None) -> Response:
    """Tell *origin*, which somebody trusts, how to ask; None is just curious."""
    if origin is None:
        return Response(status_code=204, headers=VARY | {"Allow": METHODS})
    allowed = VARY | {"Access-Control-Allow-Origin": origin} | _PREFLIGHT
    return Response(status_code=204, headers=allowed)
