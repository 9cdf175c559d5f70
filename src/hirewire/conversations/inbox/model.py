"""Which threads are listed, and what a page of them is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from hirewire.conversations.model import Conversation, is_text
from hirewire.conversations.windows import page_size
from hirewire.kit.cursors import BadCursor, Cursor

DEFAULT_PAGE: Final = 20

_LAST_MS: Final = timedelta(days=365 * 8000) // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Only threads with unread messages, about one posting, or with one candidate."""

    unread_only: bool = False
    posting_id: str | None = None
    candidate_email: str | None = None

    @property
    def finds_nothing(self) -> bool:
        """Whether it asks for text that no thread can have, and no database takes."""
        return not all(is_text(text or "") for text in (self.posting_id, self.candidate_email))


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """The *first* threads behind the cursor *after*."""

    first: int = DEFAULT_PAGE
    after: str | None = None
    where: Filter = Filter()

    def checked_size(self) -> int:
        """
        Return how long the page is.

        Raises:
            BadPageSize: nothing is asked for, or too much.
        """
        return page_size(self.first)

    def place(self) -> "Place | None":
        """
        Find where the page begins; None for the beginning.

        Raises:
            BadCursor: *after* is no cursor.
        """
        if self.after is None:
            return None
        cursor = Cursor.read(self.after)
        if cursor.index > _LAST_MS:
            raise BadCursor(cursor=self.after)
        return Place(cursor.index, cursor.id)


@dataclass(frozen=True, slots=True)
class Place:
    """
    A place in the order of activity.

    It stays where it is when its thread moves up: a page behind it goes on from there.
    """

    active_ms: int
    id: UUID


@dataclass(frozen=True, slots=True)
class Listed:
    """A thread, and how many messages of the candidate the caller has not read."""

    conversation: Conversation
    unread: int


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """Some threads in a row."""

    listed: Sequence[Listed]
    has_next: bool
    has_previous: bool
