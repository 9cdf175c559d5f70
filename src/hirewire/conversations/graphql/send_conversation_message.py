"""The `sendConversationMessage` mutation."""

from dataclasses import dataclass

from msgspec import Struct

from hirewire.conversations.graphql.conversation import CONVERSATION
from hirewire.conversations.model import Draft, Message
from hirewire.conversations.service import Conversations
from hirewire.web.graphql import Context


class SendConversationMessageInput(Struct, rename="camel"):
    """What to say, and where."""

    conversation_id: str
    text: str
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class SendConversationMessagePayload:
    """The message as it was sent."""

    message: Message


async def send_conversation_message(
    ctx: Context, input: SendConversationMessageInput
) -> SendConversationMessagePayload:
    """Write to a candidate."""
    caller = ctx.caller
    message = await ctx.part(Conversations).send(
        ctx.uow,
        caller,
        ctx.node_ids.read(CONVERSATION, input.conversation_id),
        Draft(text=input.text, idempotency_key=input.idempotency_key),
    )
    return SendConversationMessagePayload(message)
