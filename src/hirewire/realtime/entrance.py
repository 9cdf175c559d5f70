"""
The entrance to the streams: who calls, what they may see now, and whether there is a seat.

All that is asked anew for each stream. What was asked may be another when the stream opens;
then it ends at once, and the client comes back (`realtime.departures`).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from hirewire.accounts.service import Accounts
from hirewire.kit.caller import Caller
from hirewire.kit.clock import Clock
from hirewire.realtime.access import employers_heard, trust_origin
from hirewire.realtime.connections import ConnectionIds, holders_of
from hirewire.realtime.departures import Departures
from hirewire.realtime.errors import BadRenewal
from hirewire.realtime.limits import Seat, Seats, Visitor
from hirewire.realtime.renewal import Renewals, Renewed
from hirewire.runtime.db import Database, Reader
from hirewire.runtime.log import store
from hirewire.web.bearer import TokenVerifier
from hirewire.web.networks import network_of
from hirewire.web.streams.reading import Reading
from hirewire.web.streams.slot import Slot

LARGEST_BODY_BYTES: Final = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """
    What is settled about a caller's stream before it opens.

    *seat* is None where none opens; it is to be called when the stream has ended
    (`slot.OnClose`). *recheck* ends a stream that opens by what is outdated.
    """

    caller: Caller
    employers: Sequence[UUID]
    connection_id: UUID
    lifetime_s: float
    recheck: Callable[[Slot], object] = field(repr=False)
    seat: Seat | None

    @property
    def holders(self) -> tuple[UUID, ...]:
        """The ids without which the stream may not go on (`Hub.open`)."""
        return holders_of(self.connection_id, self.caller)

    def opened(self, slot: Slot) -> None:
        """Note that the stream has opened, and end it if too much has changed by then."""
        if self.seat is not None:
            self.seat.opened(slot)
        self.recheck(slot)

    async def lead(self, stream: Awaitable[ASGIApp]) -> ASGIApp:
        """Wait for what answers with the *stream*; the seat comes back if it never opens."""
        try:
            return Seated(await stream, self.seat)
        except BaseException:
            _give_back_unopened(self.seat)
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """
    Asks all who want a stream, or want one to go on.

    *ready* returns once this process hears who departs: what is read earlier may be outdated
    without anybody saying so.
    """

    ready: Callable[[], Awaitable[object]]
    db: Database
    accounts: Accounts
    tokens: TokenVerifier
    clock: Clock
    departures: Departures
    connections: ConnectionIds
    seats: Seats
    renewals: Renewals

    async def admit(self, request: Request) -> Admitted:
        """
        Let a caller have a stream; who only asks for its head takes no seat.

        Raises:
            Unauthenticated: there is no good token.
            UntrustedOrigin, MissingScope, AppSwitchedOff, NoEmployer, EmployerLost: it opens
                no stream now.
            TooManyStreams: there is no seat.
            StreamsNotReady: this process does not hear of departures yet, or stops.
        """
        caller = self._identify(request)
        await self.ready()
        heard = self.departures.heard
        async with self.db.read() as reader:
            employers = await self._employers(reader, request, caller)
            reading = Reading(heard, await store.end(reader))
        visitor = Visitor(
            app_id=caller.app_id,
            address=network_of(request),
            person_id=caller.person_id,
            origin=request.headers.get("origin"),
        )
        return Admitted(
            caller=caller,
            employers=employers,
            connection_id=self.connections.mint(caller),
            lifetime_s=(caller.expires_at - self.clock.now()).total_seconds(),
            recheck=partial(self.departures.recheck, reading=reading, app_id=caller.app_id),
            seat=self._seat(request, visitor),
        )

    async def renew(self, request: Request) -> Renewed:
        """
        Let a caller's stream go on with the token that they call with.

        Raises:
            BadRenewal: the body names no connection.
            others: see `admit` and `Renewals.renew`.
        """
        caller = self._identify(request)
        connection_id = await _connection_in(request)
        async with self.db.read() as reader:
            await self._employers(reader, request, caller)
        return await self.renewals.renew(connection_id, caller)

    def _identify(self, request: Request) -> Caller:
        scope = request.scope
        return self.tokens.identify(scope["headers"], request.method, scope["path"])

    async def _employers(
        self, reader: Reader, request: Request, caller: Caller
    ) -> Sequence[UUID]:
        origin = request.headers.get("origin")
        if origin is not None:
            await trust_origin(reader, self.accounts, caller, origin)
        return await employers_heard(reader, self.accounts, caller)

    def _seat(self, request: Request, visitor: Visitor) -> Seat | None:
        if request.method != "HEAD":
            return self.seats.take(visitor)
        self.seats.check(visitor)
        return None


@dataclass(frozen=True, slots=True)
class Seated:
    """Answers with *stream*; when no stream has opened by the end, the seat is given back."""

    stream: ASGIApp
    seat: Seat | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.stream(scope, receive, send)
        finally:
            _give_back_unopened(self.seat)


def _give_back_unopened(seat: Seat | None) -> None:
    if seat is not None and seat.slot is None:
        seat.give_back()


class _Asked(msgspec.Struct, frozen=True, rename="camel"):
    """The body of a renewal."""

    connection_uuid: UUID


async def _connection_in(request: Request) -> UUID:
    """Read which connection is to be renewed."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY_BYTES:
            raise BadRenewal
    try:
        return msgspec.json.decode(body, type=_Asked).connection_uuid
    except (ValueError, RecursionError, msgspec.MsgspecError):
        raise BadRenewal from None
