"""
Who types: told to the streams that are live at that moment, in every process, and to no other.

It is no fact, so it has no place in the log, is in no ring, and nobody is replayed it. Its
frame carries the cursor of all that was published by then, as a heartbeat does. The other
processes are told by the bus, as far as that is there just then: nobody waits for it, and
nobody relies on it.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

import msgspec
import structlog

from hirewire.kit.clock import Clock
from hirewire.kit.node_ids import NodeIds
from hirewire.realtime.announcer import Announcer
from hirewire.realtime.frames import message_update, typing_payload
from hirewire.realtime.hearsay import hear_forever
from hirewire.realtime.model import (
    EventType,
    Update,
    candidate_topic,
    conversation_topic,
    topic_of,
    update_uuid,
)
from hirewire.realtime.updates import CONVERSATION
from hirewire.runtime.bus import Bus, BusUnavailable
from hirewire.runtime.rest import lasting
from hirewire.web.streams.hub import Hub

TOPIC: Final = "streams-typing"
HEARD_BY_CANDIDATES: Final = "typing-at-the-employer"
"""What the hub calls the frames of candidates, which name people and no ids of theirs."""

PARTICIPANT: Final = "ConversationParticipant"
MOST_UNTOLD: Final = 1_000

_STALE_AFTER_S: Final = 3.0
_EMPLOYERS: Final = "EMPLOYER"

_log = structlog.get_logger(__name__)


class Signal(Protocol):
    """Somebody types; the slice in which they do is a stranger."""

    @property
    def employer_id(self) -> UUID: ...
    @property
    def conversation_id(self) -> UUID: ...
    @property
    def side(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def person_id(self) -> UUID | None: ...


class _Told(msgspec.Struct, frozen=True, array_like=True):
    """What the other processes are told; *node* is the id of the one that tells."""

    node: str
    id: UUID
    at: datetime
    employer_id: UUID
    conversation_id: UUID
    side: str
    name: str
    person_id: UUID | None = None


class TypingNews:
    """Tells who types on *hub* and, unless *bus* is None, in the other processes."""

    def __init__(
        self,
        hub: Hub,
        announcer: Announcer,
        node_ids: NodeIds,
        clock: Clock,
        *,
        new_id: Callable[[], UUID],
        bus: Bus | None = None,
    ) -> None:
        self._hub = hub
        self._announcer = announcer
        self._node_ids = node_ids
        self._clock = clock
        self._new_id = new_id
        self._bus = bus
        self._node = new_id().hex
        self._untold: deque[tuple[float, _Told]] = deque(maxlen=MOST_UNTOLD)
        self._woken = asyncio.Event()

    def tell(self, signal: Signal) -> None:
        """Tell those who listen here at once, and the others as soon as may be."""
        told = _Told(
            node=self._node,
            id=self._new_id(),
            at=self._clock.now(),
            employer_id=signal.employer_id,
            conversation_id=signal.conversation_id,
            side=str(signal.side),
            name=signal.name,
            person_id=signal.person_id,
        )
        self._publish(told)
        if self._bus is not None:
            self._untold.append((self._clock.monotonic(), told))
            self._woken.set()

    async def run(self) -> None:
        """Pass on what is told here, and hear of others, until cancelled."""
        if self._bus is None:
            return
        async with asyncio.TaskGroup() as group:
            hearing = hear_forever(self._bus, self._clock, TOPIC, self.hear, is_kept=False)
            group.create_task(lasting(hearing))
            group.create_task(lasting(self._pass_on_forever(self._bus)))

    def hear(self, body: bytes) -> None:
        """Hear what a process tells."""
        told = _DECODE(body)
        if told.node != self._node:
            self._publish(told)

    def _publish(self, told: _Told) -> None:
        """Publish what is told: most of it is heard by nobody here, and is not even encoded."""
        self._publish_at_employer(told)
        if told.side == _EMPLOYERS:
            self._publish_to_candidate(told)

    def _publish_at_employer(self, told: _Told) -> None:
        topics = (topic_of(told.employer_id), conversation_topic(told.conversation_id))
        heard = [topic for topic in topics if self._hub.is_heard(topic)]
        place = self._announcer.place() if heard else None
        if place is None:
            return
        person = told.person_id
        participant = None if person is None else self._node_ids.mint(PARTICIPANT, person)
        frame = self._frame(told, place, participantId=participant)
        for topic in heard:
            self._hub.publish(topic, frame, event=EventType.TYPING)

    def _publish_to_candidate(self, told: _Told) -> None:
        topic = candidate_topic(told.conversation_id)
        place = self._announcer.place() if self._hub.is_heard(topic) else None
        if place is not None:
            self._hub.publish(topic, self._frame(told, place), event=HEARD_BY_CANDIDATES)

    def _frame(self, told: _Told, place: str, **more: object) -> bytes:
        conversation = self._node_ids.mint(CONVERSATION, told.conversation_id)
        sender = {"side": told.side, "name": told.name}
        update = Update(
            uuid=update_uuid(told.id, told.at),
            employer_id=told.employer_id,
            conversation_id=told.conversation_id,
            event_type=EventType.TYPING,
            payload=typing_payload(told.id, conversation, sender=sender, **more),
            at=told.at,
        )
        return message_update(update, place)

    async def _pass_on_forever(self, bus: Bus) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            while self._untold:
                told_at_s, told = self._untold.popleft()
                if self._clock.monotonic() < told_at_s + _STALE_AFTER_S:
                    await _mention(bus, told)


async def _mention(bus: Bus, told: _Told) -> None:
    """Tell the other processes, as far as may be: what is not told now is over soon."""
    try:
        await bus.mention(TOPIC, _ENCODE(told))
    except BusUnavailable as error:
        _log.warning("typing.untold", error=str(error))


_ENCODE: Final = msgspec.msgpack.Encoder().encode
_DECODE: Final = msgspec.msgpack.Decoder(_Told).decode
