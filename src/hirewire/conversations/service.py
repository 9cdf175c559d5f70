"""What employers and candidates can do with conversations."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from hirewire.accounts.model import App, Person
from hirewire.accounts.service import Accounts
from hirewire.conversations import store
from hirewire.conversations.errors import IdempotencyKeyReused, NoSuchConversation
from hirewire.conversations.facts import ConversationOpened, MessageSent
from hirewire.conversations.model import (
    Candidate,
    Conversation,
    Draft,
    Message,
    MessagePage,
    Sender,
    Side,
    page_size,
)
from hirewire.kit.caller import Caller, Unauthenticated
from hirewire.kit.cursors import BadCursor, Cursor
from hirewire.runtime.db import Reader, UnitOfWork

READ: Final = "conversations.read"
WRITE: Final = "conversations"


@dataclass(frozen=True, slots=True)
class Conversations:
    """The conversation slice's one front door; every API goes through it."""

    accounts: Accounts

    async def open(
        self,
        uow: UnitOfWork,
        employer_id: UUID,
        candidate: Candidate,
        *,
        subject: str | None = None,
        posting_id: UUID | None = None,
    ) -> Conversation:
        """Begin a thread between an employer and a candidate."""
        conversation = Conversation(
            id=uow.new_id(),
            employer_id=employer_id,
            candidate=candidate,
            subject=subject,
            posting_id=posting_id,
            created_at=uow.now,
        )
        await store.add(uow, conversation)
        uow.tell(ConversationOpened(employer_id=employer_id, conversation_id=conversation.id))
        return conversation

    async def send(
        self, uow: UnitOfWork, caller: Caller, conversation_id: UUID, draft: Draft
    ) -> Message:
        """
        Write on the employer's behalf; a draft that repeats a key and its text is sent once.

        Raises:
            MissingScope, NoSuchConversation: the caller may not.
            IdempotencyKeyReused: the key stands for another message.
        """
        caller.needs(WRITE)
        conversation = await store.lock(uow, conversation_id)
        if conversation is None or not await self._may_see(uow, caller, conversation):
            raise NoSuchConversation
        sender = await self._sender(uow, caller)
        earlier = await _sent_before(uow, conversation, draft, sender)
        return earlier or await _write(uow, conversation, draft, sender)

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
        return await _write(uow, conversation, draft, sender)

    async def read(self, reader: Reader, caller: Caller, conversation_id: UUID) -> Conversation:
        """
        Look a thread up for one of the employer's people or apps.

        Raises:
            MissingScope, NoSuchConversation: the caller may not.
        """
        caller.needs(READ)
        conversation = await store.find(reader, conversation_id)
        if conversation is None or not await self._may_see(reader, caller, conversation):
            raise NoSuchConversation
        return conversation

    async def messages(
        self, reader: Reader, conversation: Conversation, *, first: int, after: str | None
    ) -> MessagePage:
        """
        List messages of a thread that was read, oldest first, behind the cursor *after*.

        Raises:
            BadPageSize: *first* is out of range.
            BadCursor: *after* is no cursor of this thread.
        """
        upto = page_size(first)
        skipped = 0 if after is None else await _place(reader, conversation, after)
        found = await store.messages(
            reader,
            conversation.id,
            after=skipped,
            upto=min(skipped + upto, conversation.message_count),
        )
        return MessagePage(messages=found, skipped=skipped, total=conversation.message_count)

    async def _may_see(
        self, reader: Reader, caller: Caller, conversation: Conversation
    ) -> bool:
        """A token sees the employer it represents; a person's without one, all of theirs."""
        if caller.employer_id is not None or caller.person_id is None:
            return caller.employer_id == conversation.employer_id
        return (
            await self.accounts.membership(reader, caller.person_id, conversation.employer_id)
            is not None
        )

    async def _sender(self, reader: Reader, caller: Caller) -> Sender:
        """
        Find out by what name *caller* speaks for the employer.

        Raises:
            Unauthenticated: they are gone; their token is not yet.
        """
        found: App | Person | None
        if caller.person_id is None:
            found = await self.accounts.apps.find(reader, caller.app_id)
        else:
            found = await self.accounts.person(reader, caller.person_id)
        if found is None:
            raise Unauthenticated(reason="The owner of the access token does not exist.")
        return Sender(
            side=Side.EMPLOYER,
            name=found.name,
            person_id=caller.person_id,
            app_id=caller.app_id,
        )


async def _sent_before(
    reader: Reader, conversation: Conversation, draft: Draft, sender: Sender
) -> Message | None:
    key, app_id = draft.idempotency_key, sender.app_id
    if key is None or app_id is None:
        return None
    earlier = await store.message_by_key(reader, conversation.id, app_id=app_id, key=key)
    if earlier is not None and not earlier.repeats(draft, sender):
        raise IdempotencyKeyReused(key=key)
    return earlier


async def _write(
    uow: UnitOfWork, conversation: Conversation, draft: Draft, sender: Sender
) -> Message:
    """Add the next message to a thread that is locked, and tell whoever listens."""
    message = conversation.message(uow.new_id(), draft, sender, uow.now)
    await store.add_message(uow, message)
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


async def _place(reader: Reader, conversation: Conversation, cursor: str) -> int:
    """A cursor names a message; one of another thread would silently skip some of this."""
    place = Cursor.read(cursor)
    position = await store.position(reader, conversation.id, place.id)
    if position != place.index:
        raise BadCursor(cursor=cursor)
    return position
