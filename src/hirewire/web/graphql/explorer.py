"""The page on which a person tries the API: a query, its variables, a token, and the schema."""

from functools import cache
from importlib.resources import files
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

_PAGE: Final = files("hirewire.web.graphql").joinpath("explorer")
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
EXPLORER_HEADERS: Final = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]


@cache
def read_page() -> bytes:
    """Return the page itself; its script and its style are routes of their own."""
    return _PAGE.joinpath("explorer.html").read_bytes()


def explorer_routes(path: str = "/graphql") -> list[Route]:
    """Return the routes of what the page loads, below the *path* of the endpoint."""
    return [
        _route(f"{path}/explorer.js", "explorer.js", "text/javascript"),
        _route(f"{path}/explorer.css", "explorer.css", "text/css"),
    ]


def _route(path: str, name: str, media_type: str) -> Route:
    content = _PAGE.joinpath(name).read_bytes()

    async def serve(_request: object) -> Response:
        headers = {"x-content-type-options": "nosniff", "cache-control": "no-cache"}
        return Response(content, media_type=media_type, headers=headers)

    return Route(path, serve, methods=["GET"])
