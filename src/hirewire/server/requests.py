"""
What happens around every request: its id, its meters, its log line, and the last handler.

Plain ASGI, so that a stream's connection can be handed over underneath it.
"""

import re
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any, Final

import msgspec
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hirewire.kit.clock import Clock
from hirewire.kit.refusals import HirewireError
from hirewire.runtime.db import OUTAGES
from hirewire.server.logs import Logger
from hirewire.server.metrics import Metrics
from hirewire.web import errors
from hirewire.web.cycle import WHOLE
from hirewire.web.errors import INTERNAL_MESSAGE
from hirewire.web.origins import raw

_GIVEN_ID: Final = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")
_SERVER_ERROR: Final = 500
_ANSWERS: Final = frozenset({"http.response.start", WHOLE})
_TOKEN: Final = re.compile("(?<=^/lobby/)[^/]+|(?<=^/conversations/)[^/]+")

# The outage that the current request met; a list, as the tasks that it began share it.
_outages: ContextVar[list[HirewireError] | None] = ContextVar("outages", default=None)

Handler = Callable[[Scope, Receive, Send], Awaitable[None]]


class Requests:
    """
    Wraps *app*: every answer names its request, is metered, and is never a bare crash.

    A caller's own `X-Request-Id` is kept where it is one we can log; *new_id* mints others.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        clock: Clock,
        new_id: Callable[[], str],
        metrics: Metrics,
        log: Logger,
        logged: str,
    ) -> None:
        self._app = app
        self._clock = clock
        self._new_id = new_id
        self._metrics = metrics
        self._log = log
        self._logged = logged
        self._counted: dict[tuple[str, str, int], Callable[[], None]] = {}
        self._timed: dict[str, Callable[[float], None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = self._request_id(scope)
        scope["request_id"] = request_id
        scope["app"] = self  # Starlette's router then raises what it refuses.
        header = (b"x-request-id", request_id.encode())
        outages: list[HirewireError] = []
        _outages.set(outages)
        started_at = self._clock.monotonic()
        status = 0

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] in _ANSWERS:
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        try:
            await self._app(scope, receive, send_named)
        except ClientDisconnect:
            return  # Nobody waits for an answer.
        except Exception as error:
            if not isinstance(error, OUTAGES):
                self._log.exception("request.failed", request_id=request_id, path=_path(scope))
            if status:
                raise
            await _answer_failure(send_named, request_id, error)
        finally:
            if outages:
                self._tell(scope, outages[0])
            if status:
                self._note(scope, status, self._clock.monotonic() - started_at)

    def hear(self, refusal: HirewireError) -> None:
        """Note the first outage that the current request meets (`Database.outages`)."""
        outages = _outages.get()
        if outages is not None and not outages:
            outages.append(refusal)

    def _tell(self, scope: Scope, refusal: HirewireError) -> None:
        """Log an outage in one line: where it was met in the code tells nobody anything."""
        self._log.warning(
            "request.unavailable",
            request_id=scope["request_id"],
            path=_path(scope),
            error=refusal.code,
            cause=type(refusal.__cause__).__name__,
        )

    def _request_id(self, scope: Scope) -> str:
        for name, value in scope["headers"]:
            if name == b"x-request-id" and _GIVEN_ID.fullmatch(value):
                given: bytes = value
                return given.decode("ascii")
        return self._new_id()

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        """Meter the request under its route's pattern, never under a caller's own words."""
        route: str = getattr(scope.get("route"), "path", "unknown")
        method: str = scope["method"] if route != "unknown" else "any"
        key = (route, method, status)
        count = self._counted.get(key)
        if count is None:
            meter = self._metrics.requests.labels(route, method, str(status))
            count = self._counted[key] = meter.inc
            self._timed[route] = self._metrics.seconds.labels(route).observe
        count()
        self._timed[route](seconds)
        if self._logged == "all" or (self._logged == "errors" and status >= _SERVER_ERROR):
            self._write_line(scope, status, seconds)

    def _write_line(self, scope: Scope, status: int, seconds: float) -> None:
        """Log one line; a query string may carry secrets and is left out."""
        client: Any = scope.get("client") or ("", 0)
        self._log.info(
            "request",
            method=scope["method"],
            path=_path(scope),
            status=status,
            ms=round(seconds * 1000, 2),
            client=client[0],
            request_id=scope["request_id"],
        )


def _path(scope: Scope) -> str:
    """Return the path as it may be logged: the address of some pages is what opens them."""
    return _TOKEN.sub("{token}", scope["path"])


async def _answer_failure(send: Send, request_id: str, error: Exception) -> None:
    """Say what there is to say where no dialect did; of an outage, when to come back."""
    status, code, message, more = _SERVER_ERROR, "internal", INTERNAL_MESSAGE, {}
    if isinstance(error, OUTAGES):
        status, code, message = errors.status(error), error.code, str(error)
        more = errors.come_back(error)
    body = msgspec.json.encode({"code": code, "message": message, "requestId": request_id})
    told = {"content-type": "application/json", "content-length": str(len(body)), **more}
    await send({"type": "http.response.start", "status": status, "headers": [*raw(told)]})
    await send({"type": "http.response.body", "body": body})
