"""Why a conversation can be refused."""

from dataclasses import dataclass
from typing import ClassVar

from hirewire.kit.refusals import HirewireError, Kind


@dataclass(eq=False)
class NoSuchConversation(HirewireError):
    """A conversation does not exist, or not for this caller: nobody learns which."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "conversations.no_such_conversation"

    def __str__(self) -> str:
        return "The conversation does not exist, or the access token may not see it."


@dataclass(eq=False)
class NoSuchMessage(HirewireError):
    """A message does not exist, or not for this caller: nobody learns which."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "conversations.no_such_message"

    def __str__(self) -> str:
        return "The message does not exist, or the access token may not see it."


@dataclass(eq=False)
class NotYourMessage(HirewireError):
    """A message can be edited and deleted by who wrote it, and by nobody else."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "conversations.not_your_message"

    def __str__(self) -> str:
        return "Only the person or the app that wrote a message can change or delete it."


@dataclass(eq=False)
class EmployerLost(HirewireError):
    """The person of the access token acts for its employer no more."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "conversations.employer_lost"

    def __str__(self) -> str:
        return "The person acts for the employer of the access token no more."


@dataclass(eq=False)
class NotYoursToManage(HirewireError):
    """Who takes part is decided by owners, admins and apps."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "conversations.not_yours_to_manage"

    def __str__(self) -> str:
        return (
            "Roles are given, and others removed, by an owner of the conversation, an admin of "
            "the employer, or an app that represents it."
        )


@dataclass(eq=False)
class MessageDeleted(HirewireError):
    """A message that was deleted cannot be edited."""

    kind: ClassVar[Kind] = Kind.CONFLICT
    code: ClassVar[str] = "conversations.message_deleted"

    def __str__(self) -> str:
        return "The message was deleted."


@dataclass(eq=False)
class BadMessageText(HirewireError):
    """A message has no text, or too much of it."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "conversations.bad_text"

    length: int
    limit: int

    def __str__(self) -> str:
        return (
            f"A message has 1 to {self.limit} characters that are not all blank, and no NUL; "
            f"got {self.length}."
        )


@dataclass(eq=False)
class BadLine(HirewireError):
    """A name or a subject shows nothing, is too long, or is not one line."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "conversations.bad_line"

    field: str
    longest: int

    def __str__(self) -> str:
        return (
            f"{self.field}: takes 1 to {self.longest} characters in one line, at least one of "
            "them visible, and no control characters, not even for the direction of writing."
        )


@dataclass(eq=False)
class BadCandidateEmail(HirewireError):
    """The candidate's address is no e-mail address."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "conversations.bad_email"

    email: str

    def __str__(self) -> str:
        return f"candidate.email: '{self.email}' is not an e-mail address."


@dataclass(eq=False)
class BadAttachment(HirewireError):
    """What is attached has no good name, address, media type or size."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "conversations.bad_attachment"

    field: str
    rule: str

    def __str__(self) -> str:
        return f"attachments.{self.field}: {self.rule}"


@dataclass(eq=False)
class TooManyAttachments(HirewireError):
    """More is attached to a message than it may carry."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "conversations.too_many_attachments"

    asked: int
    limit: int

    def __str__(self) -> str:
        return f"A message takes at most {self.limit} attachments, got {self.asked}."


@dataclass(eq=False)
class NotAMember(HirewireError):
    """Somebody is to take part who does not act for the employer, or is nobody we know."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "conversations.not_a_member"

    def __str__(self) -> str:
        return "email: nobody of that address acts for the employer."


@dataclass(eq=False)
class TooManyParticipants(HirewireError):
    """A conversation was asked to have more participants than it may."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "conversations.too_many_participants"

    limit: int

    def __str__(self) -> str:
        return f"A conversation takes at most {self.limit} participants."


@dataclass(eq=False)
class BadIdempotencyKey(HirewireError):
    """An idempotency key is empty, too long, or holds what cannot be kept."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "conversations.bad_idempotency_key"

    length: int
    limit: int

    def __str__(self) -> str:
        return (
            f"An idempotency key has 1 to {self.limit} characters, no NUL and no lone "
            f"surrogate; got {self.length} characters."
        )


@dataclass(eq=False)
class IdempotencyKeyReused(HirewireError):
    """An idempotency key was used before, for something else."""

    kind: ClassVar[Kind] = Kind.CONFLICT
    code: ClassVar[str] = "conversations.idempotency_key_reused"

    key: str

    def __str__(self) -> str:
        return f"The idempotency key '{self.key}' was used for something else already."


@dataclass(eq=False)
class BadPageSize(HirewireError):
    """A page is asked to hold nothing, or too much."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "conversations.bad_page_size"

    size: int
    limit: int

    def __str__(self) -> str:
        return f"A page (`first` or `last`) is 1 to {self.limit} long, got {self.size}."


@dataclass(eq=False)
class FirstAndLast(HirewireError):
    """A page is asked for from both ends at once."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "conversations.first_and_last"

    def __str__(self) -> str:
        return "Ask for the `first` or for the `last` messages, not for both."
