"""The straight way: endpoints with a path of their own are found in one look-up, before all."""

from collections.abc import Iterable, Mapping

from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send


class Straight:
    """
    Calls the endpoint whose path a request names exactly, and *rest* for all others.

    Only routes whose endpoint is an ASGI application that answers every method itself go this
    way: for those the router would do no more. It looks at one route after the other.
    """

    def __init__(self, routes: Iterable[BaseRoute], rest: ASGIApp) -> None:
        self._known = _known(routes)
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._known.get(scope["path"]) if scope["type"] == "http" else None
        if route is None:
            await self._rest(scope, receive, send)
            return
        scope["route"] = route
        await route.app(scope, receive, send)


def _known(routes: Iterable[BaseRoute]) -> Mapping[str, Route]:
    """Keep the routes that the router would take for their own path, whatever the method."""
    earlier: list[Route] = []
    found: dict[str, Route] = {}
    for route in routes:
        if not isinstance(route, Route):
            continue
        is_taken = any(other.path_regex.match(route.path) for other in earlier)
        if route.methods is None and "{" not in route.path and not is_taken:
            found[route.path] = route
        earlier.append(route)
    return found
