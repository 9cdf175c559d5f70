"""What a stream carries: its event types, its topics, and the updates themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from hirewire.realtime.errors import RepeatedEventTypes, UnknownEventType

LONGEST_ECHO: Final = 100

_GREGORIAN_START: Final = datetime(1582, 10, 15, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_TICKS_PER_MICROSECOND: Final = 10
_VERSION_1: Final = 1 << 76
_VARIANT: Final = 2 << 62
_RANDOM_BITS: Final = (1 << 62) - 1
_NODE_IS_RANDOM: Final = 1 << 40


class EventType(StrEnum):
    """What an update can be about: the values of `data.eventType`."""

    NEW_MESSAGE = "new-message"
    MESSAGE_EDITED = "message-edited"
    MESSAGE_DELETED = "message-deleted"
    MESSAGES_READ = "messages-read"
    CONVERSATION_STARTED = "conversation-started"
    TYPING = "typing"


KNOWN_EVENT_TYPES: Final = tuple(event_type.value for event_type in EventType)


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Something happened in a thread of *employer_id*'s."""

    uuid: UUID
    employer_id: UUID
    conversation_id: UUID
    event_type: EventType
    payload: str
    at: datetime


def wanted_event_types(given: Sequence[str]) -> frozenset[str] | None:
    """
    Read the values of the `eventTypes` parameter; None, for no parameter, means all.

    Raises:
        RepeatedEventTypes: there is more than one.
        UnknownEventType: an item of the list is empty, or is no event type.
    """
    if not given:
        return None
    if len(given) > 1:
        raise RepeatedEventTypes
    items = given[0].split(",")
    for item in items:
        if item not in KNOWN_EVENT_TYPES:
            raise UnknownEventType(event_type=item[:LONGEST_ECHO], known=KNOWN_EVENT_TYPES)
    return frozenset(items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Threads:
    """
    The threads that a stream is about: all of some employers, or one of one employer.

    Its reader *is_candidate* where it is the other end of that one.
    """

    employer_ids: tuple[UUID, ...]
    conversation_id: UUID | None = None
    is_candidate: bool = False

    @property
    def topics(self) -> tuple[str, ...]:
        """Name the hub's topics for what happens in them."""
        if self.conversation_id is None:
            return tuple(topic_of(employer_id) for employer_id in self.employer_ids)
        topic = conversation_topic(self.conversation_id)
        return (topic, candidate_topic(self.conversation_id)) if self.is_candidate else (topic,)


class Fault(StrEnum):
    """Why a stream does not go on where its reader has been."""

    EXPIRED = "expired"
    UNKNOWN_CURSOR = "unknown_cursor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """
    What becomes of somebody who came back with a cursor.

    *replayed* updates come before those of from now on, and none is missing, unless there is
    a *fault*: then the stream begins with what happens from now on.
    """

    replayed: int = 0
    fault: Fault | None = None


def topic_of(employer_id: UUID) -> str:
    """Name the hub's topic for what happens at an employer."""
    return f"employer:{employer_id.hex}"


def conversation_topic(conversation_id: UUID) -> str:
    """Name the hub's topic for what happens in one thread."""
    return f"conversation:{conversation_id.hex}"


def candidate_topic(conversation_id: UUID) -> str:
    """Name the hub's topic for what is told to the candidate of a thread in other words."""
    return f"candidate:{conversation_id.hex}"


def update_uuid(fact_id: UUID, at: datetime) -> UUID:
    """
    Mint the UUID that tells an update's time (version 1, RFC 9562 section 5.1).

    It is a function of the fact, so that a reader who gets one update twice, from two
    processes or after a restart, can tell: clock sequence and node are the random bits of
    the fact's own id, with the bit that marks a random node (section 6.10).
    """
    ticks = (at - _GREGORIAN_START) // _MICROSECOND * _TICKS_PER_MICROSECOND
    low, mid, high = ticks & 0xFFFFFFFF, ticks >> 32 & 0xFFFF, ticks >> 48 & 0xFFF
    time_bits = low << 96 | mid << 80 | _VERSION_1 | high << 64
    return UUID(int=time_bits | _VARIANT | fact_id.int & _RANDOM_BITS | _NODE_IS_RANDOM)
