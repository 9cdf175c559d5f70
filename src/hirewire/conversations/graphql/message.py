"""How messages and pages of them look in GraphQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from hirewire.conversations.model import Message, MessagePage
from hirewire.kit.cursors import Cursor
from hirewire.web.graphql import Context

MESSAGE: Final = "ConversationMessage"


@dataclass(frozen=True, slots=True)
class PageInfo:
    """Where a page stands in its list."""

    start_cursor: str | None
    end_cursor: str | None
    has_next_page: bool
    has_previous_page: bool


@dataclass(frozen=True, slots=True)
class ConversationMessagesConnection:
    """A page of messages."""

    messages: Sequence[Message]
    page_info: PageInfo
    total_count: int

    @classmethod
    def of(cls, page: MessagePage) -> Self:
        """Spell *page*."""
        ends = (page.messages[0], page.messages[-1]) if page.messages else (None, None)
        start_cursor, end_cursor = map(cursor, ends)
        info = PageInfo(start_cursor, end_cursor, page.has_next, page.has_previous)
        return cls(page.messages, info, page.total)


def cursor(message: Message | None) -> str | None:
    """Spell the place of *message*; nothing for none."""
    return str(Cursor(message.id, message.position)) if message else None


def message_id(message: Message, ctx: Context) -> str:
    """Spell the id of a message."""
    return ctx.node_ids.mint(MESSAGE, message.id)


@dataclass(frozen=True, slots=True)
class MessagePayload:
    """The message as it is now."""

    message: Message
