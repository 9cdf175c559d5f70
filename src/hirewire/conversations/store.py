"""The tables of conversations and their messages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from hirewire.conversations.attachments import Attachment
from hirewire.conversations.model import Candidate, Conversation, Message, Sender, Side
from hirewire.conversations.windows import Span
from hirewire.kit.mailboxes import mailbox_key
from hirewire.runtime.db import Reader, UnitOfWork

COLUMNS: Final = """
    c.id, c.employer_id, c.candidate_name, c.candidate_email, c.created_at, c.active_ms,
    c.subject, c.posting, c.message_count, c.candidate_count
"""
"""What `read_conversation` reads."""

_CONVERSATION: Final = f"SELECT {COLUMNS} FROM conversations c"
_LOCK_FOR: Final = f"""
    SELECT {COLUMNS}, (
      SELECT 1 FROM conversation_participants p
      WHERE p.conversation_id = c.id AND p.person_id = :person_id
    ) FROM conversations c WHERE c.id = :id AND @in_turn @for_update
"""
_ADD_CONVERSATION: Final = """
    INSERT INTO conversations (id, employer_id, candidate_name, candidate_email, candidate_key,
                               created_at, active_ms, subject, posting, start_app_id,
                               start_key, start_digest)
    VALUES (:id, :employer_id, :candidate_name, :candidate_email, :candidate_key, :created_at,
            :active_ms, :subject, :posting, :start_app_id, :start_key, :start_digest)
    ON CONFLICT (employer_id, start_app_id, start_key) WHERE start_key IS NOT NULL DO NOTHING
"""
_STARTED: Final = """
    SELECT id, start_digest FROM conversations
    WHERE employer_id = :employer_id AND start_app_id = :app_id AND start_key = :key
"""
_COUNT_MESSAGE: Final = """
    UPDATE conversations SET message_count = :message_count, active_ms = :active_ms,
                             candidate_count = :candidate_count
     WHERE id = :id
"""
_MESSAGES: Final = """
    SELECT id, conversation_id, position, candidate_seq, side, sender_name, person_id, app_id,
           text, attachments, sent_at, revision, edited_at, deleted_at, idempotency_key,
           request_digest
      FROM conversation_messages
"""
_ADD_MESSAGE: Final = """
    INSERT INTO conversation_messages (id, conversation_id, position, candidate_seq, side,
                                       sender_name, person_id, app_id, text, attachments,
                                       sent_at, idempotency_key, request_digest)
    VALUES (:id, :conversation_id, :position, :candidate_seq, :side, :sender_name, :person_id,
            :app_id, :text, :attachments, :sent_at, :idempotency_key, :request_digest)
"""
_SAVE_MESSAGE: Final = """
    UPDATE conversation_messages
       SET text = :text, attachments = :attachments, revision = :revision,
           edited_at = :edited_at, deleted_at = :deleted_at
     WHERE id = :id
"""
_BY_KEY: Final = """
     WHERE conversation_id = :conversation_id AND side = :side AND idempotency_key = :key
       AND app_id
"""
_DELETED_BEHIND: Final = """
    SELECT count(*) FROM conversation_messages
     WHERE conversation_id = :conversation_id AND position > :after AND position <= :upto
       AND deleted_at IS NOT NULL AND side = :side
"""
_ATTACHMENTS: Final = msgspec.json.Decoder(tuple[Attachment, ...])


async def add(
    uow: UnitOfWork,
    conversation: Conversation,
    *,
    app_id: str | None = None,
    key: str | None = None,
    digest: bytes | None = None,
) -> bool:
    """Keep a new conversation; false where the app's *key* has begun one already."""
    changed = await uow.run(
        _ADD_CONVERSATION,
        id=conversation.id,
        employer_id=conversation.employer_id,
        candidate_name=conversation.candidate.name,
        candidate_email=conversation.candidate.email,
        candidate_key=mailbox_key(conversation.candidate.email),
        created_at=conversation.created_at,
        active_ms=conversation.active_ms,
        subject=conversation.subject,
        posting=conversation.posting_id,
        start_app_id=app_id,
        start_key=key,
        start_digest=digest,
    )
    return changed == 1


async def started(
    reader: Reader, employer_id: UUID, *, app_id: str, key: str
) -> tuple[UUID, bytes] | None:
    """Find which conversation an app's *key* has begun, and the digest of what was asked."""
    return await reader.one(
        lambda found_id, digest: (found_id, digest),
        _STARTED,
        employer_id=employer_id,
        app_id=app_id,
        key=key,
    )


async def find(reader: Reader, id: UUID) -> Conversation | None:
    """Look a conversation up."""
    return await reader.one(read_conversation, f"{_CONVERSATION} WHERE c.id = :id", id=id)


async def lock(uow: UnitOfWork, id: UUID) -> Conversation | None:
    """
    Look a conversation up, and let nobody else write in it until the unit ends.

    It comes before all that the unit writes, so that the log tells in the order of messages.
    """
    sql = f"{_CONVERSATION} WHERE c.id = :id AND @in_turn @for_update"
    return await uow.one(read_conversation, sql, id=id)


async def lock_for(
    uow: UnitOfWork, id: UUID, person_id: UUID
) -> tuple[Conversation, bool] | None:
    """
    Do the same, and tell whether a person takes part already.

    Who has only just begun to may be told of as if they did not.
    """
    return await uow.one(
        lambda *row: (read_conversation(*row[:-1]), row[-1] is not None),
        _LOCK_FOR,
        id=id,
        person_id=person_id,
    )


