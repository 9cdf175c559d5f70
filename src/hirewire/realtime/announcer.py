"""
From the log to the streams: each update becomes one frame, for all who hear it.

The *head* is the place of the last fact heard: every update up to it was published. It moves
with each fact that is followed, also with those that are no updates, and never back.
"""

import asyncio
from collections.abc import AsyncIterable, Callable
from datetime import datetime
from typing import Final

from hirewire.kit.clock import Clock
from hirewire.kit.facts import Position, Recorded
from hirewire.realtime.cursors import Cursors
from hirewire.realtime.errors import StreamsNotReady
from hirewire.realtime.frames import HEARTBEAT, heartbeat, message_update
from hirewire.realtime.model import conversation_topic, topic_of
from hirewire.realtime.ring import Kept, Ring
from hirewire.realtime.updates import KINDS, Updates
from hirewire.runtime.log import Log
from hirewire.runtime.log.history import History
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.slot import Slot

WARM: Final = 5_000
"""Among so many of the latest facts updates are looked for when a process starts."""

PATIENCE_S: Final = 5.0

_REMINT_S: Final = 1.0


class Announcer:
    """
    Listens to the log, publishes on this process's hub, and keeps the frames of late.

    Each of `on_sent` is told, for each frame that somebody was sent, how many seconds after
    its fact was told it was handed to the sockets.
    """

    def __init__(self, hub: Hub, updates: Updates, cursors: Cursors, clock: Clock) -> None:
        self.head: Position | None = None
        self.ring = Ring(Position(0, 0))
        self.on_sent: list[Callable[[float], object]] = []
        self._hub = hub
        self._updates = updates
        self._cursors = cursors
        self._clock = clock
        self._follows = asyncio.Event()
        self._moved = asyncio.Event()
        self._id = ""
        self._beat = HEARTBEAT
        self._minted_of: Position | None = None
        self._minted_s = 0.0
        self._unsent: list[datetime] = []
        self._looked_at_s: float | None = None
        hub.on_flushed.append(self._note_flush)

    async def begin(self, log: Log) -> Position:
        """Take in the frames of late, and say from where the log is to be followed."""
        end = await log.end()
        after, entries = await History(log.db).latest(KINDS, end, among=WARM)
        self.ring = Ring(after)
        for entry in entries:
            if (recorded := entry.recorded()) and (kept := self.frame(recorded)):
                self.ring.add(kept)
        self.head = end
        return end

    @property
    def is_following(self) -> bool:
        """Whether the log is followed, so that streams can open."""
        return self._follows.is_set()

    def follow(self) -> None:
        """Let streams open: what comes after the head is heard from now on."""
        self._follows.set()

    def looked(self) -> None:
        """
        Note that the log was read, and all that was found earlier is announced.

        Whoever follows the log for this process says so each time that it looks, whether or
        not it finds something.
        """
        self._looked_at_s = self._clock.monotonic()

    @property
    def head_age_s(self) -> float | None:
        """How long nobody has looked whether the log goes on; None where nobody says."""
        if self._looked_at_s is None:
            return None
        return self._clock.monotonic() - self._looked_at_s

    def start_over(self) -> None:
        """Forget the frames of a world that is no more; positions go on."""
        self._minted_of = None
        if self.head is not None:
            self.ring = Ring(self.head)

    async def run(self, facts: AsyncIterable[Recorded]) -> None:
        """Announce what *facts* tells, for as long as it does."""
        async for recorded in facts:
            self.announce(recorded)

    def announce(self, recorded: Recorded) -> None:
        """Publish the update that a fact is, if it is one, to those who may see it."""
        if self.head is not None and recorded.position <= self.head:
            return
        self.head = recorded.position
        self._moved.set()
        kept = self.frame(recorded)
        if kept is None:
            return
        self.ring.add(kept)
        published = [
            self._hub.publish(topic, kept.body, event=kept.event) for topic in kept.topics
        ]
        if any(published):
            self._unsent.append(recorded.at)

    def frame(self, recorded: Recorded) -> Kept | None:
        """
        Encode the update that a fact is, None if it is none.

        The bytes follow from the fact alone: its cursor is as old as the fact, wherever and
        whenever it is replayed.
        """
        update = self._updates.of(recorded)
        if update is None:
            return None
        return Kept(
            position=recorded.position,
            topics=(topic_of(update.employer_id), conversation_topic(update.conversation_id)),
            event=update.event_type,
            body=message_update(update, self._cursors.mint(recorded.position, recorded.at)),
        )

    def id_for(self, slot: Slot) -> str | None:
        """Mint the cursor of all that *slot* was sent; None while it is replayed to."""
        return self.place() if slot.is_live else None

    def place(self) -> str | None:
        """Mint the cursor of all that was published; None before the log is known."""
        head = self.head
        if head is None:
            return None
        now_s = self._clock.monotonic()
        if head != self._minted_of or now_s - self._minted_s >= _REMINT_S:
            self._id = self._cursors.mint(head)
            self._beat = heartbeat(self._id)
            self._minted_of, self._minted_s = head, now_s
        return self._id

    def beat(self, slot: Slot) -> bytes:
        """Say what *slot* is sent when it beats: the same bytes for all that are live."""
        return HEARTBEAT if self.id_for(slot) is None else self._beat

    async def ready(self) -> Position:
        """
        Return the head, once the log is followed.

        Raises:
            StreamsNotReady: it is not within a few seconds, or no stream opens any more.
        """
        if self._hub.is_draining:
            raise StreamsNotReady
        try:
            # Real time on purpose: a frozen clock must not keep a caller waiting.
            async with asyncio.timeout(PATIENCE_S):
                await self._follows.wait()
        except TimeoutError:
            raise StreamsNotReady from None
        return self.head or Position(0, 0)

    async def reach(self, place: Position, last: Position | None) -> None:
        """
        Move the head up to *place*, once *last*, the last update up to there, was heard.

        Raises:
            StreamsNotReady: it is not within a few seconds.
        """
        try:
            async with asyncio.timeout(PATIENCE_S):
                while last is not None and (self.head is None or self.head < last):
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            raise StreamsNotReady from None
        self.head = max(self.head or place, place)

    def _note_flush(self) -> None:
        if not self._unsent:
            return
        unsent, self._unsent = self._unsent, []
        now = self._clock.now()
        for at in unsent:
            lag_s = max(0.0, (now - at).total_seconds())
            for tell in self.on_sent:
                tell(lag_s)
