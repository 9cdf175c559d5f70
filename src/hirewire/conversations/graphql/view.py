"""
What a thread looks like in GraphQL, and what is read for all that are shown together.

Whoever is asked for their messages, people or marks first reads those of all, so that the
number of statements does not depend on the number of threads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from hirewire.conversations.access import CANDIDATE, reader_of
from hirewire.conversations.graphql.message import (
    MESSAGE,
    ConversationMessagesConnection,
)
from hirewire.conversations.model import (
    Conversation,
    Mark,
    MessagePage,
    Participant,
    ParticipantRole,
)
from hirewire.conversations.service import Conversations
from hirewire.conversations.windows import Window
from hirewire.kit.cursors import BadCursor
from hirewire.web.graphql import Context

CONVERSATION: Final = "Conversation"
PARTICIPANT: Final = "ConversationParticipant"


class View:
    """Threads that are shown together."""

    __slots__ = ("_marks", "_pages", "_participants", "_shown")

    def __init__(self, shown: Sequence[Conversation]) -> None:
        self._shown = shown
        self._marks: dict[tuple[UUID, str], Mark] | None = None
        self._participants: dict[UUID, tuple[Participant, ...]] | None = None
        self._pages: dict[Window, dict[UUID, MessagePage | BadCursor]] = {}

    async def mark(self, ctx: Context, id: UUID, who: str) -> Mark | None:
        """Return how far somebody has read in the thread *id*."""
        return (await self._all_marks(ctx)).get((id, who))

    async def participants(self, ctx: Context, id: UUID) -> tuple[Participant, ...]:
        """Return who takes part in the thread *id*."""
        if self._participants is None:
            marks = await self._all_marks(ctx)
            self._participants = await ctx.part(Conversations).participants(
                ctx.reader, self._shown, marks
            )
        return self._participants[id]

    async def page(self, ctx: Context, id: UUID, window: Window) -> MessagePage:
        """
        Return what *window* shows of the thread *id*.

        Raises:
            BadCursor: it hangs on a cursor of something else.
        """
        if window not in self._pages:
            self._pages[window] = await ctx.part(Conversations).pages(
                ctx.reader, self._shown, window
            )
        found = self._pages[window][id]
        if isinstance(found, BadCursor):
            raise BadCursor(cursor=found.cursor)
        return found

    async def _all_marks(self, ctx: Context) -> dict[tuple[UUID, str], Mark]:
        if self._marks is None:
            self._marks = await ctx.part(Conversations).marks(ctx.reader, self._shown)
        return self._marks


def _shows(path: str) -> Any:
    """Make a property of what lies at *path*, read without a call in between."""
    return property(attrgetter(path))


class ConversationView(Struct, frozen=True):
    """`Conversation`; *unread* is known where it was read with the thread."""

    shown: Conversation
    view: View
    unread: int | None = None

    candidate = _shows("shown.candidate")
    subject = _shows("shown.subject")
    posting_id = _shows("shown.posting_id")
    created_at = _shows("shown.created_at")

    @property
    def last_activity_at(self) -> datetime:
        return self.shown.last_activity_at


@dataclass(frozen=True, slots=True)
class ParticipantView:
    """`ConversationParticipant`."""

    id: str
    name: str
    email: str
    role: ParticipantRole
    read_up_to: str | None


@dataclass(frozen=True, slots=True)
class ConversationPayload:
    """The thread as it is now."""

    conversation: ConversationView


def show(conversation: Conversation) -> ConversationView:
    """Show one thread by itself."""
    return ConversationView(conversation, View((conversation,)))


def conversation_id(conversation: ConversationView, ctx: Context) -> str:
    """Spell the id of a thread."""
    return ctx.node_ids.mint(CONVERSATION, conversation.shown.id)


async def unread_count(conversation: ConversationView, ctx: Context) -> int:
    """Count what the candidate wrote, and has not taken back, since the caller's mark."""
    if conversation.unread is not None:
        return conversation.unread
    shown = conversation.shown
    mark = await conversation.view.mark(ctx, shown.id, reader_of(ctx.caller))
    return await ctx.part(Conversations).unread(ctx.reader, shown, mark)


async def candidate_read_up_to(conversation: ConversationView, ctx: Context) -> str | None:
    """Name the last message that the candidate has read."""
    mark = await conversation.view.mark(ctx, conversation.shown.id, CANDIDATE)
    return None if mark is None else ctx.node_ids.mint(MESSAGE, mark.message_id)


async def participants(conversation: ConversationView, ctx: Context) -> list[ParticipantView]:
    """List who takes part for the employer."""
    return [
        ParticipantView(
            id=ctx.node_ids.mint(PARTICIPANT, each.person_id),
            name=each.name,
            email=each.email,
            role=each.role,
            read_up_to=None
            if each.read_up_to is None
            else ctx.node_ids.mint(MESSAGE, each.read_up_to),
        )
        for each in await conversation.view.participants(ctx, conversation.shown.id)
    ]


async def messages(
    conversation: ConversationView,
    ctx: Context,
    *,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> ConversationMessagesConnection:
    """List messages of a thread that the caller was let see."""
    window = Window(first=first, last=last, after=after, before=before)
    page = await conversation.view.page(ctx, conversation.shown.id, window)
    return ConversationMessagesConnection.of(page)
