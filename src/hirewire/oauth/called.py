"""How endpoints answer the apps that call them: POST only, and refused as RFC 6749 says."""

from collections.abc import Awaitable, Callable

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp

from hirewire.kit.refusals import HirewireError
from hirewire.oauth.errors import (
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    UnauthorizedClient,
)
from hirewire.oauth.failures import Limited
from hirewire.oauth.token.answers import METHOD_NOT_ALLOWED, refused

_log = structlog.get_logger(area="oauth")


async def answer_app(
    request: Request,
    reply: Callable[[Request], Awaitable[ASGIApp]],
    *,
    endpoint: str,
    event: str,
    limited: Limited,
) -> ASGIApp:
    """
    Answer with what *reply* makes of *request*, or say why not.

    A refusal is logged as *event*, with what the app is not told of it, and counted by
    *limited*, which may have another one answered.
    """
    if request.method != "POST":
        reason = f"The {endpoint} endpoint answers POST only."
        return refused(InvalidRequest(reason=reason), status=METHOD_NOT_ALLOWED)
    try:
        return await reply(request)
    except HirewireError as refusal:
        _log.info(
            event,
            endpoint=endpoint,
            error=refusal.code,
            fault=_fault(refusal),
            request_id=request.scope.get("request_id", ""),
        )
        return refused(limited(refusal, request))


def _fault(refusal: HirewireError) -> str:
    """Say in the log what the answer does not."""
    if isinstance(refusal, InvalidGrant | InvalidClient | UnauthorizedClient):
        return str(refusal.fault.value)
    return str(refusal)
