"""The `conversation` query, and the fields of a conversation that need more than itself."""

from typing import Final

from hirewire.conversations.graphql.message import ConversationMessagesConnection
from hirewire.conversations.model import Conversation
from hirewire.conversations.service import Conversations
from hirewire.web.graphql import Context

CONVERSATION: Final = "Conversation"
DEFAULT_PAGE: Final = 50


async def conversation(ctx: Context, id: str) -> Conversation:
    """Look a thread up."""
    caller = ctx.caller
    found = ctx.node_ids.read(CONVERSATION, id)
    return await ctx.part(Conversations).read(ctx.reader, caller, found)


def conversation_id(conversation: Conversation, ctx: Context) -> str:
    """Spell the id of a thread."""
    return ctx.node_ids.mint(CONVERSATION, conversation.id)


async def messages(
    conversation: Conversation, ctx: Context, first: int | None, after: str | None = None
) -> ConversationMessagesConnection:
    """List messages of a thread that `conversation` let the caller see."""
    page = await ctx.part(Conversations).messages(
        ctx.reader, conversation, first=DEFAULT_PAGE if first is None else first, after=after
    )
    return ConversationMessagesConnection.of(page)
