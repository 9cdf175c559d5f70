"""What a fact means to the readers of streams: an update, or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol, cast
from uuid import UUID

from hirewire.kit.facts import Recorded
from hirewire.kit.node_ids import NodeIds
from hirewire.realtime.frames import update_payload
from hirewire.realtime.model import EventType, Update, update_uuid

CONVERSATION: Final = "Conversation"
EVENT_TYPES: Final[Mapping[str, EventType]] = {
    "conversation.message_sent": EventType.NEW_MESSAGE,
    "conversation.message_edited": EventType.MESSAGE_EDITED,
    "conversation.message_deleted": EventType.MESSAGE_DELETED,
    "conversation.read": EventType.MESSAGES_READ,
    "conversation.opened": EventType.CONVERSATION_STARTED,
}
"""The kinds of facts that are updates; the slice that tells them is a stranger."""

KINDS: Final = frozenset(EVENT_TYPES)
_OF_NO_MESSAGE: Final = frozenset({EventType.CONVERSATION_STARTED})


class OfConversation(Protocol):
    """What a fact of those kinds tells."""

    @property
    def employer_id(self) -> UUID: ...
    @property
    def conversation_id(self) -> UUID: ...


class OfMessage(OfConversation, Protocol):
    """What a fact about one message tells."""

    @property
    def message_id(self) -> UUID: ...


@dataclass(frozen=True, slots=True)
class Updates:
    """Reads facts; *node_ids* mints the ids by which GraphQL knows threads."""

    node_ids: NodeIds

    def of(self, recorded: Recorded) -> Update | None:
        """Say what a fact means, None for nothing."""
        event_type = EVENT_TYPES.get(recorded.fact.kind)
        if event_type is None:
            return None
        fact = cast(OfConversation, recorded.fact)
        if event_type in _OF_NO_MESSAGE:
            about = recorded.id
        else:
            about = cast(OfMessage, recorded.fact).message_id
        conversation = self.node_ids.mint(CONVERSATION, fact.conversation_id)
        return Update(
            uuid=update_uuid(recorded.id, recorded.at),
            employer_id=fact.employer_id,
            conversation_id=fact.conversation_id,
            event_type=event_type,
            payload=update_payload(about, conversation),
            at=recorded.at,
        )


def kinds_of(event_types: frozenset[str] | None) -> frozenset[str]:
    """Name the kinds of facts that are updates of *event_types*, None for any."""
    if event_types is None:
        return KINDS
    return frozenset(kind for kind, known in EVENT_TYPES.items() if known in event_types)
