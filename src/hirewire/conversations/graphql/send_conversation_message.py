"""The `sendConversationMessage` mutation."""

from msgspec import Struct

from hirewire.conversations.access import reader_of
from hirewire.conversations.graphql.drafts import AttachmentInput, read_attachments
from hirewire.conversations.graphql.message import MessagePayload
from hirewire.conversations.graphql.view import CONVERSATION
from hirewire.conversations.model import Draft
from hirewire.conversations.service import Conversations
from hirewire.conversations.typing import Typing
from hirewire.web.graphql import Context


class SendConversationMessageInput(Struct, rename="camel"):
    """What to say, and where."""

    conversation_id: str
    text: str
    attachments: list[AttachmentInput] | None = None
    idempotency_key: str | None = None


async def send_conversation_message(
    ctx: Context, input: SendConversationMessageInput
) -> MessagePayload:
    """Write to a candidate."""
    caller = ctx.caller
    message = await ctx.part(Conversations).send(
        ctx.uow,
        caller,
        ctx.node_ids.read(CONVERSATION, input.conversation_id),
        Draft(
            text=input.text,
            idempotency_key=input.idempotency_key,
            attachments=read_attachments(input.attachments),
        ),
    )
    ctx.part(Typing).wrote(message.conversation_id, reader_of(caller))
    return MessagePayload(message)
