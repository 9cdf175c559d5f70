"""The `indicateTyping` mutation."""

from msgspec import Struct

from hirewire.conversations.graphql.view import CONVERSATION, ConversationPayload, show
from hirewire.conversations.typing import Typing
from hirewire.web.graphql import Context


class IndicateTypingInput(Struct, rename="camel"):
    """Where the caller types."""

    conversation_id: str


async def indicate_typing(ctx: Context, input: IndicateTypingInput) -> ConversationPayload:
    """Let those who listen know that the caller types; nothing is written."""
    caller = ctx.caller
    conversation_id = ctx.node_ids.read(CONVERSATION, input.conversation_id)
    return ConversationPayload(
        show(await ctx.part(Typing).indicate(ctx.reader, caller, conversation_id))
    )
