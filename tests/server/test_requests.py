"""What happens around every request: ids, meters, log lines and crashes."""

from collections.abc import Callable
from typing import Any

import httpx
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, Router
from starlette.types import Message
from structlog.testing import capture_logs

from hirewire.kit.clock import SystemClock
from hirewire.server.logs import logger
from hirewire.server.metrics import Metrics
from hirewire.server.requests import Requests


async def _greet(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"hello {request.scope['request_id']}")


async def _crash(_: Request) -> PlainTextResponse:
    raise RuntimeError("secret-detail")


async def _read(request: Request) -> PlainTextResponse:
    return PlainTextResponse(await request.body())


async def _call(app: Requests, path: str, messages: list[Message]) -> list[Message]:
    """Drive *app* by hand, with the *messages* of a client that may leave."""
    answered: list[Message] = []
    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        answered.append(message)

    await app(scope, receive, send)
    return answered


def _wrapped(metrics: Metrics, logged: str = "errors") -> Requests:
    routes = [
        Route("/greet/{name}", _greet),
        Route("/crash", _crash),
        Route("/read", _read),
    ]
    numbers = iter(range(1, 100))
    return Requests(
        ExceptionMiddleware(Router(routes)),
        clock=SystemClock(),
        new_id=lambda: f"minted-{next(numbers)}",
        metrics=metrics,
        log=logger("test"),
        logged=logged,
    )


async def _get(app: Requests, path: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get(path, headers=headers)


class TestRequestIds:
    async def test_mints_one_and_answers_it(self) -> None:
        """
        A request without an id gets one, which the handler sees and the caller reads.
        """
        answer = await _get(_wrapped(Metrics()), "/greet/ada")

        assert answer.text == "hello minted-1"
        assert answer.headers["x-request-id"] == "minted-1"

    async def test_keeps_the_callers_own(self) -> None:
        """
        A caller can follow its own id through our logs.
        """
        answer = await _get(_wrapped(Metrics()), "/greet/ada", **{"X-Request-Id": "mine-7"})

        assert answer.headers["x-request-id"] == "mine-7"

    async def test_replaces_one_that_cannot_be_logged(self) -> None:
        """
        An id with blanks or of 129 characters never reaches a log line.
        """
        app = _wrapped(Metrics())

        blank = await _get(app, "/greet/ada", **{"X-Request-Id": "a b"})
        long = await _get(app, "/greet/ada", **{"X-Request-Id": "a" * 129})

        assert blank.headers["x-request-id"] == "minted-1"
        assert long.headers["x-request-id"] == "minted-2"


class TestCrashes:
    async def test_answers_without_detail_and_logs_it(self) -> None:
        """
        The caller learns the request's id and nothing of the inside.
        """
        with capture_logs() as lines:
            answer = await _get(_wrapped(Metrics()), "/crash")

        assert answer.status_code == 500
        assert answer.headers["x-request-id"] == "minted-1"
        assert answer.json() == {
            "code": "internal",
            "message": "Something went wrong on our side; the request id names it.",
            "requestId": "minted-1",
        }
        assert [line["event"] for line in lines] == ["request.failed", "request"]


class TestDisconnects:
    async def test_are_no_faults(self) -> None:
        """
        A caller who leaves in the middle of a body is no crash: nothing is logged.
        """
        with capture_logs() as lines:
            await _call(_wrapped(Metrics()), "/read", [{"type": "http.disconnect"}])

        assert lines == []


class TestMeters:
    async def test_counts_under_the_routes_pattern(self) -> None:
        """
        Callers cannot make new series by asking for new paths.
        """
        metrics = Metrics()
        app = _wrapped(metrics)

        for path in ("/greet/ada", "/greet/bob", "/nowhere", "/nothing"):
            await _get(app, path)

        count = _counter(metrics)
        assert count(route="/greet/{name}", method="GET", status="200") == 2
        assert count(route="unknown", method="any", status="404") == 2

    async def test_logs_what_was_asked_for(self) -> None:
        """
        `all` logs a line without the query string; `none` logs nothing.
        """
        with capture_logs() as lines:
            await _get(_wrapped(Metrics(), "all"), "/greet/ada?token=secret")
            await _get(_wrapped(Metrics(), "none"), "/greet/ada")

        assert [(line["path"], line["status"]) for line in lines] == [("/greet/ada", 200)]
        assert "secret" not in str(lines)


def _counter(metrics: Metrics) -> Callable[..., float | None]:
    def value(**labels: Any) -> float | None:
        return metrics.registry.get_sample_value("hirewire_http_requests_total", labels)

    return value
