"""The `markConversationRead` mutation."""

from msgspec import Struct

from hirewire.conversations.graphql.message import MESSAGE
from hirewire.conversations.graphql.view import CONVERSATION, ConversationPayload, show
from hirewire.conversations.service import Conversations
from hirewire.web.graphql import Context


class MarkConversationReadInput(Struct, rename="camel"):
    """How far the caller has read."""

    conversation_id: str
    up_to_message_id: str | None = None


async def mark_conversation_read(
    ctx: Context, input: MarkConversationReadInput
) -> ConversationPayload:
    """Note how far the caller has read."""
    caller = ctx.caller
    conversation_id = ctx.node_ids.read(CONVERSATION, input.conversation_id)
    message_id = None
    if input.up_to_message_id is not None:
        message_id = ctx.node_ids.read(MESSAGE, input.up_to_message_id)
    marked = await ctx.part(Conversations).mark_read(
        ctx.uow, caller, conversation_id, message_id
    )
    return ConversationPayload(show(marked))
