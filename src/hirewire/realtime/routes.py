"""`GET /sse/notifications/message-update`: who may have a stream, and how it begins."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from hirewire.accounts.service import Accounts
from hirewire.kit.caller import Caller, MissingScope
from hirewire.kit.clock import Clock
from hirewire.kit.refusals import HirewireError, Kind
from hirewire.realtime.access import employers_heard, trust_origin
from hirewire.realtime.cors import METHODS, preflight, shared_with
from hirewire.realtime.departures import Departures
from hirewire.realtime.errors import UntrustedOrigin
from hirewire.realtime.frames import CONNECTION_CONFIG, HEARTBEAT, connection_metadata
from hirewire.realtime.model import LONGEST_ECHO, topic_of, wanted_event_types
from hirewire.runtime.db import Database
from hirewire.web import errors
from hirewire.web.bearer import TokenVerifier
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.response import EventStream, Header, Log
from hirewire.web.streams.slot import StreamKind

PATH: Final = "/sse/notifications/message-update"

MESSAGE_UPDATES: Final = StreamKind(
    name="message-update", beat=HEARTBEAT, heartbeat_s=20.0, heartbeat_jitter=0.2
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageUpdates:
    """The endpoint; *log* is told when a stream opens and ends, *kind* is how it behaves."""

    db: Database
    accounts: Accounts
    tokens: TokenVerifier
    hub: Hub
    departures: Departures
    clock: Clock
    new_id: Callable[[], UUID]
    log: Log
    kind: StreamKind = MESSAGE_UPDATES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._answer(Request(scope))
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> ASGIApp:
        if request.method not in {"GET", "OPTIONS"}:
            return Response(status_code=405, headers={"Allow": METHODS})
        answer = self._open if request.method == "GET" else self._preflight
        try:
            return await answer(request)
        except HirewireError as error:
            return await self._refuse(request, error)

    async def _preflight(self, request: Request) -> Response:
        origin = request.headers.get("origin")
        if origin is not None and not await self._is_known(origin):
            raise UntrustedOrigin(origin=origin[:LONGEST_ECHO])
        return preflight(origin)

    async def _open(self, request: Request) -> EventStream:
        caller = self.tokens.identify(
            request.scope["headers"], request.method, request.scope["path"]
        )
        origin = request.headers.get("origin")
        heard = self.departures.heard
        async with self.db.read() as reader:
            if origin is not None:
                await trust_origin(reader, self.accounts, caller, origin)
            accepts = wanted_event_types(request.query_params.getlist("eventTypes"))
            employers = await employers_heard(reader, self.accounts, caller)
        return EventStream(
            hub=self.hub,
            kind=self.kind,
            topics=tuple(topic_of(employer_id) for employer_id in employers),
            first=(connection_metadata(self.new_id()), CONNECTION_CONFIG, HEARTBEAT),
            accepts=accepts,
            lifetime_s=(caller.expires_at - self.clock.now()).total_seconds(),
            holders=_holders(caller),
            headers=_raw(shared_with(origin)),
            log=self.log,
            on_open=lambda slot: self.departures.recheck(slot, read_at=heard),
        )

    async def _refuse(self, request: Request, error: HirewireError) -> Response:
        """
        Spell *error*; a page may read why, unless the app does not trust it.

        Where the token is bad the app is not known: then any app's trust is enough.
        """
        origin = request.headers.get("origin")
        if isinstance(error, UntrustedOrigin) or not await self._is_known(origin):
            origin = None
        status, body = _spelled(error)
        return JSONResponse(body, status_code=status, headers=shared_with(origin))

    async def _is_known(self, origin: str | None) -> bool:
        if origin is None:
            return False
        async with self.db.read() as reader:
            return await self.accounts.apps.is_trusted_origin(reader, origin)


def routes(endpoint: MessageUpdates) -> list[BaseRoute]:
    """Mount the Real-time API."""
    return [Route(PATH, endpoint)]


def _holders(caller: Caller) -> Collection[UUID]:
    """A person's stream is theirs, besides its token's; an app's own is no person's."""
    person_id = caller.person_id
    return caller.token_ids if person_id is None else {*caller.token_ids, person_id}


def _spelled(error: HirewireError) -> tuple[int, dict[str, str]]:
    """Seed 000 documents 400 where others answer 401; RFC 6750 section 3.1 has the names."""
    body = errors.oauth(error)
    named = "insufficient_scope" if isinstance(error, MissingScope) else body["error"]
    status = 400 if error.kind is Kind.UNAUTHENTICATED else errors.status(error)
    return status, {"error": named, "error_description": body["error_description"]}


def _raw(headers: Mapping[str, str]) -> tuple[Header, ...]:
    return tuple(
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in headers.items()
    )
