"""Pages of messages, of however many threads at once."""

from collections.abc import Sequence
from uuid import UUID

from hirewire.conversations import store
from hirewire.conversations.model import Conversation, Message, MessagePage
from hirewire.conversations.windows import Span, Window
from hirewire.kit.cursors import BadCursor, Cursor
from hirewire.runtime.db import Reader


async def read_page(reader: Reader, conversation: Conversation, window: Window) -> MessagePage:
    """
    Read what a window shows of one thread.

    Raises:
        BadCursor: a cursor is none, or one of something else.
    """
    found = (await read_pages(reader, (conversation,), window))[conversation.id]
    if isinstance(found, BadCursor):
        raise found
    return found


async def read_pages(
    reader: Reader, conversations: Sequence[Conversation], window: Window
) -> dict[UUID, MessagePage | BadCursor]:
    """
    Read what a window shows of each thread, in two statements at most.

    A cursor names a message; one of another thread would silently skip some of this, and is
    refused for it.

    Raises:
        BadCursor: a cursor is none, of whatever thread.
    """
    cursors = {text: Cursor.read(text) for text in window.cursors}
    places: dict[UUID, tuple[UUID, int]] = {}
    if cursors:
        places = await store.places(reader, [each.id for each in cursors.values()])
    spans: dict[UUID, Span] = {}
    refused: dict[UUID, BadCursor] = {}
    for each in conversations:
        try:
            after = _place(each, window.after, cursors, places, 0)
            before = _place(each, window.before, cursors, places, each.message_count + 1)
        except BadCursor as refusal:
            refused[each.id] = refusal
        else:
            spans[each.id] = window.span(after, before)
    return {**refused, **await _pages(reader, conversations, spans)}


async def _pages(
    reader: Reader, conversations: Sequence[Conversation], spans: dict[UUID, Span]
) -> dict[UUID, MessagePage]:
    found: dict[UUID, list[Message]] = {each: [] for each in spans}
    asked = {each: span for each, span in spans.items() if not span.is_empty}
    for message in await store.messages(reader, asked):
        found[message.conversation_id].append(message)
    return {
        each.id: MessagePage(
            messages=found[each.id], skipped=spans[each.id].after, total=each.message_count
        )
        for each in conversations
        if each.id in spans
    }


def _place(
    conversation: Conversation,
    text: str | None,
    cursors: dict[str, Cursor],
    places: dict[UUID, tuple[UUID, int]],
    default: int,
) -> int:
    if text is None:
        return default
    cursor = cursors[text]
    if places.get(cursor.id) != (conversation.id, cursor.index):
        raise BadCursor(cursor=text)
    return cursor.index
