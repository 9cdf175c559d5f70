"""What browsers are told about who may ask for a stream (the Fetch standard, section 3.2)."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

METHODS: Final = "GET, OPTIONS"
VARY: Final = {"Vary": "Origin"}

_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET",
    "Access-Control-Allow-Headers": "Authorization, Cache-Control, Last-Event-ID",
    "Access-Control-Max-Age": "600",
}


def shared_with(origin: str | None) -> Mapping[str, str]:
    """Let pages of *origin*, which somebody trusts, read the answer; None for nobody."""
    return VARY if origin is None else VARY | {"Access-Control-Allow-Origin": origin}


def preflight(origin: str | None) -> Response:
    """Tell *origin*, which somebody trusts, how to ask; None is just curious."""
    extra = {"Allow": METHODS} if origin is None else _PREFLIGHT
    return Response(status_code=204, headers={**shared_with(origin), **extra})
