"""
How a stream of updates begins: where its reader has been, the verdict, and how they join.

The API's endpoint and live pages open their streams here. A stream opens before it is live;
what its reader missed is sent first (`realtime.replay`).
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from uuid import UUID

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from hirewire.kit.clock import Clock
from hirewire.kit.facts import Position
from hirewire.realtime.announcer import Announcer
from hirewire.realtime.cursors import Cursor, Cursors
from hirewire.realtime.errors import CursorExpired, UnknownCursor
from hirewire.realtime.frames import connection_config, connection_metadata, heartbeat
from hirewire.realtime.model import Fault, Threads, Verdict
from hirewire.realtime.replay import PAGE, SLICE_BYTES, Replay, Wanted
from hirewire.realtime.replays import Cause, Patience, Progress, Replays
from hirewire.realtime.updates import KINDS
from hirewire.runtime.log.history import History
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.response import EventStream, Header, Log
from hirewire.web.streams.slot import OnClose, Slot, StreamKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """
    What is settled about a stream before it opens.

    Its *threads* and *accepts* are what its reader may see and wants to. *lifetime_s* counts
    from when it is asked for; the others are `Hub.open`'s and `EventStream`'s.
    """

    kind: StreamKind
    connection_id: UUID
    threads: Threads
    accepts: frozenset[str] | None = None
    lifetime_s: float
    holders: Collection[UUID] = ()
    headers: tuple[Header, ...] = ()
    on_open: Callable[[Slot], object] | None = None
    on_close: OnClose | None = None

    @property
    def wanted(self) -> Wanted:
        return Wanted(threads=self.threads, accepts=self.accepts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    """Where a stream begins: after *after*, by a cursor *id*; *missed* is to be sent first."""

    after: Cursor
    id: str
    verdict: Verdict | None = None
    missed: tuple[bytes, ...] = ()
    is_long: bool = False


@dataclass(slots=True)
class Recoveries:
    """What became of readers who came back, for the metrics."""

    verdicts: Counter[str] = field(default_factory=Counter)
    replayed: int = 0
    replays: Replays = field(default_factory=Replays)

    def count(self, verdict: Verdict) -> None:
        """Count one who was told *verdict*."""
        self.verdicts[verdict.fault or "recovered"] += 1
        self.replayed += verdict.replayed


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """
    Opens streams of updates; *log* is told when one opens and ends.

    See `Replay` for *page*, *slice_bytes* and *patience*.
    """

    hub: Hub
    announcer: Announcer
    cursors: Cursors
    history: History
    clock: Clock
    log: Log
    recoveries: Recoveries = field(default_factory=Recoveries)
    page: int = PAGE
    slice_bytes: int = SLICE_BYTES
    patience: Patience = field(default_factory=Patience)

    def place_of(self, slot: Slot) -> str | None:
        """Mint the cursor of all that *slot* was sent; None while it is replayed to."""
        return self.announcer.id_for(slot)

    def start_over(self, epoch: int) -> None:
        """Forget the frames and the cursors of a world that is no more."""
        self.cursors.start_over(epoch)
        self.announcer.start_over()

    async def open(self, request: Request, opening: Opening) -> ASGIApp:
        """
        Open a stream where the reader has been, by *request*, or with what comes next.

        Raises:
            StreamsNotReady: the log is not followed, or not that far.
        """
        asked_at_s = self.clock.monotonic()
        await self.announcer.ready()
        given = cursor_in(request)
        start = await self._start(given, opening.wanted) if given else self._at_head()
        stream = EventStream(
            hub=self.hub,
            kind=opening.kind,
            topics=(),
            first=(
                connection_metadata(opening.connection_id, start.id, start.verdict),
                connection_config(start.id),
                heartbeat(start.id),
                *start.missed,
            ),
            accepts=opening.accepts,
            lifetime_s=opening.lifetime_s - (self.clock.monotonic() - asked_at_s),
            holders=opening.holders,
            is_live=False,
            headers=opening.headers,
            log=self.log,
            on_close=opening.on_close,
        )
        return _Joining(
            stream=stream,
            replay=self._replay(start, opening.wanted),
            recoveries=self.recoveries,
            verdict=start.verdict,
            on_open=opening.on_open,
            is_long=start.is_long,
        )

    def _head(self) -> Cursor:
        return Cursor(self.announcer.head or Position(0, 0), self.clock.now())

    def _at_head(self, verdict: Verdict | None = None) -> _Start:
        head = self._head()
        return _Start(
            after=head, id=self.cursors.mint(head.position, head.minted_at), verdict=verdict
        )

    async def _start(self, given: str, wanted: Wanted) -> _Start:
        """Find out where the reader has been, and what they missed since."""
        try:
            cursor = self.cursors.read(given)
            await self._come_up_to(cursor.position)
            return self._from_ring(cursor, wanted) or await self._from_log(cursor, wanted)
        except UnknownCursor:
            return self._at_head(Verdict(fault=Fault.UNKNOWN_CURSOR))
        except CursorExpired:
            return self._at_head(Verdict(fault=Fault.EXPIRED))

    async def _come_up_to(self, place: Position) -> None:
        """
        Wait for this process to hear what the reader has heard from another.

        Raises:
            UnknownCursor: nobody can have been there: the log ends before.
            StreamsNotReady: it takes too long.
        """
        head = await self.announcer.ready()
        if place <= head:
            return
        end, last = await self.history.end_and_last(KINDS, head, place)
        if place > end:
            raise UnknownCursor
        await self.announcer.reach(place, last)

    def _from_ring(self, cursor: Cursor, wanted: Wanted) -> _Start | None:
        """Take what was missed from the ring, if it reaches back so far."""
        ring = self.announcer.ring
        if not ring.reaches(cursor.position):
            return None
        missed = [kept.body for kept in wanted.among(ring.since(cursor.position))]
        if not missed:
            return self._at_head(Verdict())
        verdict = Verdict(replayed=len(missed))
        place = self.cursors.mint(cursor.position, cursor.minted_at)
        if sum(map(len, missed)) > self.slice_bytes:
            return _Start(after=cursor, id=place, verdict=verdict, is_long=True)
        return _Start(after=self._head(), id=place, verdict=verdict, missed=tuple(missed))

    async def _from_log(self, cursor: Cursor, wanted: Wanted) -> _Start:
        """
        Count what was missed; what is announced meanwhile is not part of it.

        Raises:
            CursorExpired: by then some of it may have been removed, and was not counted.
        """
        now = self._at_head()
        count = await self.history.count(wanted.selection, cursor.position, now.after.position)
        if self.cursors.is_too_old(cursor.minted_at):
            raise CursorExpired
        if not count:
            return replace(now, verdict=Verdict())
        return _Start(
            after=cursor,
            id=self.cursors.mint(cursor.position, cursor.minted_at),
            verdict=Verdict(replayed=count),
            is_long=True,
        )

    def _replay(self, start: _Start, wanted: Wanted) -> Replay:
        return Replay(
            announcer=self.announcer,
            history=self.history,
            cursors=self.cursors,
            hub=self.hub,
            wanted=wanted,
            after=start.after.position,
            at=start.after.minted_at,
            page=self.page,
            slice_bytes=self.slice_bytes,
            replays=self.recoveries.replays,
            progress=Progress(missed=0 if start.verdict is None else start.verdict.replayed),
            patience=self.patience,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Joining:
    """
    A stream that goes live when what its reader missed was sent.

    Mostly that is so in the turn in which it opens. A replay that *is_long* is work for the
    request's task, which stays until the stream is live, while the hub has the connection.
    """

    stream: EventStream
    replay: Replay
    recoveries: Recoveries
    verdict: Verdict | None
    on_open: Callable[[Slot], object] | None
    is_long: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self.is_long:
            await replace(self.stream, on_open=self._join)(scope, receive, send)
            return
        async with asyncio.TaskGroup() as tasks:

            def begin(slot: Slot) -> None:
                self._greet(slot)
                tasks.create_task(self.replay.run(slot))

            await replace(self.stream, on_open=begin)(scope, receive, send)

    def _join(self, slot: Slot) -> None:
        """
        Send what was announced while the stream opened, and go live.

        Should it be more than can be sent at once, the reader comes back for the rest.
        """
        self._greet(slot)
        if self.replay.announcer.ring.reaches(self.replay.after):
            self.replay.send_kept(slot)
        if not slot.is_live:
            self.replay.give_up(slot, Cause.OUTPACED)

    def _greet(self, slot: Slot) -> None:
        if self.verdict is not None:
            self.recoveries.count(self.verdict)
        if self.on_open is not None:
            self.on_open(slot)


def cursor_in(request: Request) -> str:
    """Return the cursor that a reader came with, or `""`; the header of EventSource wins."""
    named = request.headers.get("last-event-id", "")
    return named or request.query_params.get("lastEventId", "")
