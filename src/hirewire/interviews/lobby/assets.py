"""The script that keeps a lobby's page live, under a name that changes with its content."""

import hashlib
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_CONTENT: Final = files("hirewire.interviews.lobby").joinpath("lobby.js").read_bytes()
_HEADERS: Final[Mapping[str, str]] = {
    "cache-control": "public, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}
_DIGITS: Final = 16

SCRIPT: Final = f"/assets/lobby.{hashlib.sha256(_CONTENT).hexdigest()[:_DIGITS]}.js"
"""Where the script is."""


async def serve(_: Request) -> Response:
    """Answer with the script."""
    return Response(_CONTENT, headers=_HEADERS, media_type="text/javascript; charset=utf-8")


def script_route() -> Route:
    """Mount the script."""
    return Route(SCRIPT, serve, methods=["GET"], name="lobby.script")
