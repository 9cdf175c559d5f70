"""What happens to conversations, as the log keeps it: ids, never names, addresses or texts."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from hirewire.conversations.model import ParticipantRole, Side
from hirewire.kit.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationOpened(Fact):
    """A thread with a candidate began."""

    kind: ClassVar[str] = "conversation.opened"

    employer_id: UUID
    conversation_id: UUID
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent(Fact):
    """Someone wrote in a thread; the text stays in the thread."""

    kind: ClassVar[str] = "conversation.message_sent"

    employer_id: UUID
    conversation_id: UUID
    message_id: UUID
    side: Side
    sent_at: datetime

    @property
    def at(self) -> datetime:
        """When, by the name that it has in the other facts."""
        return self.sent_at


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited(Fact):
    """Who wrote a message wrote it anew; *revision* counts how often."""

    kind: ClassVar[str] = "conversation.message_edited"

    employer_id: UUID
    conversation_id: UUID
    message_id: UUID
    side: Side
    revision: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDeleted(Fact):
    """Who wrote a message took it back; its place stays."""

    kind: ClassVar[str] = "conversation.message_deleted"

    employer_id: UUID
    conversation_id: UUID
    message_id: UUID
    side: Side
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRead(Fact):
    """
    Somebody has read a thread up to and with a message.

    That was a person, or with no *person_id* an app for itself, or with neither the candidate.
    """

    kind: ClassVar[str] = "conversation.read"

    employer_id: UUID
    conversation_id: UUID
    message_id: UUID
    position: int
    side: Side
    person_id: UUID | None = None
    app_id: str | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantAdded(Fact):
    """
    A person takes part in a thread, or does so in another role.

    *by* is who saw to it: None for an app.
    """

    kind: ClassVar[str] = "conversation.participant_added"

    employer_id: UUID
    conversation_id: UUID
    person_id: UUID
    role: ParticipantRole
    by: UUID | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantRemoved(Fact):
    """A person takes part in a thread no more; *by* is None for an app, and who left."""

    kind: ClassVar[str] = "conversation.participant_removed"

    employer_id: UUID
    conversation_id: UUID
    person_id: UUID
    by: UUID | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LinksRotated(Fact):
    """Whoever had a link to a thread as its candidate is let in by it no more."""

    kind: ClassVar[str] = "conversation.links_rotated"

    employer_id: UUID
    conversation_id: UUID
    at: datetime
