"""The lobby's page, what is done there, and the stream that keeps it live."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from hirewire.interviews.errors import BadText
from hirewire.interviews.lobby.errors import NoSuchGuest, TooManyKnocks
from hirewire.interviews.lobby.model import (
    LEASE,
    RENEWED_AFTER,
    GuestState,
    Role,
    Sight,
    Window,
)
from hirewire.interviews.lobby.streams import Seating, holders
from hirewire.interviews.lobby.visits import Reception, Visit
from hirewire.interviews.lobby.words import MEETING
from hirewire.kit.refusals import HirewireError
from hirewire.runtime.db.unit import UnitOfWork
from hirewire.web import errors
from hirewire.web.pages import Form, is_looked_at, read_form
from hirewire.web.streams.frames import frame
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.response import EventStream, Log
from hirewire.web.streams.slot import StreamKind

CHANGED: Final = frame(event="changed", data="0")
"""Something is different: whoever reads this asks for the page again."""

BEATS: Final = StreamKind(name="lobby", beat=frame(event="beat", data="0"), heartbeat_s=10.0)
"""At each beat a page asks for itself again, well before its lease of 30 s is over."""

_FIRST: Final = frame(retry_ms=2_000)
_SEE_OTHER: Final = 303
_OK: Final = 200
_NO_STREAM: Final = 403
_REST: Final = LEASE - RENEWED_AFTER

_Change: TypeAlias = Callable[[UnitOfWork], Awaitable[object]]


def topic_of(interview_id: UUID) -> str:
    """Name the hub's topic for what happens in one lobby."""
    return f"lobby:{interview_id.hex}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LobbyPages:
    """The endpoints under `/lobby/{token}`; *seating* counts streams, *log* is told of them."""

    reception: Reception
    hub: Hub
    log: Log
    kind: StreamKind = BEATS
    seating: Seating | None = None

    async def show(self, request: Request) -> Response:
        """Show who is here; to look is to be here, too."""
        visit = await self.reception.receive(request)
        if isinstance(visit, Response):
            return visit
        if visit.door.role is Role.INTERVIEWER:
            return await self._show_host(visit)
        return await self._show_guest(visit)

    async def knock(self, request: Request) -> Response:
        """Let the interviewee ask to come in."""
        form = await self._form(request)
        visit = await self.reception.receive(request)
        if isinstance(visit, Response):
            return visit
        if visit.door.role is not Role.INTERVIEWEE:
            raise NoSuchGuest
        reception, interview_id = self.reception, visit.door.interview.id
        name, held = form.one("name"), reception.held(request)
        try:
            async with reception.db.unit() as uow:
                new = await reception.lobby.knock(uow, interview_id, name, held)
        except (BadText, TooManyKnocks) as refusal:
            return self._show_door(visit, name=name, refusal=refusal)
        self._tell(visit)
        answer = _see(visit.path)
        reception.hold(visit, answer, new.text)
        return answer

    async def admit(self, request: Request) -> Response:
        """Let in who knocked."""
        return await self._decide(request, admits=True)

    async def decline(self, request: Request) -> Response:
        """Do not let in who knocked."""
        return await self._decide(request, admits=False)

    async def leave(self, request: Request) -> Response:
        """Go; the page that follows does not bring anybody back."""
        await self._form(request)
        visit = await self.reception.receive(request)
        if isinstance(visit, Response):
            return visit
        lobby, interview_id = self.reception.lobby, visit.door.interview.id
        async with self.reception.db.unit() as uow:
            if visit.person is not None:
                await lobby.host_leaves(uow, interview_id, visit.person)
            elif visit.guest is not None:
                await lobby.guest_leaves(uow, interview_id, visit.guest.id)
        self._tell(visit)
        return _see(f"{visit.path}?left=1" if visit.person is not None else visit.path)

    async def events(self, request: Request) -> ASGIApp:
        """Open the stream that says when to look again; it tells nothing else."""
        try:
            visit = await self.reception.receive(request)
        except HirewireError as error:
            return _no_stream(error)
        who = None if isinstance(visit, Response) else visit.interviewer or visit.guest
        if isinstance(visit, Response) or who is None:
            return Response(status_code=_NO_STREAM)
        try:
            return self._stream(visit, who.id)
        except HirewireError as error:
            return _no_stream(error)

    def _stream(self, visit: Visit, visitor_id: UUID) -> ASGIApp:
        interview = visit.door.interview
        closes_at = Window.of(interview).closes_at
        stream = EventStream(
            hub=self.hub,
            kind=self.kind,
            topics=(topic_of(interview.id),),
            first=(_FIRST,),
            lifetime_s=(closes_at - visit.now).total_seconds(),
            holders=holders(self.hub, interview.id, visit.door.role, visitor_id),
            log=self.log,
        )
        if self.seating is None:
            return _Quiet(stream)
        person_id = None if visit.person is None else visit.person.id
        return _Quiet(self.seating.seated(visit.request, stream, person_id))

    async def _decide(self, request: Request, *, admits: bool) -> Response:
        form = await self._form(request)
        visit = await self.reception.receive(request)
        if isinstance(visit, Response):
            return visit
        person = visit.person
        if person is None:
            raise NoSuchGuest
        guest_id = _id(form.one("guest"))
        async with self.reception.db.unit() as uow:
            await self.reception.lobby.decide(
                uow, visit.door.interview.id, person, guest_id, admits=admits
            )
        self._tell(visit)
        return _see(visit.path)

    async def _form(self, request: Request) -> Form:
        form = await read_form(request)
        self.reception.browser.check(request, form)
        return form

    async def _show_host(self, visit: Visit) -> Response:
        person, interviewer = visit.person, visit.interviewer
        if person is None or interviewer is None:
            raise NoSuchGuest
        if visit.request.query_params.get("left") == "1":
            return self.reception.show(visit, "left")
        sight = await self._sight(visit)
        me = next((one for one in sight.hosts if one.interviewer_id == interviewer.id), None)
        if me is None or me.present_until - visit.now <= _REST:
            interview_id = visit.door.interview.id
            lobby = self.reception.lobby
            await self._change(visit, lambda uow: lobby.keep_host(uow, interview_id, person))
            if me is None:
                self._tell(visit)
            sight = await self._sight(visit)
        return self.reception.show(
            visit,
            "host",
            sight=sight,
            me=interviewer.id,
            meeting=MEETING[visit.door.interview.media_type],
            title=_host_title(sight),
        )

    async def _show_guest(self, visit: Visit) -> Response:
        guest = visit.guest
        if guest is None or guest.state in {GuestState.LEFT, GuestState.DECLINED}:
            return self._show_door(visit)
        sight = await self._sight(visit)
        is_in = guest.state is GuestState.ADMITTED
        is_late = guest.present_until - visit.now <= _REST
        if is_late or (is_in and sight.session is None):
            interview_id, guest_id = visit.door.interview.id, guest.id
            lobby = self.reception.lobby
            await self._change(visit, lambda uow: lobby.keep_guest(uow, interview_id, guest_id))
            if not guest.is_present(visit.now):
                self._tell(visit)
            sight = await self._sight(visit)
        return self.reception.show(
            visit,
            "guest",
            sight=sight,
            guest=guest,
            is_in=is_in,
            meeting=MEETING[visit.door.interview.media_type],
            title="You are in" if is_in else "Waiting to be let in",
        )

    def _show_door(
        self, visit: Visit, *, name: str = "", refusal: BadText | TooManyKnocks | None = None
    ) -> Response:
        """Ask for a name; where a browser knocked before, say what came of it."""
        guest, interviewee = visit.guest, visit.door.interview.interviewee
        known = guest.name if guest else interviewee.name if interviewee else ""
        status = _OK if refusal is None else errors.status(refusal)
        return self.reception.show(
            visit,
            "door",
            status=status,
            headers={} if refusal is None else errors.come_back(refusal),
            name=name or known,
            wrong=isinstance(refusal, BadText),
            throttled=str(refusal) if isinstance(refusal, TooManyKnocks) else "",
            was_declined=guest is not None and guest.state is GuestState.DECLINED,
            has_left=guest is not None and guest.state is GuestState.LEFT,
        )

    async def _sight(self, visit: Visit) -> Sight:
        async with self.reception.db.read() as reader:
            return await self.reception.lobby.sight(reader, visit.door.interview.id, visit.now)

    async def _change(self, visit: Visit, change: _Change) -> None:
        """Note who is here, if anybody is."""
        if is_looked_at(visit.request):
            async with self.reception.db.unit() as uow:
                await change(uow)

    def _tell(self, visit: Visit) -> None:
        """Have the pages of this process look at once; others hear facts, and their beats."""
        self.hub.publish(topic_of(visit.door.interview.id), CHANGED, event="changed")


@dataclass(frozen=True, slots=True)
class _Quiet:
    """A stream that is told of without the token in its path."""

    stream: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.stream({**scope, "path": "/lobby/{token}/events"}, receive, send)


def _host_title(sight: Sight) -> str:
    """Say in the title what an interviewer should notice behind another tab."""
    if sight.waiting:
        return f"({len(sight.waiting)}) {sight.waiting[0].name} knocks"
    return f"{sight.admitted[0].name} is here" if sight.admitted else "Lobby"


def _no_stream(error: HirewireError) -> Response:
    return Response(status_code=errors.status(error), headers=errors.come_back(error))


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NoSuchGuest from None


def _see(path: str) -> Response:
    return RedirectResponse(path, _SEE_OTHER, {"cache-control": "no-store"})
