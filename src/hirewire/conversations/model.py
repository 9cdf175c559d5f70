"""What a conversation and a message are, and the rules that need no store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from hirewire.conversations.errors import BadIdempotencyKey, BadMessageText, BadPageSize

LONGEST_TEXT: Final = 10_000
LONGEST_KEY: Final = 255
LARGEST_PAGE: Final = 100


class Side(StrEnum):
    """Which end of a conversation speaks."""

    EMPLOYER = "EMPLOYER"
    CANDIDATE = "CANDIDATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """The person at the other end, as the employer knows them."""

    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """
    Who wrote a message.

    For the employer write its people (*person_id*, through the app *app_id*) and its apps
    (*app_id* alone); the candidate is neither.
    """

    side: Side
    name: str
    person_id: UUID | None = None
    app_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A thread between an employer and a candidate, about a posting or none."""

    id: UUID
    employer_id: UUID
    candidate: Candidate
    created_at: datetime
    subject: str | None = None
    posting_id: UUID | None = None
    message_count: int = 0

    def message(self, id: UUID, draft: "Draft", sender: Sender, sent_at: datetime) -> "Message":
        """Write the thread's next message."""
        return Message(
            id=id,
            conversation_id=self.id,
            position=self.message_count + 1,
            sender=sender,
            text=draft.text,
            idempotency_key=draft.idempotency_key,
            sent_at=sent_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """
    One message; *position* counts from 1 within its conversation, without gaps.

    Readers page by position: it is handed out under the thread's lock, so that a message
    that commits late can never take a place before one that was read already.
    """

    id: UUID
    conversation_id: UUID
    position: int
    sender: Sender
    text: str
    sent_at: datetime
    idempotency_key: str | None = None

    def repeats(self, draft: "Draft", sender: Sender) -> bool:
        """Whether *sender* asks for this very message once more."""
        return self.text == draft.text and self.sender.person_id == sender.person_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """
    A message to be sent; the same *idempotency_key* sends it once.

    Raises:
        BadMessageText: the text is empty, too long, or holds what no text holds.
        BadIdempotencyKey: the key is empty or too long.
    """

    text: str
    idempotency_key: str | None = None

    def __post_init__(self) -> None:
        if not self.text.strip() or len(self.text) > LONGEST_TEXT or not _is_text(self.text):
            raise BadMessageText(length=len(self.text), limit=LONGEST_TEXT)
        key = self.idempotency_key
        if key is not None and not (0 < len(key) <= LONGEST_KEY and _is_text(key)):
            raise BadIdempotencyKey(length=len(key), limit=LONGEST_KEY)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePage:
    """Some messages in a row, *skipped* of the thread's *total* before them."""

    messages: Sequence[Message]
    skipped: int
    total: int

    @property
    def has_next(self) -> bool:
        return self.skipped + len(self.messages) < self.total

    @property
    def has_previous(self) -> bool:
        return self.skipped > 0


def page_size(first: int) -> int:
    """
    Check how many messages may be asked for at once.

    Raises:
        BadPageSize: none, or too many.
    """
    if not 1 <= first <= LARGEST_PAGE:
        raise BadPageSize(first=first, limit=LARGEST_PAGE)
    return first


def _is_text(text: str) -> bool:
    """PostgreSQL keeps no NUL, and UTF-8 no lone surrogate."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
