"""From the log to the streams: each new message becomes one frame, for all who hear it."""

from collections.abc import AsyncIterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, cast
from uuid import UUID

from hirewire.kit.facts import Recorded
from hirewire.kit.node_ids import NodeIds
from hirewire.realtime.frames import message_update, new_message_payload
from hirewire.realtime.model import EventType, Update, topic_of, update_uuid
from hirewire.web.streams.hub import Hub

MESSAGE_SENT: Final = "conversation.message_sent"
CONVERSATION: Final = "Conversation"


class NewMessage(Protocol):
    """What a fact of the kind `MESSAGE_SENT` tells; the slice that tells it is a stranger."""

    @property
    def employer_id(self) -> UUID: ...
    @property
    def conversation_id(self) -> UUID: ...
    @property
    def message_id(self) -> UUID: ...
    @property
    def sent_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcer:
    """Listens to the log, and publishes on this process's hub; keeps nothing."""

    hub: Hub
    node_ids: NodeIds

    async def run(self, facts: AsyncIterable[Recorded]) -> None:
        """Announce what *facts* tells, for as long as it does."""
        async for recorded in facts:
            self.announce(recorded)

    def announce(self, recorded: Recorded) -> None:
        """Publish the update that a fact is to those who may see it, if it is one."""
        update = self.update(recorded)
        if update is not None:
            self.hub.publish(
                topic_of(update.employer_id), message_update(update), event=update.event_type
            )

    def update(self, recorded: Recorded) -> Update | None:
        """Say what a fact means to the readers of streams, None for nothing."""
        if recorded.fact.kind != MESSAGE_SENT:
            return None
        sent = cast(NewMessage, recorded.fact)
        conversation_id = self.node_ids.mint(CONVERSATION, sent.conversation_id)
        return Update(
            uuid=update_uuid(recorded.id, sent.sent_at),
            employer_id=sent.employer_id,
            event_type=EventType.NEW_MESSAGE,
            payload=new_message_payload(sent.message_id, conversation_id),
            at=sent.sent_at,
        )
