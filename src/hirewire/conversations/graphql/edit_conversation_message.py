"""The `editConversationMessage` and `deleteConversationMessage` mutations."""

from msgspec import Struct

from hirewire.conversations.graphql.message import MESSAGE, MessagePayload
from hirewire.conversations.service import Conversations
from hirewire.web.graphql import Context


class EditConversationMessageInput(Struct, rename="camel"):
    """Which message, and what it says from now on."""

    id: str
    text: str


class DeleteConversationMessageInput(Struct, rename="camel"):
    """Which message."""

    id: str


async def edit_conversation_message(
    ctx: Context, input: EditConversationMessageInput
) -> MessagePayload:
    """Write a message of one's own anew."""
    caller = ctx.caller
    message_id = ctx.node_ids.read(MESSAGE, input.id)
    edited = await ctx.part(Conversations).edit(ctx.uow, caller, message_id, input.text)
    return MessagePayload(edited)


async def delete_conversation_message(
    ctx: Context, input: DeleteConversationMessageInput
) -> MessagePayload:
    """Take a message of one's own back."""
    caller = ctx.caller
    message_id = ctx.node_ids.read(MESSAGE, input.id)
    return MessagePayload(await ctx.part(Conversations).delete(ctx.uow, caller, message_id))
