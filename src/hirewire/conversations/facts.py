"""What happens to conversations, as the log keeps it."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from hirewire.conversations.model import Side
from hirewire.kit.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationOpened(Fact):
    """A thread with a candidate began."""

    kind: ClassVar[str] = "conversation.opened"

    employer_id: UUID
    conversation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent(Fact):
    """Someone wrote in a thread; the text stays in the thread."""

    kind: ClassVar[str] = "conversation.message_sent"

    employer_id: UUID
    conversation_id: UUID
    message_id: UUID
    side: Side
    sent_at: datetime
