"""
The streams of our own pages: opened and replayed as those of the API, by another door.

A page proves itself with a session's cookie or with a candidate's link, instead of a token. Its
stream is held by what let it in, takes a seat as any other, and ends when that ends. A thread's
page in the console is also told to look again when others take part in it: that is no update of
the API, so it is a hint on a topic of its own, without a cursor.
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from hirewire.accounts.sign_in.facts import SessionEnded
from hirewire.conversations.facts import LinksRotated, ParticipantAdded, ParticipantRemoved
from hirewire.conversations.model import Conversation
from hirewire.conversations.pages.live import PageReader
from hirewire.kit.caller import Caller
from hirewire.kit.clock import Clock
from hirewire.kit.facts import Fact, Position, Recorded
from hirewire.realtime.connections import ConnectionIds
from hirewire.realtime.departures import Departures
from hirewire.realtime.entrance import Admitted, Seated
from hirewire.realtime.limits import Seats, Visitor
from hirewire.realtime.model import KNOWN_EVENT_TYPES, EventType, Threads
from hirewire.realtime.notices import Notices
from hirewire.realtime.streams import Opening, Streams, cursor_in
from hirewire.realtime.typing import HEARD_BY_CANDIDATES
from hirewire.runtime.db import UnitOfWork
from hirewire.web.networks import network_of
from hirewire.web.streams.frames import frame
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.reading import Reading
from hirewire.web.streams.response import EventStream
from hirewire.web.streams.slot import Reason, Slot, StreamKind

KINDS: Final = frozenset(
    fact.kind for fact in (SessionEnded, LinksRotated, ParticipantAdded, ParticipantRemoved)
)
"""The kinds of facts after which a page's stream may have to end, or its page to look again."""

PAGES: Final = "pages"
"""Under which name pages take seats: no app has it."""

_CANDIDATES: Final = frozenset(
    each.value
    for each in (EventType.NEW_MESSAGE, EventType.MESSAGE_EDITED, EventType.MESSAGE_DELETED)
) | {HEARD_BY_CANDIDATES}
"""What a candidate's page hears: not who of the employer's people reads when."""

_LISTS: Final = frozenset(KNOWN_EVENT_TYPES) - {EventType.TYPING.value}
"""What a list of threads hears: it does not show who types."""

_FOR_A_DAY: Final = timedelta(days=1)
_LOOK_EVERY_S: Final = 2.0
_CHANGED: Final = "changed"
_LOOK: Final = frame(event=_CHANGED, data="0")
_LOOKS: Final = StreamKind(
    name="console-streams", beat=_LOOK, heartbeat_s=_LOOK_EVERY_S, heartbeat_jitter=0.05
)


