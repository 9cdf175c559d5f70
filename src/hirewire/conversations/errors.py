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
class BadIdempotencyKey(HirewireError):
    """An idempotency key is empty or too long."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "conversations.bad_idempotency_key"

    length: int
    limit: int

    def __str__(self) -> str:
        return f"An idempotency key has 1 to {self.limit} characters, got {self.length}."


@dataclass(eq=False)
class IdempotencyKeyReused(HirewireError):
    """An idempotency key was used before for another message."""

    kind: ClassVar[Kind] = Kind.CONFLICT
    code: ClassVar[str] = "conversations.idempotency_key_reused"

    key: str

    def __str__(self) -> str:
        return f"The idempotency key '{self.key}' was used for another message already."


@dataclass(eq=False)
class BadPageSize(HirewireError):
    """A page of messages is asked to hold none, or too many."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "conversations.bad_page_size"

    first: int
    limit: int

    def __str__(self) -> str:
        return f"`first` is 1 to {self.limit}, got {self.first}."
