"""What it takes to begin a thread."""

import hashlib
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

import msgspec

from hirewire.accounts.addresses import parse_email
from hirewire.accounts.errors import BadEmail
from hirewire.conversations.errors import BadCandidateEmail, BadLine
from hirewire.conversations.model import Candidate, Conversation, Draft, Message, check_key
from hirewire.kit.lines import is_line

LONGEST_NAME: Final = 200
LONGEST_SUBJECT: Final = 200
LONGEST_POSTING_ID: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class StartConversation:
    """
    A thread to be begun, perhaps with its *first* message; a key does so once.

    The *posting_id* is the caller's own: it is kept as it is, and means nothing here.
    """

    candidate: Candidate
    subject: str | None = None
    posting_id: str | None = None
    first: Draft | None = None
    idempotency_key: str | None = None

    @classmethod
    def checked(
        cls,
        candidate: Candidate,
        *,
        subject: str | None,
        posting_id: str | None,
        first: Draft | None,
        idempotency_key: str | None,
    ) -> Self:
        """
        Read what a caller asks for.

        Raises:
            BadLine, BadCandidateEmail, BadIdempotencyKey: it says nonsense.
        """
        _check_line("candidate.name", candidate.name, LONGEST_NAME)
        if subject is not None:
            _check_line("subject", subject, LONGEST_SUBJECT)
        if posting_id is not None:
            _check_line("postingId", posting_id, LONGEST_POSTING_ID)
        check_key(idempotency_key)
        return cls(
            candidate=Candidate(name=candidate.name, email=_email(candidate.email)),
            subject=subject,
            posting_id=posting_id,
            first=first,
            idempotency_key=idempotency_key,
        )

    def digest(self, person_id: UUID | None) -> bytes:
        """Say in 32 bytes what *person_id* asks for: a key stands for this and nothing else."""
        first = self.first
        message = None if first is None else (first.text, first.attachments)
        said = (person_id, self.candidate, self.subject, self.posting_id, message)
        return hashlib.sha256(msgspec.json.encode(said)).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A thread that has begun, and its first message if it has one."""

    conversation: Conversation
    message: Message | None = None


def _check_line(name: str, text: str, longest: int) -> None:
    if len(text) > longest or not is_line(text):
        raise BadLine(field=name, longest=longest)


def _email(text: str) -> str:
    try:
        return parse_email(text)
    except BadEmail as refusal:
        raise BadCandidateEmail(email=refusal.email) from None