async def add_message(uow: UnitOfWork, conversation: Conversation, message: Message) -> None:
    """Keep a new message of a *conversation* that is locked, and is given as it is with it."""
    await uow.run(
        _ADD_MESSAGE,
        id=message.id,
        conversation_id=message.conversation_id,
        position=message.position,
        candidate_seq=message.candidate_seq,
        side=message.sender.side.value,
        sender_name=message.sender.name,
        person_id=message.sender.person_id,
        app_id=message.sender.app_id,
        text=message.text,
        attachments=_written(message.attachments),
        sent_at=message.sent_at,
        idempotency_key=message.idempotency_key,
        request_digest=message.request_digest,
    )
    await uow.run(
        _COUNT_MESSAGE,
        id=conversation.id,
        message_count=conversation.message_count,
        candidate_count=conversation.candidate_count,
        active_ms=conversation.active_ms,
    )


async def save_message(uow: UnitOfWork, message: Message) -> None:
    """Keep what was edited or deleted of a message whose conversation is locked."""
    await uow.run(
        _SAVE_MESSAGE,
        id=message.id,
        text=message.text or "",
        attachments=_written(message.attachments),
        revision=message.revision,
        edited_at=message.edited_at,
        deleted_at=message.deleted_at,
    )


async def message(reader: Reader, id: UUID) -> Message | None:
    """Look a message up."""
    return await reader.one(_message, f"{_MESSAGES} WHERE id = :id", id=id)


async def message_at(reader: Reader, conversation_id: UUID, position: int) -> Message | None:
    """Look up the message at a place of a conversation."""
    where = "WHERE conversation_id = :conversation_id AND position = :position"
    return await reader.one(
        _message, f"{_MESSAGES} {where}", conversation_id=conversation_id, position=position
    )


async def message_by_key(
    reader: Reader, conversation_id: UUID, *, app_id: str | None, key: str
) -> Message | None:
    """Find what an app, or with none the candidate, sent under an idempotency key."""
    side = Side.CANDIDATE if app_id is None else Side.EMPLOYER
    params: dict[str, object] = {} if app_id is None else {"app_id": app_id}
    return await reader.one(
        _message,
        f"{_MESSAGES} {_BY_KEY} {'IS NULL' if app_id is None else '= :app_id'}",
        conversation_id=conversation_id,
        side=side.value,
        key=key,
        **params,
    )


async def places(reader: Reader, ids: Sequence[UUID]) -> dict[UUID, tuple[UUID, int]]:
    """Find the conversations of messages, and their places in them."""
    found = await reader.all(
        lambda found_id, conversation_id, position: (found_id, (conversation_id, position)),
        "SELECT id, conversation_id, position FROM conversation_messages WHERE id IN :ids",
        ids=list(ids),
    )
    return dict(found)


async def messages(reader: Reader, spans: Mapping[UUID, Span]) -> list[Message]:
    """List the messages in *spans* of conversations, in one statement; in their order."""
    params: dict[str, object] = {}
    parts = []
    for number, (conversation_id, span) in enumerate(spans.items()):
        parts.append(
            f"(conversation_id = :id_{number} AND position > :after_{number}"
            f" AND position <= :upto_{number})"
        )
        params[f"id_{number}"] = conversation_id
        params[f"after_{number}"], params[f"upto_{number}"] = span.after, span.upto
    sql = f"{_MESSAGES} WHERE {' OR '.join(parts)} ORDER BY conversation_id, position"
    return await reader.all(_message, sql, **params) if parts else []


async def deleted_behind(
    reader: Reader, conversation: Conversation, position: int, side: Side
) -> int:
    """Count the messages of *side* behind a place, of those it had, that were taken back."""
    found: int = await reader.value(
        _DELETED_BEHIND,
        conversation_id=conversation.id,
        after=position,
        upto=conversation.message_count,
        side=side.value,
    )
    return found


def read_conversation(  # noqa: PLR0917 - the columns of a row
    id: UUID,
    employer_id: UUID,
    candidate_name: str,
    candidate_email: str,
    created_at: datetime,
    active_ms: int,
    subject: str | None,
    posting_id: str | None,
    message_count: int,
    candidate_count: int,
) -> Conversation:
    """Build a conversation from a row of `COLUMNS`."""
    return Conversation(
        id=id,
        employer_id=employer_id,
        candidate=Candidate(name=candidate_name, email=candidate_email),
        created_at=created_at,
        active_ms=active_ms,
        subject=subject,
        posting_id=posting_id,
        message_count=message_count,
        candidate_count=candidate_count,
    )


def _message(*row: Any) -> Message:
    id_, conversation_id, position, candidate_seq, side, *rest = row
    name, person_id, app_id, text, attachments, sent_at, *rest = rest
    revision, edited_at, deleted_at, key, digest = rest
    return Message(
        id=id_,
        conversation_id=conversation_id,
        position=position,
        candidate_seq=candidate_seq,
        sender=Sender(side=Side(side), name=name, person_id=person_id, app_id=app_id),
        text=None if deleted_at is not None else text,
        attachments=() if attachments is None else _ATTACHMENTS.decode(attachments),
        sent_at=sent_at,
        revision=revision,
        edited_at=edited_at,
        deleted_at=deleted_at,
        idempotency_key=key,
        request_digest=digest,
    )


def _written(attachments: tuple[Attachment, ...]) -> str | None:
    return msgspec.json.encode(attachments).decode() if attachments else None
