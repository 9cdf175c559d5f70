"""What it takes to say something in a thread that is locked, and to be told of it."""

from uuid import UUID

from hirewire.conversations import store
from hirewire.conversations.errors import IdempotencyKeyReused, MessageDeleted
from hirewire.conversations.facts import (
    ConversationRead,
    MessageEdited,
    MessageSent,
    ParticipantAdded,
)
from hirewire.conversations.facts import MessageDeleted as MessageWasDeleted
from hirewire.conversations.model import (
    Conversation,
    Draft,
    Message,
    ParticipantRole,
    Sender,
    Side,
)
from hirewire.conversations.people import store as people
from hirewire.runtime.db import UnitOfWork


async def send_once(
    uow: UnitOfWork,
    conversation: Conversation,
    draft: Draft,
    sender: Sender,
    *,
    takes_part: bool = False,
) -> Message:
    """
    Add the next message to a thread that is locked; one that was sent before is answered.

    A sender of whom it is known that they take part need not be added.

    Raises:
        IdempotencyKeyReused: the draft's key stands for another message.
    """
    if draft.idempotency_key is not None:
        earlier = await store.message_by_key(
            uow, conversation.id, app_id=sender.app_id, key=draft.idempotency_key
        )
        if earlier is not None:
            if not earlier.repeats(draft, sender):
                raise IdempotencyKeyReused(key=draft.idempotency_key)
            return earlier
    return await write(uow, conversation, draft, sender, takes_part=takes_part)


async def write(
    uow: UnitOfWork,
    conversation: Conversation,
    draft: Draft,
    sender: Sender,
    *,
    takes_part: bool = False,
) -> Message:
    """Add the next message to a thread that is locked; a person who writes takes part."""
    message = conversation.message(uow.new_id(), draft, sender, uow.now)
    await store.add_message(uow, conversation.having(message), message)
    if sender.person_id is not None and not takes_part:
        await take_part(uow, conversation, sender.person_id, ParticipantRole.MEMBER)
    uow.tell(
        MessageSent(
            employer_id=conversation.employer_id,
            conversation_id=conversation.id,
            message_id=message.id,
            side=sender.side,
            sent_at=message.sent_at,
        )
    )
    return message


async def rewrite(
    uow: UnitOfWork, conversation: Conversation, old: Message, text: str
) -> Message:
    """
    Say anew what a message of a thread that is locked says; the same text changes nothing.

    Raises:
        BadMessageText, MessageDeleted: it cannot be done.
    """
    if old.is_deleted:
        raise MessageDeleted
    new = old.edited(text, uow.now)
    if new is old:
        return old
    await store.save_message(uow, new)
    uow.tell(
        MessageEdited(
            employer_id=conversation.employer_id,
            conversation_id=conversation.id,
            message_id=new.id,
            side=new.sender.side,
            revision=new.revision,
            at=uow.now,
        )
    )
    return new


async def take_back(uow: UnitOfWork, conversation: Conversation, old: Message) -> Message:
    """Delete a message of a thread that is locked; doing so again changes nothing."""
    new = old.deleted(uow.now)
    if new is old:
        return old
    await store.save_message(uow, new)
    uow.tell(
        MessageWasDeleted(
            employer_id=conversation.employer_id,
            conversation_id=conversation.id,
            message_id=new.id,
            side=new.sender.side,
            at=uow.now,
        )
    )
    return new


async def take_part(
    uow: UnitOfWork, conversation: Conversation, person_id: UUID, role: ParticipantRole
) -> None:
    """Have a person take part of their own accord, unless they do already."""
    is_new = await people.add(
        uow, conversation.id, person_id, employer_id=conversation.employer_id, role=role
    )
    if is_new:
        uow.tell(participant_added(uow, conversation, person_id, role, by=person_id))


def participant_added(
    uow: UnitOfWork,
    conversation: Conversation,
    person_id: UUID,
    role: ParticipantRole,
    *,
    by: UUID | None,
) -> ParticipantAdded:
    """Say that a person takes part."""
    return ParticipantAdded(
        employer_id=conversation.employer_id,
        conversation_id=conversation.id,
        person_id=person_id,
        role=role,
        by=by,
        at=uow.now,
    )


async def mark_read(
    uow: UnitOfWork,
    conversation: Conversation,
    message: Message,
    who: str,
    *,
    side: Side,
    person_id: UUID | None = None,
    app_id: str | None = None,
) -> None:
    """Move a reader's mark on to *message*; it never goes back."""
    if not await people.mark(uow, message, who):
        return
    uow.tell(
        ConversationRead(
            employer_id=conversation.employer_id,
            conversation_id=conversation.id,
            message_id=message.id,
            position=message.position,
            side=side,
            person_id=person_id,
            app_id=app_id,
            at=uow.now,
        )
    )
