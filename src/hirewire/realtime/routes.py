"""`/sse/notifications/message-update`: who may have a stream, and how it begins and goes on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from hirewire.accounts.service import Accounts
from hirewire.kit.caller import MissingScope
from hirewire.kit.refusals import HirewireError, Kind
from hirewire.realtime.entrance import Admitted, Entrance
from hirewire.realtime.errors import StreamsNotReady, TooManyStreams
from hirewire.realtime.frames import HEARTBEAT
from hirewire.realtime.model import Threads, wanted_event_types
from hirewire.realtime.notices import said_of
from hirewire.realtime.streams import Opening, Streams
from hirewire.runtime.db import Database, DatabaseAway
from hirewire.web import errors
from hirewire.web.origins import Preflights, UntrustedOrigin, raw, shared_with
from hirewire.web.streams.response import has_left
from hirewire.web.streams.slot import StreamKind

PATH: Final = "/sse/notifications/message-update"

# Nobody reads it; in the logs and the metrics it is known from nginx.
_CLIENT_LEFT: Final = 499

_PREFLIGHTS: Final = Preflights(
    "GET, HEAD, POST",
    "Accept, Authorization, Cache-Control, Content-Type, DPoP, Last-Event-ID, X-Request-Id",
)

_NAMED: Final[Mapping[type[HirewireError], str]] = {
    MissingScope: "insufficient_scope",
    TooManyStreams: "too_many_streams",
}

MESSAGE_UPDATES: Final = StreamKind(
    name="message-update", beat=HEARTBEAT, heartbeat_s=20.0, longest_life_s=4 * 3600.0
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageUpdates:
    """The endpoint; *kind* is how its streams behave."""

    db: Database
    accounts: Accounts
    entrance: Entrance
    streams: Streams
    kind: StreamKind = MESSAGE_UPDATES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._answer(Request(scope, receive))
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> ASGIApp:
        answers = {
            "GET": self._open,
            "HEAD": self._open,
            "POST": self._renew,
            "OPTIONS": self._preflight,
        }
        answer = answers.get(request.method)
        if answer is None:
            return Response(status_code=405, headers={"Allow": _PREFLIGHTS.allowed})
        try:
            return await answer(request)
        except HirewireError as error:
            return await self._refuse(request, error)

    async def _preflight(self, request: Request) -> ASGIApp:
        origin = request.headers.get("origin")
        if origin is not None and not await self._is_known(origin):
            raise UntrustedOrigin(origin)
        return _PREFLIGHTS.answer(origin)

    async def _open(self, request: Request) -> ASGIApp:
        if has_left(request.scope):
            return Response(status_code=_CLIENT_LEFT)
        admitted = await self.entrance.admit(request)
        return await admitted.lead(self._stream(request, admitted))

    async def _stream(self, request: Request, admitted: Admitted) -> ASGIApp:
        opening = Opening(
            kind=self.kind,
            connection_id=admitted.connection_id,
            threads=Threads(employer_ids=tuple(admitted.employers)),
            accepts=wanted_event_types(request.query_params.getlist("eventTypes")),
            lifetime_s=admitted.lifetime_s,
            holders=admitted.holders,
            headers=raw(shared_with(request.headers.get("origin"))),
            on_open=admitted.opened,
            on_close=admitted.seat,
        )
        return await self.streams.open(request, opening)

    async def _renew(self, request: Request) -> ASGIApp:
        renewed = await self.entrance.renew(request)
        return JSONResponse(
            said_of(renewed.connection_id, renewed.until),
            status_code=202 if renewed.until is None else 200,
            headers={**shared_with(request.headers.get("origin")), "Cache-Control": "no-store"},
        )

    async def _refuse(self, request: Request, error: HirewireError) -> Response:
        """
        Spell *error*; a page may read why, unless the app does not trust it.

        Where the token is bad the app is not known: then any app's trust is enough. While the
        database is away nobody knows whom to trust. That it is too early or too late for a
        stream says nothing about anybody, and is not worth a look into the database.
        """
        origin = request.headers.get("origin")
        is_hidden = isinstance(error, UntrustedOrigin | DatabaseAway)
        is_for_all = isinstance(error, StreamsNotReady)
        if is_hidden or not (is_for_all or await self._is_surely_known(origin)):
            origin = None
        status, body = _spelled(error)
        headers = {**shared_with(origin), **errors.come_back(error)}
        return JSONResponse(body, status_code=status, headers=headers)

    async def _is_surely_known(self, origin: str | None) -> bool:
        try:
            return await self._is_known(origin)
        except DatabaseAway:
            return False

    async def _is_known(self, origin: str | None) -> bool:
        if origin is None:
            return False
        async with self.db.read() as reader:
            return await self.accounts.apps.trusts(reader, None, origin)


def routes(endpoint: MessageUpdates) -> list[BaseRoute]:
    """Mount the Real-time API."""
    return [Route(PATH, endpoint)]


def _spelled(error: HirewireError) -> tuple[int, dict[str, str]]:
    """Seed 000 documents 400 where others answer 401; RFC 6750 section 3.1 has the names."""
    body = errors.oauth(error)
    named = _NAMED.get(type(error), body["error"])
    status = 400 if error.kind is Kind.UNAUTHENTICATED else errors.status(error)
    return status, {"error": named, "error_description": body["error_description"]}
