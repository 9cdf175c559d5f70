"""The `conversation` query."""

from hirewire.conversations.graphql.view import CONVERSATION, ConversationView, show
from hirewire.conversations.service import Conversations
from hirewire.web.graphql import Context


async def conversation(ctx: Context, id: str) -> ConversationView:
    """Look a thread up."""
    caller = ctx.caller
    found = ctx.node_ids.read(CONVERSATION, id)
    return show(await ctx.part(Conversations).read(ctx.reader, caller, found))
