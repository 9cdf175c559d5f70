"""What pages load: the stylesheet and the mark, under names that change with their content."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_FOLDER: Final = files("hirewire.web.pages").joinpath("assets")
_MEDIA_TYPES: Final[Mapping[str, str]] = {
    "style.css": "text/css; charset=utf-8",
    "mark.svg": "image/svg+xml",
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
    stem, _, ending = name.rpartition(".")
    return f"/assets/{stem}.{hashlib.sha256(_content(name)).hexdigest()[:_DIGITS]}.{ending}"


def asset_routes() -> list[Route]:
    """List the routes of what pages load."""
    return [_route(name, media_type) for name, media_type in _MEDIA_TYPES.items()]


def _route(name: str, media_type: str) -> Route:
    content = _content(name)

    async def serve(_: Request) -> Response:
        return Response(content, headers=_HEADERS, media_type=media_type)

    return Route(asset(name), serve, methods=["GET"], name=f"pages.{name}")


@cache
def _content(name: str) -> bytes:
    return _FOLDER.joinpath(name).read_bytes()
