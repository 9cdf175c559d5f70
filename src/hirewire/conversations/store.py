"""The tables of conversations and their messages."""

from datetime import datetime
from typing import Final
from uuid import UUID

from hirewire.conversations.model import Candidate, Conversation, Message, Sender, Side
from hirewire.runtime.db import Reader, UnitOfWork

_CONVERSATION: Final = """
    SELECT id, employer_id, candidate_name, candidate_email, subject, posting_id, created_at,
           message_count
      FROM conversations
     WHERE id = :id
"""
_ADD_CONVERSATION: Final = """
    INSERT INTO conversations (id, employer_id, candidate_name, candidate_email, subject,
                               posting_id, created_at, message_count)
    VALUES (:id, :employer_id, :candidate_name, :candidate_email, :subject, :posting_id,
            :created_at, :message_count)
"""
_COUNT_MESSAGE: Final = """
    UPDATE conversations SET message_count = :position WHERE id = :conversation_id
"""
_MESSAGES: Final = """
    SELECT id, conversation_id, position, side, sender_name, person_id, app_id, text,
           idempotency_key, sent_at
      FROM conversation_messages
     WHERE conversation_id = :conversation_id
"""
_ADD_MESSAGE: Final = """
    INSERT INTO conversation_messages (id, conversation_id, position, side, sender_name,
                                       person_id, app_id, text, idempotency_key, sent_at)
    VALUES (:id, :conversation_id, :position, :side, :sender_name, :person_id, :app_id, :text,
            :idempotency_key, :sent_at)
"""


async def add(uow: UnitOfWork, conversation: Conversation) -> None:
    """Keep a new conversation."""
    await uow.run(
        _ADD_CONVERSATION,
        id=conversation.id,
        employer_id=conversation.employer_id,
        candidate_name=conversation.candidate.name,
        candidate_email=conversation.candidate.email,
        subject=conversation.subject,
        posting_id=conversation.posting_id,
        created_at=conversation.created_at,
        message_count=conversation.message_count,
    )


async def find(reader: Reader, id: UUID) -> Conversation | None:
    """Look a conversation up."""
    return await reader.one(_conversation, _CONVERSATION, id=id)


async def lock(uow: UnitOfWork, id: UUID) -> Conversation | None:
    """Look a conversation up, and let nobody else write in it until the unit ends."""
    return await uow.one(_conversation, f"{_CONVERSATION} @for_update", id=id)


async def add_message(uow: UnitOfWork, message: Message) -> None:
    """Keep a new message of a conversation that is locked."""
    await uow.run(
        _ADD_MESSAGE,
        id=message.id,
        conversation_id=message.conversation_id,
        position=message.position,
        side=message.sender.side.value,
        sender_name=message.sender.name,
        person_id=message.sender.person_id,
        app_id=message.sender.app_id,
        text=message.text,
        idempotency_key=message.idempotency_key,
        sent_at=message.sent_at,
    )
    await uow.run(
        _COUNT_MESSAGE, conversation_id=message.conversation_id, position=message.position
    )


async def message_by_key(
    reader: Reader, conversation_id: UUID, *, app_id: str, key: str
) -> Message | None:
    """Find what an app sent under an idempotency key."""
    return await reader.one(
        _message,
        f"{_MESSAGES} AND app_id = :app_id AND idempotency_key = :key",
        conversation_id=conversation_id,
        app_id=app_id,
        key=key,
    )


async def position(reader: Reader, conversation_id: UUID, message_id: UUID) -> int | None:
    """Find the place of a message in its conversation."""
    found = await reader.one(
        _message,
        f"{_MESSAGES} AND id = :message_id",
        conversation_id=conversation_id,
        message_id=message_id,
    )
    return None if found is None else found.position


async def messages(
    reader: Reader, conversation_id: UUID, *, after: int, upto: int
) -> list[Message]:
    """List the messages behind position *after*, up to and with position *upto*."""
    return await reader.all(
        _message,
        f"{_MESSAGES} AND position > :after AND position <= :upto ORDER BY position",
        conversation_id=conversation_id,
        after=after,
        upto=upto,
    )


def _conversation(  # noqa: PLR0917 - the columns of a row
    id: UUID,
    employer_id: UUID,
    candidate_name: str,
    candidate_email: str,
    subject: str | None,
    posting_id: UUID | None,
    created_at: datetime,
    message_count: int,
) -> Conversation:
    return Conversation(
        id=id,
        employer_id=employer_id,
        candidate=Candidate(name=candidate_name, email=candidate_email),
        subject=subject,
        posting_id=posting_id,
        created_at=created_at,
        message_count=message_count,
    )


def _message(  # noqa: PLR0917 - the columns of a row
    id: UUID,
    conversation_id: UUID,
    position: int,
    side: str,
    sender_name: str,
    person_id: UUID | None,
    app_id: str | None,
    text: str,
    idempotency_key: str | None,
    sent_at: datetime,
) -> Message:
    return Message(
        id=id,
        conversation_id=conversation_id,
        position=position,
        sender=Sender(side=Side(side), name=sender_name, person_id=person_id, app_id=app_id),
        text=text,
        idempotency_key=idempotency_key,
        sent_at=sent_at,
    )
