"""What pages load, under names that change with the content: stylesheet, mark, and script."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_FOLDER: Final = files("hirewire.web.pages").joinpath("assets")
JAVASCRIPT: Final = "text/javascript; charset=utf-8"

_MEDIA_TYPES: Final[Mapping[str, str]] = {
    "style.css": "text/css; charset=utf-8",
    "mark.svg": "image/svg+xml",
    "keep-live.js": JAVASCRIPT,
}
_HEADERS: Final[Mapping[str, str]] = {
    "cache-control": "public, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
}
_DIGITS: Final = 16


@cache
def asset(name: str) -> str:
    """Return the path of an asset; whoever has loaded it need never ask again."""
    return asset_path(name, _content(name))


def asset_path(name: str, content: bytes) -> str:
    """Return where *content* is, whoever's asset it is."""
    stem, _, ending = name.rpartition(".")
    return f"/assets/{stem}.{hashlib.sha256(content).hexdigest()[:_DIGITS]}.{ending}"


def asset_routes() -> list[Route]:
    """List the routes of what pages load."""
    return [
        asset_route(asset(name), _content(name), media_type)
        for name, media_type in _MEDIA_TYPES.items()
    ]


def asset_route(path: str, content: bytes, media_type: str) -> Route:
    """Mount *content* at the path that changes with it."""

    async def serve(_: Request) -> Response:
        return Response(content, headers=_HEADERS, media_type=media_type)

    return Route(path, serve, methods=["GET"])


@cache
def _content(name: str) -> bytes:
    return _FOLDER.joinpath(name).read_bytes()
