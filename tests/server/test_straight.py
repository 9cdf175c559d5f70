"""What goes the straight way, and what does not."""

import httpx
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import Receive, Scope, Send

from hirewire.server.straight import Straight


class Endpoint:
    """Answers every method, with the path of its route."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        said = f"{scope['method']} {scope['route'].path}"
        await PlainTextResponse(said)(scope, receive, send)


async def answer(request: Request) -> Response:
    return PlainTextResponse(f"function {request.path_params}")


ROUTES: list[BaseRoute] = [
    Route("/first/{name}", Endpoint()),
    Route("/first/one", Endpoint()),
    Route("/plain", Endpoint()),
    Route("/function", answer, methods=["GET"]),
    Route("/twice", answer, methods=["GET"]),
    Route("/twice", Endpoint()),
]


async def get(path: str, method: str = "GET") -> tuple[int, str]:
    app = Straight(ROUTES, Router(ROUTES))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        answered = await http.request(method, path)
    return answered.status_code, answered.text


class TestStraight:
    async def test_calls_an_endpoint_by_its_exact_path(self) -> None:
        """
        An endpoint that answers every method gets its own path, and knows its route.
        """
        assert await get("/plain") == (200, "GET /plain")
        assert await get("/plain", "DELETE") == (200, "DELETE /plain")

    async def test_leaves_all_else_to_the_router(self) -> None:
        """
        Functions, patterns, and paths that nobody has are the router's, with its methods.
        """
        assert await get("/function") == (200, "function {}")
        assert (await get("/function", "POST"))[0] == 405
        assert await get("/first/two") == (200, "GET /first/{name}")
        assert (await get("/plain/"))[0] == 307
        assert (await get("/nowhere"))[0] == 404

    async def test_takes_the_route_that_the_router_would_take(self) -> None:
        """
        A path that a function or a pattern has before stays theirs.
        """
        assert await get("/twice") == (200, "function {}")
        assert await get("/first/one") == (200, "GET /first/{name}")
