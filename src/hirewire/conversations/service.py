"""What employers and their apps can do with conversations."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from hirewire.accounts.service import Accounts
from hirewire.conversations import store
from hirewire.conversations.access import READ, WRITE, Access, reader_of
from hirewire.conversations.candidates import CandidateDoor, message_to_mark
from hirewire.conversations.errors import (
    IdempotencyKeyReused,
    NoSuchConversation,
    NoSuchMessage,
    NotYourMessage,
)
from hirewire.conversations.facts import ConversationOpened
from hirewire.conversations.inbox.model import ConversationPage, Search
from hirewire.conversations.inbox.store import Inbox
from hirewire.conversations.model import (
    Candidate,
    Conversation,
    Draft,
    Mark,
    Message,
    MessagePage,
    Participant,
    ParticipantRole,
    Sender,
    Side,
    milliseconds,
)
from hirewire.conversations.people import roster
from hirewire.conversations.people import store as people
from hirewire.conversations.reading import read_page, read_pages
from hirewire.conversations.starting import StartConversation, Started
from hirewire.conversations.windows import Window
from hirewire.conversations.writing import (
    mark_read,
    rewrite,
    send_once,
    take_back,
    take_part,
    write,
)
from hirewire.kit.caller import Caller
from hirewire.kit.cursors import BadCursor
from hirewire.runtime.db import Reader, UnitOfWork

__all__ = ["READ", "WRITE", "Conversations"]


@dataclass(frozen=True, slots=True)
class Conversations:
    """The slice's front door for employers; candidates come in by *candidates*."""

    accounts: Accounts
    candidates: CandidateDoor = field(default_factory=CandidateDoor)

    async def open(
        self,
        uow: UnitOfWork,
        employer_id: UUID,
        candidate: Candidate,
        *,
        subject: str | None = None,
        posting_id: str | None = None,
    ) -> Conversation:
        """Begin a thread between an employer and a candidate, on nobody's behalf."""
        command = StartConversation(candidate=candidate, subject=subject, posting_id=posting_id)
        conversation = _conversation(uow, employer_id, command)
        await store.add(uow, conversation)
        uow.tell(_opened(conversation))
        return conversation

    async def start(
        self, uow: UnitOfWork, caller: Caller, command: StartConversation
    ) -> Started:
        """
        Begin a thread on the employer's behalf; a person who does so owns it.

        Raises:
            MissingScope, NoEmployer, EmployerLost: the caller may not.
            IdempotencyKeyReused: the key stands for another thread.
        """
        employer_id = await self._access.employer(uow, caller)
        sender = await self._access.sender(uow, caller)
        conversation = _conversation(uow, employer_id, command)
        is_new = await store.add(
            uow,
            conversation,
            app_id=caller.app_id,
            key=command.idempotency_key,
            digest=command.digest(caller.person_id) if command.idempotency_key else None,
        )
        if not is_new:
            return await _started_before(uow, caller, employer_id, command)
        uow.tell(_opened(conversation))
        if caller.person_id is not None:
            await take_part(uow, conversation, caller.person_id, ParticipantRole.OWNER)
        if command.first is None:
            return Started(conversation=conversation)
        message = await write(uow, conversation, command.first, sender)
        return Started(conversation=conversation.having(message), message=message)

    async def unread(
        self, reader: Reader, conversation: Conversation, mark: Mark | None
    ) -> int:
        """Count what the candidate wrote, and has not taken back, since a reader's *mark*."""
        place, seq = (0, 0) if mark is None else (mark.position, mark.candidate_seq)
        behind = conversation.candidate_count - seq
        if behind <= 0:  # They may have read on since the thread was read.
            return 0
        return behind - await store.deleted_behind(reader, conversation, place, Side.CANDIDATE)

    async def send(
        self, uow: UnitOfWork, caller: Caller, conversation_id: UUID, draft: Draft
    ) -> Message:
        """
        Write on the employer's behalf; a draft that repeats a key and its text is sent once.

        Raises:
            MissingScope, NoSuchConversation: the caller may not.
            IdempotencyKeyReused: the key stands for another message.
        """
        conversation, takes_part = await self._lock_to_write(uow, caller, conversation_id)
        sender = await self._access.sender(uow, caller)
        return await send_once(uow, conversation, draft, sender, takes_part=takes_part)

    async def edit(
        self, uow: UnitOfWork, caller: Caller, message_id: UUID, text: str
    ) -> Message:
        """
        Write a message of one's own anew; the same text changes nothing.

        Raises:
            MissingScope, NoSuchMessage, NotYourMessage: the caller may not.
            BadMessageText, MessageDeleted: it cannot be done.
        """
        conversation, old = await self._own(uow, caller, message_id)
        return await rewrite(uow, conversation, old, text)

    async def delete(self, uow: UnitOfWork, caller: Caller, message_id: UUID) -> Message:
        """
        Take a message of one's own back; its place stays, and doing so again changes nothing.

        Raises:
            MissingScope, NoSuchMessage, NotYourMessage: the caller may not.
        """
        conversation, old = await self._own(uow, caller, message_id)
        return await take_back(uow, conversation, old)

    async def receive(self, uow: UnitOfWork, conversation_id: UUID, text: str) -> Message:
        """
        Write on the candidate's behalf.

        Raises:
            NoSuchConversation: there is none of that id.
            BadMessageText: the text is none.
        """
        draft = Draft(text=text)
        conversation = await store.lock(uow, conversation_id)
        if conversation is None:
            raise NoSuchConversation
        sender = Sender(side=Side.CANDIDATE, name=conversation.candidate.name)
        return await write(uow, conversation, draft, sender)

    async def mark_read(
        self,
        uow: UnitOfWork,
        caller: Caller,
        conversation_id: UUID,
        message_id: UUID | None = None,
    ) -> Conversation:
        """
        Note that the caller has read up to a message, or to the last; a mark never goes back.

        Raises:
            MissingScope, NoSuchConversation: the caller may not.
            NoSuchMessage: the message is none of the thread's.
        """
        caller.needs(WRITE)
        conversation = await self._visible(uow, caller, conversation_id)
        message = await message_to_mark(uow, conversation, message_id)
        if message is not None:
            await mark_read(
                uow,
                conversation,
                message,
                reader_of(caller),
                side=Side.EMPLOYER,
                person_id=caller.person_id,
                app_id=caller.app_id,
            )
        return conversation

    async def add_participant(
        self,
        uow: UnitOfWork,
        caller: Caller,
        conversation_id: UUID,
        *,
        email: str,
        role: ParticipantRole | None = None,
    ) -> Conversation:
        """
        Have one of the employer's people take part, or do so in another role.

        Without a *role*, who takes part already keeps theirs, and who is new is a member.

        Raises:
            MissingScope, NoSuchConversation, NotYoursToManage: the caller may not.
            NotAMember, TooManyParticipants: it cannot be done.
        """
        conversation = await self._lock(uow, caller, conversation_id)
        await roster.add(uow, self.accounts, caller, conversation, email=email, role=role)
        return conversation

    async def remove_participant(
        self, uow: UnitOfWork, caller: Caller, conversation_id: UUID, person_id: UUID
    ) -> Conversation:
        """
        Have a person take part no more; oneself one can always remove.

        Raises:
            MissingScope, NoSuchConversation, NotYoursToManage: the caller may not.
        """
        conversation = await self._lock(uow, caller, conversation_id)
        await roster.remove(uow, self.accounts, caller, conversation, person_id)
        return conversation

    async def read(self, reader: Reader, caller: Caller, conversation_id: UUID) -> Conversation:
        """
        Look a thread up for one of the employer's people or apps.

        Raises:
            MissingScope, NoSuchConversation: the caller may not.
        """
        caller.needs(READ)
        return await self._visible(reader, caller, conversation_id)

    async def to_write_in(
        self, reader: Reader, caller: Caller, conversation_id: UUID
    ) -> tuple[Conversation, Sender]:
        """
        Look up a thread that the caller may write in, and by what name they would.

        Raises:
            MissingScope, NoSuchConversation, Unauthenticated: the caller may not.
        """
        caller.needs(WRITE)
        conversation = await self._visible(reader, caller, conversation_id)
        return conversation, await self._access.sender(reader, caller)

    async def find(self, reader: Reader, caller: Caller, search: Search) -> ConversationPage:
        """
        List the threads that the caller sees, the newest activity first.

        Raises:
            MissingScope, NoEmployer, EmployerLost: the caller may not.
            BadPageSize, BadCursor: there is no such page.
        """
        caller.needs(READ)
        size, place = search.checked_size(), search.place()
        inbox = Inbox(
            employers=await self._access.employers(reader, caller),
            who=reader_of(caller),
            where=search.where,
        )
        found = await inbox.page(reader, place, size + 1)
        has_previous = place is not None and await inbox.has_any_up_to(reader, place)
        return ConversationPage(
            listed=found[:size], has_next=len(found) > size, has_previous=has_previous
        )

    async def messages(
        self, reader: Reader, conversation: Conversation, window: Window
    ) -> MessagePage:
        """
        List messages of a thread that was read, oldest first.

        Raises:
            BadCursor: the window hangs on a cursor of something else.
        """
        return await read_page(reader, conversation, window)

    async def message(
        self, reader: Reader, conversation: Conversation, message_id: UUID
    ) -> Message | None:
        """Look up a message of a thread that was read."""
        found = await store.message(reader, message_id)
        if found is None or found.conversation_id != conversation.id:
            return None
        return found

    async def pages(
        self, reader: Reader, conversations: Sequence[Conversation], window: Window
    ) -> dict[UUID, MessagePage | BadCursor]:
        """List messages of threads that were read, as many at once as there are."""
        return await read_pages(reader, conversations, window)

    async def marks(
        self, reader: Reader, conversations: Sequence[Conversation]
    ) -> dict[tuple[UUID, str], Mark]:
        """Find how far everybody has read in threads that were read, by thread and reader."""
        return await people.marks(reader, [each.id for each in conversations])

    async def participants(
        self,
        reader: Reader,
        conversations: Sequence[Conversation],
        marks: dict[tuple[UUID, str], Mark],
    ) -> dict[UUID, tuple[Participant, ...]]:
        """Find who takes part in threads that were read."""
        ids = [each.id for each in conversations]
        return await roster.participants(reader, self.accounts, ids, marks)

    @property
    def _access(self) -> Access:
        return Access(self.accounts)

    async def _visible(
        self, reader: Reader, caller: Caller, conversation_id: UUID
    ) -> Conversation:
        conversation = await store.find(reader, conversation_id)
        return await self._seen(reader, caller, conversation)

    async def _lock(
        self, uow: UnitOfWork, caller: Caller, conversation_id: UUID
    ) -> Conversation:
        """Find a thread that the caller may change, and let nobody else do so meanwhile."""
        caller.needs(WRITE)
        return await self._seen(uow, caller, await store.lock(uow, conversation_id))

    async def _lock_to_write(
        self, uow: UnitOfWork, caller: Caller, conversation_id: UUID
    ) -> tuple[Conversation, bool]:
        """Do the same, and tell whether the caller is a person who takes part."""
        if caller.person_id is None:
            return await self._lock(uow, caller, conversation_id), False
        caller.needs(WRITE)
        found = await store.lock_for(uow, conversation_id, caller.person_id)
        conversation, takes_part = (None, False) if found is None else found
        return await self._seen(uow, caller, conversation), takes_part

    async def _seen(
        self, reader: Reader, caller: Caller, conversation: Conversation | None
    ) -> Conversation:
        """
        Return a thread that the caller may see.

        Raises:
            NoSuchConversation: they may not, or there is none: nobody learns which.
        """
        if conversation is None or not await self._access.may_see(
            reader, caller, conversation.employer_id
        ):
            raise NoSuchConversation
        return conversation

    async def _own(
        self, uow: UnitOfWork, caller: Caller, message_id: UUID
    ) -> tuple[Conversation, Message]:
        """Find a message that the caller wrote, under the lock of its thread."""
        caller.needs(WRITE)
        places = await store.places(uow, [message_id])
        if message_id not in places:
            raise NoSuchMessage
        conversation_id, _ = places[message_id]
        try:
            conversation = await self._lock(uow, caller, conversation_id)
        except NoSuchConversation:
            raise NoSuchMessage from None
        message = await store.message(uow, message_id)
        if message is None:
            raise NoSuchMessage
        if not message.is_by(caller.person_id, caller.app_id):
            raise NotYourMessage
        return conversation, message


