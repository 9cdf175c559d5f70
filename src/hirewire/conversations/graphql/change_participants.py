"""The `addConversationParticipant` and `removeConversationParticipant` mutations."""

from msgspec import Struct

from hirewire.conversations.graphql.view import (
    CONVERSATION,
    PARTICIPANT,
    ConversationPayload,
    show,
)
from hirewire.conversations.model import ParticipantRole
from hirewire.conversations.service import Conversations
from hirewire.web.graphql import Context


class AddConversationParticipantInput(Struct, rename="camel"):
    """Who is to take part, and as what."""

    conversation_id: str
    email: str
    role: ParticipantRole | None = None


class RemoveConversationParticipantInput(Struct, rename="camel"):
    """Who is to take part no more."""

    conversation_id: str
    participant_id: str


async def add_conversation_participant(
    ctx: Context, input: AddConversationParticipantInput
) -> ConversationPayload:
    """Have one of the employer's people take part."""
    caller = ctx.caller
    changed = await ctx.part(Conversations).add_participant(
        ctx.uow,
        caller,
        ctx.node_ids.read(CONVERSATION, input.conversation_id),
        email=input.email,
        role=input.role,
    )
    return ConversationPayload(show(changed))


async def remove_conversation_participant(
    ctx: Context, input: RemoveConversationParticipantInput
) -> ConversationPayload:
    """Have a person take part no more."""
    caller = ctx.caller
    changed = await ctx.part(Conversations).remove_participant(
        ctx.uow,
        caller,
        ctx.node_ids.read(CONVERSATION, input.conversation_id),
        ctx.node_ids.read(PARTICIPANT, input.participant_id),
    )
    return ConversationPayload(show(changed))
