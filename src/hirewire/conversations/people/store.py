"""The tables of participants, of marks, and of the candidates' links."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from hirewire.conversations.model import Mark, Message, ParticipantRole
from hirewire.runtime.db import Reader, UnitOfWork

_ADD: Final = """
    INSERT INTO conversation_participants (conversation_id, person_id, employer_id, role,
                                           added_at)
    VALUES (:conversation_id, :person_id, :employer_id, :role, :added_at)
    ON CONFLICT (conversation_id, person_id) DO NOTHING
"""
_SET_ROLE: Final = """
    UPDATE conversation_participants SET role = :role
    WHERE conversation_id = :conversation_id AND person_id = :person_id AND role <> :role
"""
_REMOVE: Final = """
    DELETE FROM conversation_participants
    WHERE conversation_id = :conversation_id AND person_id = :person_id
"""
_REMOVE_FROM_ALL: Final = """
    DELETE FROM conversation_participants
    WHERE person_id = :person_id AND employer_id = :employer_id AND added_at <= :upto
    RETURNING conversation_id AS "conversation_id [uuid]"
"""
_OF_ALL: Final = """
    SELECT conversation_id, person_id, role, added_at FROM conversation_participants
    WHERE conversation_id IN :ids ORDER BY conversation_id, added_at, person_id
"""
_MARK: Final = """
    INSERT INTO conversation_marks (conversation_id, reader, message_id, position,
                                    candidate_seq, read_at)
    VALUES (:conversation_id, :reader, :message_id, :position, :candidate_seq, :read_at)
    ON CONFLICT (conversation_id, reader) DO UPDATE
    SET message_id = excluded.message_id, position = excluded.position,
        candidate_seq = excluded.candidate_seq, read_at = excluded.read_at
    WHERE excluded.position > conversation_marks.position
"""
_MARKS: Final = """
    SELECT conversation_id, reader, message_id, position, candidate_seq
    FROM conversation_marks WHERE conversation_id IN :ids
"""
_ADD_LINK: Final = """
    INSERT INTO conversation_links (digest, conversation_id, made_at)
    VALUES (:digest, :conversation_id, :made_at)
"""
_PRUNE_LINKS: Final = """
    DELETE FROM conversation_links WHERE digest IN (
      SELECT digest FROM conversation_links
      WHERE made_at <= :before ORDER BY made_at LIMIT :limit
    )
"""


async def add(
    uow: UnitOfWork,
    conversation_id: UUID,
    person_id: UUID,
    *,
    employer_id: UUID,
    role: ParticipantRole,
) -> bool:
    """Have a person take part; false where they do already, as whatever."""
    changed = await uow.run(
        _ADD,
        conversation_id=conversation_id,
        person_id=person_id,
        employer_id=employer_id,
        role=role.value,
        added_at=uow.now,
    )
    return changed == 1


async def set_role(
    uow: UnitOfWork, conversation_id: UUID, person_id: UUID, role: ParticipantRole
) -> bool:
    """Have a participant take part as something else; false where nothing changes."""
    changed = await uow.run(
        _SET_ROLE, conversation_id=conversation_id, person_id=person_id, role=role.value
    )
    return changed == 1


async def remove(uow: UnitOfWork, conversation_id: UUID, person_id: UUID) -> bool:
    """Have a person take part no more; false where they did not."""
    changed = await uow.run(_REMOVE, conversation_id=conversation_id, person_id=person_id)
    return changed == 1


async def remove_from_all(
    uow: UnitOfWork, person_id: UUID, employer_id: UUID, *, upto: datetime
) -> list[UUID]:
    """Have a person take part in nothing of an employer that they did *upto* a moment."""
    return await uow.all(
        _same,
        _REMOVE_FROM_ALL,
        person_id=person_id,
        employer_id=employer_id,
        upto=upto,
    )


async def participants(
    reader: Reader, conversation_ids: Sequence[UUID]
) -> list[tuple[UUID, UUID, ParticipantRole, datetime]]:
    """List who takes part in conversations, as what and since when."""
    return await reader.all(
        lambda thread_id, person_id, role, added_at: (
            thread_id,
            person_id,
            ParticipantRole(role),
            added_at,
        ),
        _OF_ALL,
        ids=list(conversation_ids),
    )


async def mark(uow: UnitOfWork, message: Message, reader: str) -> bool:
    """Note that *reader* has read up to *message*; false where they had already."""
    changed = await uow.run(
        _MARK,
        conversation_id=message.conversation_id,
        reader=reader,
        message_id=message.id,
        position=message.position,
        candidate_seq=message.candidate_seq,
        read_at=uow.now,
    )
    return changed == 1


async def marks(
    reader: Reader, conversation_ids: Sequence[UUID]
) -> dict[tuple[UUID, str], Mark]:
    """Find how far everybody has read in conversations."""
    found = await reader.all(
        lambda thread_id, who, message_id, position, candidate_seq: (
            (thread_id, who),
            Mark(message_id=message_id, position=position, candidate_seq=candidate_seq),
        ),
        _MARKS,
        ids=list(conversation_ids),
    )
    return dict(found)


async def mark_of(reader: Reader, conversation_id: UUID, who: str) -> Mark | None:
    """Find how far somebody has read in a conversation."""
    return await reader.one(
        lambda message_id, position, candidate_seq: Mark(
            message_id=message_id, position=position, candidate_seq=candidate_seq
        ),
        "SELECT message_id, position, candidate_seq FROM conversation_marks"
        " WHERE conversation_id = :id AND reader = :reader",
        id=conversation_id,
        reader=who,
    )


async def add_link(uow: UnitOfWork, conversation_id: UUID, digest: bytes) -> None:
    """Let in whoever holds the token of *digest*."""
    await uow.run(_ADD_LINK, digest=digest, conversation_id=conversation_id, made_at=uow.now)


async def remove_links(uow: UnitOfWork, conversation_id: UUID) -> None:
    """Let nobody in any more by a link that was made before."""
    await uow.run(
        "DELETE FROM conversation_links WHERE conversation_id = :id", id=conversation_id
    )


async def prune_links(uow: UnitOfWork, before: datetime, *, limit: int) -> int:
    """Remove up to *limit* links that were made up to *before*; count them."""
    return await uow.run(_PRUNE_LINKS, before=before, limit=limit)


async def behind_link(reader: Reader, digest: bytes) -> UUID | None:
    """Find the conversation that a link leads to."""
    found: UUID | None = await reader.value(
        "SELECT conversation_id FROM conversation_links WHERE digest = :digest", digest=digest
    )
    return found


def _same(id: UUID) -> UUID:
    return id
