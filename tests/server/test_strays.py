"""What is answered where there is nothing: a page for a browser, JSON for a program."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from hirewire.server.strays import Strays, without_nul
from hirewire.web.pages import Pages

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def _here(_: Request) -> Response:
    return Response("here")


async def _wrong(_: Request) -> Response:
    raise HTTPException(400, "Wrong")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """Somebody before a server with three paths."""
    routes = [
        Route("/here", _here, methods=["POST"]),
        Route("/wrong", _wrong),
        Route("/named/{name}", _here),
    ]
    handlers = {HTTPException: Strays(Pages()).answer}
    strays = ExceptionMiddleware(without_nul(Router(routes)), handlers=handlers)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = strays  # Starlette's router then raises what it refuses.
        await strays(scope, receive, send)

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


class TestStrays:
    @pytest.mark.fidelity("http.strays")
    @pytest.mark.parametrize(
        ("path", "status", "code"),
        [("/there", 404, "http.not_found"), ("/here", 405, "http.method_not_allowed")],
    )
    async def test_are_shown_a_page_in_a_browser(
        self, client: httpx.AsyncClient, path: str, status: int, code: str
    ) -> None:
        """
        It looks as every page of refusal does, under the same headers.
        """
        answer = await client.get(path, headers=BROWSER)

        assert answer.status_code == status
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["vary"] == "Accept"
        assert code in answer.text
        assert answer.headers.get("allow") == {405: "POST"}.get(status)

    @pytest.mark.fidelity("http.strays")
    @pytest.mark.parametrize(
        ("path", "status", "body"),
        [
            ("/there", 404, {"code": "http.not_found", "message": "Not Found."}),
            (
                "/here",
                405,
                {"code": "http.method_not_allowed", "message": "Method Not Allowed."},
            ),
        ],
    )
    @pytest.mark.parametrize("accept", ["*/*", "application/json"])
    async def test_are_told_in_json_otherwise(
        self,
        client: httpx.AsyncClient,
        path: str,
        status: int,
        body: dict[str, str],
        accept: str,
    ) -> None:
        """
        A program finds the code, and which methods there are.
        """
        answer = await client.get(path, headers={"Accept": accept})

        assert (answer.status_code, answer.json()) == (status, body)
        assert answer.headers.get("allow") == {405: "POST"}.get(status)

    async def test_are_told_of_anything_else_in_json(self, client: httpx.AsyncClient) -> None:
        """
        What has no page of its own has none in a browser either.
        """
        answer = await client.get("/wrong", headers=BROWSER)

        assert (answer.status_code, answer.json()) == (
            400,
            {"code": "http", "message": "Wrong."},
        )

    async def test_are_paths_with_a_nul(self, client: httpx.AsyncClient) -> None:
        """
        No database could look such a name up; any other is somebody's to answer.
        """
        named = await client.get("/named/a%01")
        answer = await client.get("/named/a%00")

        assert (named.status_code, named.text) == (200, "here")
        assert (answer.status_code, answer.json()["code"]) == (404, "http.not_found")
