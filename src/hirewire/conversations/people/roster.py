"""Who takes part in threads, with names, and who may change that."""

from collections.abc import Sequence
from uuid import UUID

from hirewire.accounts.model import Role
from hirewire.accounts.service import Accounts
from hirewire.conversations.access import reader_of_person
from hirewire.conversations.errors import NotAMember, NotYoursToManage, TooManyParticipants
from hirewire.conversations.facts import ParticipantRemoved
from hirewire.conversations.model import (
    MOST_PARTICIPANTS,
    Conversation,
    Mark,
    Participant,
    ParticipantRole,
    is_text,
)
from hirewire.conversations.people import store
from hirewire.conversations.writing import participant_added
from hirewire.kit.caller import Caller
from hirewire.runtime.db import Reader, UnitOfWork


async def participants(
    reader: Reader,
    accounts: Accounts,
    conversation_ids: Sequence[UUID],
    marks: dict[tuple[UUID, str], Mark],
) -> dict[UUID, tuple[Participant, ...]]:
    """Read who takes part in threads, in two statements, however many there are."""
    rows = await store.participants(reader, conversation_ids)
    people = await accounts.people_by_id(reader, {row[1] for row in rows}) if rows else {}
    found: dict[UUID, list[Participant]] = {each: [] for each in conversation_ids}
    for conversation_id, person_id, role, added_at in rows:
        person = people.get(person_id)
        if person is None:
            continue
        mark = marks.get((conversation_id, reader_of_person(person_id)))
        found[conversation_id].append(
            Participant(
                conversation_id=conversation_id,
                person_id=person_id,
                name=person.name,
                email=person.email,
                role=role,
                added_at=added_at,
                read_up_to=None if mark is None else mark.message_id,
            )
        )
    return {each: tuple(taking_part) for each, taking_part in found.items()}


async def add(
    uow: UnitOfWork,
    accounts: Accounts,
    caller: Caller,
    conversation: Conversation,
    *,
    email: str,
    role: ParticipantRole | None,
) -> None:
    """
    Have a member of the employer take part in a thread that is locked.

    Without a *role*, who takes part already keeps theirs, and who is new is a member.

    Raises:
        NotAMember: nobody of that address acts for the employer.
        NotYoursToManage: the caller may give no such role.
        TooManyParticipants: the thread has as many as it may.
    """
    person = await accounts.person_by_email(uow, email) if is_text(email) else None
    if person is None or person.verified_email is None:
        raise NotAMember
    if await accounts.membership(uow, person.id, conversation.employer_id) is None:
        raise NotAMember
    roles = await _roles(uow, conversation)
    role = role or roles.get(person.id, ParticipantRole.MEMBER)
    if roles.get(person.id) == role:
        return
    if role is ParticipantRole.OWNER or person.id in roles:
        await _check_manages(uow, accounts, caller, conversation, roles)
    if person.id in roles:
        await store.set_role(uow, conversation.id, person.id, role)
    elif len(roles) >= MOST_PARTICIPANTS:
        raise TooManyParticipants(limit=MOST_PARTICIPANTS)
    else:
        await store.add(
            uow, conversation.id, person.id, employer_id=conversation.employer_id, role=role
        )
    uow.tell(participant_added(uow, conversation, person.id, role, by=caller.person_id))


async def remove(
    uow: UnitOfWork,
    accounts: Accounts,
    caller: Caller,
    conversation: Conversation,
    person_id: UUID,
) -> None:
    """
    Have a person take part no more in a thread that is locked; who does not, stays so.

    Raises:
        NotYoursToManage: it is somebody else, and the caller may not.
    """
    if person_id != caller.person_id:
        roles = await _roles(uow, conversation)
        await _check_manages(uow, accounts, caller, conversation, roles)
    if await store.remove(uow, conversation.id, person_id):
        uow.tell(
            ParticipantRemoved(
                employer_id=conversation.employer_id,
                conversation_id=conversation.id,
                person_id=person_id,
                by=caller.person_id,
                at=uow.now,
            )
        )


async def _roles(reader: Reader, conversation: Conversation) -> dict[UUID, ParticipantRole]:
    rows = await store.participants(reader, [conversation.id])
    return {person_id: role for _, person_id, role, _ in rows}


async def _check_manages(
    reader: Reader,
    accounts: Accounts,
    caller: Caller,
    conversation: Conversation,
    roles: dict[UUID, ParticipantRole],
) -> None:
    """Owners manage, admins of the employer, and apps that represent it."""
    if caller.person_id is None or roles.get(caller.person_id) is ParticipantRole.OWNER:
        return
    member = await accounts.membership(reader, caller.person_id, conversation.employer_id)
    if member is None or member.role is not Role.ADMIN:
        raise NotYoursToManage