def _conversation(
    uow: UnitOfWork, employer_id: UUID, command: StartConversation
) -> Conversation:
    return Conversation(
        id=uow.new_id(),
        employer_id=employer_id,
        candidate=command.candidate,
        subject=command.subject,
        posting_id=command.posting_id,
        created_at=uow.now,
        active_ms=milliseconds(uow.now),
    )


def _opened(conversation: Conversation) -> ConversationOpened:
    return ConversationOpened(
        employer_id=conversation.employer_id,
        conversation_id=conversation.id,
        at=conversation.created_at,
    )


async def _started_before(
    reader: Reader, caller: Caller, employer_id: UUID, command: StartConversation
) -> Started:
    """
    Answer what an idempotency key has begun already.

    Raises:
        IdempotencyKeyReused: that was something else.
    """
    key = command.idempotency_key or ""
    earlier = await store.started(reader, employer_id, app_id=caller.app_id, key=key)
    conversation = None if earlier is None else await store.find(reader, earlier[0])
    is_repeat = earlier is not None and earlier[1] == command.digest(caller.person_id)
    if conversation is None or not is_repeat:
        raise IdempotencyKeyReused(key=key)
    first = None
    if command.first is not None:
        first = await store.message_at(reader, conversation.id, 1)
    return Started(conversation=conversation, message=first)
