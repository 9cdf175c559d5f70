"""The script that keeps pages live, under a name that changes with its content."""

import hashlib
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_CONTENT: Final = files("hirewire.conversations.pages").joinpath("live.js").read_bytes()
_HEADERS: Final[Mapping[str, str]] = {
    "cache-control": "public, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}
_DIGITS: Final = 16

SCRIPT: Final = f"/assets/live.{hashlib.sha256(_CONTENT).hexdigest()[:_DIGITS]}.js"
"""Where the script is."""

LIVE: Final[Mapping[str, str]] = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
}
"""The headers of a live page: our script may run, and ask this server."""


async def serve(_: Request) -> Response:
    """Answer with the script."""
    return Response(_CONTENT, headers=_HEADERS, media_type="text/javascript; charset=utf-8")


def script_route() -> Route:
    """Mount the script."""
    return Route(SCRIPT, serve, methods=["GET"], name="conversations.script")