@dataclass(slots=True, kw_only=True)
class PageStreams:
    """Opens the streams of pages (`conversations.pages.live.LivePages`), and ends them."""

    streams: Streams
    departures: Departures
    connections: ConnectionIds
    seats: Seats
    notices: Notices
    clock: Clock
    _candidates: StreamKind = field(init=False)
    _people: StreamKind = field(init=False)

    def __post_init__(self) -> None:
        beat, farewell = self.streams.announcer.beat, self.notices.farewell
        self._candidates = StreamKind(name="candidate-page", beat=beat, farewell=farewell)
        self._people = StreamKind(name="console-page", beat=beat, farewell=farewell)

    async def ready(self) -> Reading:
        """Return what is known by now, once this process hears of departures."""
        await self.streams.announcer.ready()
        return Reading(self.departures.heard, await self.streams.history.end())

    async def of_thread(
        self,
        request: Request,
        reader: PageReader,
        conversation: Conversation,
        *,
        reading: Reading,
    ) -> ASGIApp:
        """Open the stream of one thread."""
        threads = Threads(
            employer_ids=(conversation.employer_id,),
            conversation_id=conversation.id,
            is_candidate=reader.session is None,
        )
        accepts = _CANDIDATES if threads.is_candidate else None
        return await self._open(request, reader, threads, accepts, reading=reading)

    async def of_employers(
        self,
        request: Request,
        reader: PageReader,
        employers: tuple[UUID, ...],
        *,
        reading: Reading,
    ) -> ASGIApp:
        """Open the stream of all threads of some employers."""
        threads = Threads(employer_ids=employers)
        return await self._open(request, reader, threads, _LISTS, reading=reading)

    async def of_node(
        self, request: Request, reader: PageReader, *, reading: Reading
    ) -> ASGIApp:
        """Open a stream that says every two seconds to look again."""
        admitted = self._admit(request, reader, None, reading)
        stream = EventStream(
            hub=self.streams.hub,
            kind=_LOOKS,
            topics=(),
            first=(frame(retry_ms=3_000),),
            lifetime_s=admitted.lifetime_s,
            holders=admitted.holders,
            log=self.streams.log,
            on_open=admitted.opened,
            on_close=admitted.seat,
        )
        return _Quiet(Seated(stream, admitted.seat), reader.path)

    def seated(self, request: Request, stream: EventStream, person_id: UUID | None) -> ASGIApp:
        """Count the stream of a lobby among all (`interviews.lobby.streams.Seating`)."""
        visitor = Visitor(app_id=PAGES, address=network_of(request), person_id=person_id)
        seat = self.seats.take(visitor)
        return Seated(replace(stream, on_open=seat.opened, on_close=seat), seat)

    def hear(self, recorded: Recorded) -> None:
        """Hear of a fact of the log, from this process or from another."""
        fact = recorded.fact
        self._end_after(fact, recorded.position)
        if isinstance(fact, ParticipantAdded | ParticipantRemoved):
            topic = people_topic(fact.conversation_id)
            self.streams.hub.publish(topic, _LOOK, event=_CHANGED)

    def committed(self, uow: UnitOfWork) -> None:
        """End at once what a unit of this process ends (`Database.committed`)."""
        for fact in uow.facts:
            self._end_after(fact, None)

    def _end_after(self, fact: Fact, at: Position | None) -> None:
        if isinstance(fact, SessionEnded):
            self.departures.end(fact.session_id, at, reason=Reason.REVOKED)
        elif isinstance(fact, LinksRotated):
            candidate = _candidate(fact.conversation_id)
            self.departures.end(candidate, at, reason=Reason.REVOKED)

    async def _open(
        self,
        request: Request,
        reader: PageReader,
        threads: Threads,
        accepts: frozenset[str] | None,
        *,
        reading: Reading,
    ) -> ASGIApp:
        thread, is_candidate = threads.conversation_id, threads.is_candidate
        admitted = self._admit(request, reader, thread, reading)
        opening = Opening(
            kind=self._candidates if is_candidate else self._people,
            connection_id=admitted.connection_id,
            threads=threads,
            accepts=accepts,
            lifetime_s=admitted.lifetime_s,
            holders=admitted.holders,
            on_open=_Opened(
                self.streams.hub,
                admitted,
                people=people_topic(thread) if thread and not is_candidate else None,
                came_back=bool(cursor_in(request)),
            ),
            on_close=admitted.seat,
        )
        stream = await admitted.lead(self.streams.open(request, opening))
        return _Quiet(stream, reader.path)

    def _admit(
        self, request: Request, reader: PageReader, thread: UUID | None, reading: Reading
    ) -> Admitted:
        """
        Give a reader a seat.

        Raises:
            TooManyStreams: there is none.
        """
        now, session = self.clock.now(), reader.session
        until = now + _FOR_A_DAY if session is None else session.expires_at
        held_by = {session.id} if session else {_candidate(thread)} if thread else set()
        caller = Caller(
            app_id=PAGES,
            scopes=frozenset(),
            expires_at=until,
            person_id=None if session is None else session.person_id,
            token_ids=frozenset(held_by),
        )
        visitor = Visitor(app_id=PAGES, address=network_of(request), person_id=caller.person_id)
        return Admitted(
            caller=caller,
            employers=(),
            connection_id=self.connections.mint(caller),
            lifetime_s=(until - now).total_seconds(),
            recheck=partial(self.departures.recheck, reading=reading),
            seat=self.seats.take(visitor),
        )


@dataclass(frozen=True, slots=True)
class _Opened:
    """
    Notes that the stream of a thread's page has opened.

    One that hears *people* is told by no replay what it missed of them: who *came_back* looks.
    """

    hub: Hub
    admitted: Admitted
    people: str | None = None
    came_back: bool = False

    def __call__(self, slot: Slot) -> None:
        self.admitted.opened(slot)
        if self.people is not None:
            self.hub.subscribe(slot, self.people)
            if self.came_back:
                self.hub.send(slot, _LOOK)


@dataclass(frozen=True, slots=True)
class _Quiet:
    """A stream that is told of under a path that opens nothing."""

    stream: ASGIApp
    path: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.stream({**scope, "path": self.path}, receive, send)


def people_topic(conversation_id: UUID) -> str:
    """Name the hub's topic for who takes part in one thread; only the console joins it."""
    return f"people:{conversation_id.hex}"


def _candidate(conversation_id: UUID) -> UUID:
    """Name the candidate of a thread among those who hold streams."""
    digest = hashlib.sha256(b"candidate of " + conversation_id.bytes).digest()
    return UUID(bytes=digest[:16])
