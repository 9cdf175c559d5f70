"""What a conversation and a message are, and the rules that need no store."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from hirewire.conversations import attachments as attached
from hirewire.conversations.attachments import Attachment
from hirewire.conversations.errors import (
    BadIdempotencyKey,
    BadMessageText,
    TooManyAttachments,
)
from hirewire.kit.clock import EPOCH
from hirewire.kit.cursors import Cursor
from hirewire.kit.lines import shows

LONGEST_TEXT: Final = 10_000
LONGEST_KEY: Final = 255
MOST_PARTICIPANTS: Final = 100

_MILLISECOND: Final = timedelta(milliseconds=1)


class Side(StrEnum):
    """Which end of a conversation speaks."""

    EMPLOYER = "EMPLOYER"
    CANDIDATE = "CANDIDATE"


class ParticipantRole(StrEnum):
    """What one of the employer's people is to a conversation."""

    OWNER = "OWNER"
    MEMBER = "MEMBER"


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
class Participant:
    """One of the employer's people who takes part, and up to which message they have read."""

    conversation_id: UUID
    person_id: UUID
    name: str
    email: str
    role: ParticipantRole
    added_at: datetime
    read_up_to: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """
    A thread between an employer and a candidate, about a posting or none.

    *active_ms* is when something was last said, in milliseconds since 1970; it never runs
    backwards. Of *message_count* messages *candidate_count* are the candidate's.
    """

    id: UUID
    employer_id: UUID
    candidate: Candidate
    created_at: datetime
    active_ms: int
    subject: str | None = None
    posting_id: str | None = None
    message_count: int = 0
    candidate_count: int = 0

    @property
    def last_activity_at(self) -> datetime:
        return EPOCH + self.active_ms * _MILLISECOND

    @property
    def cursor(self) -> Cursor:
        """Where the thread stands in lists: they are ordered by what this holds."""
        return Cursor(self.id, self.active_ms)

    def message(self, id: UUID, draft: "Draft", sender: Sender, sent_at: datetime) -> "Message":
        """Write the thread's next message."""
        is_candidates = sender.side is Side.CANDIDATE
        return Message(
            id=id,
            conversation_id=self.id,
            position=self.message_count + 1,
            candidate_seq=self.candidate_count + is_candidates,
            sender=sender,
            text=draft.text,
            attachments=draft.attachments,
            idempotency_key=draft.idempotency_key,
            request_digest=draft.digest(id) if draft.idempotency_key else None,
            sent_at=sent_at,
        )

    def having(self, message: "Message") -> "Conversation":
        """Return the thread with its next message in it."""
        return replace(
            self,
            message_count=message.position,
            candidate_count=message.candidate_seq,
            active_ms=max(self.active_ms, milliseconds(message.sent_at)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """
    One message; *position* counts from 1 within its conversation, without gaps.

    Readers page by position: it is handed out under the thread's lock, so that a message
    that commits late can never take a place before one that was read already. A deleted one
    keeps its place, and has no *text* any more. *candidate_seq* counts the candidate's
    messages up to this one.
    """

    id: UUID
    conversation_id: UUID
    position: int
    candidate_seq: int
    sender: Sender
    text: str | None
    sent_at: datetime
    attachments: tuple[Attachment, ...] = ()
    revision: int = 0
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    idempotency_key: str | None = None
    request_digest: bytes | None = field(default=None, repr=False)

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None

    def is_by(self, person_id: UUID | None, app_id: str) -> bool:
        """Tell whether a person, or with no *person_id* the app for itself, wrote it."""
        if self.sender.side is not Side.EMPLOYER or self.sender.person_id != person_id:
            return False
        return person_id is not None or self.sender.app_id == app_id

    def edited(self, text: str, at: datetime) -> "Message":
        """
        Write the message anew; the same object where nothing changes.

        Raises:
            BadMessageText: *text* is none.
        """
        check_text(text)
        if text == self.text:
            return self
        return replace(self, text=text, revision=self.revision + 1, edited_at=at)

    def deleted(self, at: datetime) -> "Message":
        """Take the message back; the same object where it was already."""
        if self.is_deleted:
            return self
        return replace(self, text=None, attachments=(), deleted_at=at)

    def repeats(self, draft: "Draft", sender: Sender) -> bool:
        """Whether *sender* asks for this very message once more, as it was at first."""
        if self.sender.person_id != sender.person_id:
            return False
        if self.request_digest is None:
            return self.text == draft.text
        return hmac.compare_digest(self.request_digest, draft.digest(self.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """
    A message to be sent; the same *idempotency_key* sends it once.

    Raises:
        BadMessageText: the text is empty, too long, or holds what no text holds.
        BadIdempotencyKey: the key is empty or too long.
        TooManyAttachments: there are more than a message carries.
    """

    text: str
    idempotency_key: str | None = None
    attachments: tuple[Attachment, ...] = ()

    def __post_init__(self) -> None:
        check_text(self.text)
        check_key(self.idempotency_key)
        if len(self.attachments) > attached.MOST:
            raise TooManyAttachments(asked=len(self.attachments), limit=attached.MOST)

    def digest(self, id: UUID) -> bytes:
        """Say in 32 bytes what is sent as *id*, so that edits do not hide what it was."""
        said = msgspec.json.encode([id, self.text, self.attachments])
        return hashlib.sha256(said).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Up to and with which message somebody has read."""

    message_id: UUID
    position: int
    candidate_seq: int


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


def milliseconds(moment: datetime) -> int:
    """Count the whole milliseconds from 1970 to *moment*."""
    return (moment - EPOCH) // _MILLISECOND


def check_text(text: str) -> None:
    """
    See that *text* can be said.

    Raises:
        BadMessageText: it shows nothing, is too long, or holds what no text holds.
    """
    if len(text) > LONGEST_TEXT or not shows(text) or not is_text(text):
        raise BadMessageText(length=len(text), limit=LONGEST_TEXT)


def check_key(key: str | None) -> None:
    """
    See that *key* can name a request, if there is one.

    Raises:
        BadIdempotencyKey: it is empty, too long, or holds what no text holds.
    """
    if key is not None and not (0 < len(key) <= LONGEST_KEY and is_text(key)):
        raise BadIdempotencyKey(length=len(key), limit=LONGEST_KEY)


def is_text(text: str) -> bool:
    """Tell whether *text* can be kept: PostgreSQL keeps no NUL, and UTF-8 no lone surrogate."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
