"""What the candidate of a thread can do, who holds a link to it and has no account."""

from dataclasses import dataclass, field
from uuid import UUID

from hirewire.conversations import links, store
from hirewire.conversations.access import CANDIDATE
from hirewire.conversations.errors import NoSuchConversation, NoSuchMessage, NotYourMessage
from hirewire.conversations.facts import LinksRotated
from hirewire.conversations.model import Conversation, Draft, Message, MessagePage, Sender, Side
from hirewire.conversations.people import store as people
from hirewire.conversations.reading import read_page
from hirewire.conversations.windows import Window
from hirewire.conversations.writing import mark_read, rewrite, send_once, take_back
from hirewire.kit.entropy import Entropy, SystemEntropy
from hirewire.runtime.db import Reader, UnitOfWork


@dataclass(frozen=True, slots=True)
class CandidateDoor:
    """
    The way in by link; the slice's other door is for employers.

    A token is told to the candidate alone: no caller of the API is ever answered one, so that
    an employer cannot speak for the other side. `add_link` and `rotate_links` are for whoever
    writes to the candidate's address.
    """

    entropy: Entropy = field(default_factory=SystemEntropy)

    async def add_link(self, uow: UnitOfWork, conversation_id: UUID) -> str:
        """Make one more link to a thread, and return its token; the others stay good."""
        token = links.draw(self.entropy)
        await people.add_link(uow, conversation_id, links.digest(token))
        return token

    async def rotate_links(self, uow: UnitOfWork, conversation_id: UUID) -> str:
        """
        Make a link to a thread, and let nobody in by those that there were.

        Raises:
            NoSuchConversation: there is none of that id.
        """
        conversation = await store.find(uow, conversation_id)
        if conversation is None:
            raise NoSuchConversation
        await people.remove_links(uow, conversation_id)
        uow.tell(
            LinksRotated(
                employer_id=conversation.employer_id,
                conversation_id=conversation_id,
                at=uow.now,
            )
        )
        return await self.add_link(uow, conversation_id)

    async def read(self, reader: Reader, token: str) -> Conversation:
        """
        Look up the thread that a link leads to.

        Raises:
            NoSuchConversation: it leads to none, or does no more.
        """
        found = await people.behind_link(reader, links.digest(token))
        conversation = None if found is None else await store.find(reader, found)
        if conversation is None:
            raise NoSuchConversation
        return conversation

    async def messages(self, reader: Reader, token: str, window: Window) -> MessagePage:
        """
        List messages of the thread, oldest first.

        Raises:
            NoSuchConversation: the link leads nowhere.
            BadCursor: the window hangs on a cursor of something else.
        """
        return await read_page(reader, await self.read(reader, token), window)

    async def own(
        self, reader: Reader, conversation: Conversation, message_id: UUID
    ) -> Message | None:
        """Look up a message that the candidate of a thread that was read wrote there."""
        message = await store.message(reader, message_id)
        if message is None or message.conversation_id != conversation.id:
            return None
        is_theirs = message.sender.side is Side.CANDIDATE and not message.is_deleted
        return message if is_theirs else None

    async def unread(self, reader: Reader, token: str) -> int:
        """
        Count what the employer wrote, and has not taken back, since the candidate's mark.

        Raises:
            NoSuchConversation: the link leads nowhere.
        """
        conversation = await self.read(reader, token)
        mark = await people.mark_of(reader, conversation.id, CANDIDATE)
        place, own = (0, 0) if mark is None else (mark.position, mark.candidate_seq)
        written = (conversation.message_count - place) - (conversation.candidate_count - own)
        if written <= 0:  # They may have read on since the thread was read.
            return 0
        return written - await store.deleted_behind(reader, conversation, place, Side.EMPLOYER)

    async def write(self, uow: UnitOfWork, token: str, draft: Draft) -> Message:
        """
        Write to the employer; a draft that repeats a key and its text is sent once.

        Raises:
            NoSuchConversation: the link leads nowhere.
            IdempotencyKeyReused: the key stands for another message.
        """
        conversation = await self._lock(uow, token)
        sender = Sender(side=Side.CANDIDATE, name=conversation.candidate.name)
        return await send_once(uow, conversation, draft, sender)

    async def edit(self, uow: UnitOfWork, token: str, message_id: UUID, text: str) -> Message:
        """
        Write a message of the candidate's anew; the same text changes nothing.

        Raises:
            NoSuchConversation: the link leads nowhere.
            NoSuchMessage, NotYourMessage: the message is none of theirs.
            BadMessageText, MessageDeleted: it cannot be done.
        """
        conversation, old = await self._own(uow, token, message_id)
        return await rewrite(uow, conversation, old, text)

    async def delete(self, uow: UnitOfWork, token: str, message_id: UUID) -> Message:
        """
        Take a message of the candidate's back; doing so again changes nothing.

        Raises:
            NoSuchConversation: the link leads nowhere.
            NoSuchMessage, NotYourMessage: the message is none of theirs.
        """
        conversation, old = await self._own(uow, token, message_id)
        return await take_back(uow, conversation, old)

    async def mark_read(
        self, uow: UnitOfWork, token: str, message_id: UUID | None = None
    ) -> None:
        """
        Note that the candidate has read up to a message, or to the last one.

        Raises:
            NoSuchConversation: the link leads nowhere.
            NoSuchMessage: the message is none of the thread's.
        """
        conversation = await self.read(uow, token)
        message = await message_to_mark(uow, conversation, message_id)
        if message is not None:
            await mark_read(uow, conversation, message, CANDIDATE, side=Side.CANDIDATE)

    async def _own(
        self, uow: UnitOfWork, token: str, message_id: UUID
    ) -> tuple[Conversation, Message]:
        """Find a message that the candidate wrote, under the lock of its thread."""
        conversation = await self._lock(uow, token)
        message = await store.message(uow, message_id)
        if message is None or message.conversation_id != conversation.id:
            raise NoSuchMessage
        if message.sender.side is not Side.CANDIDATE:
            raise NotYourMessage
        return conversation, message

    async def _lock(self, uow: UnitOfWork, token: str) -> Conversation:
        """A link that is rotated meanwhile is good for what it had begun."""
        found = await people.behind_link(uow, links.digest(token))
        conversation = None if found is None else await store.lock(uow, found)
        if conversation is None:
            raise NoSuchConversation
        return conversation


async def message_to_mark(
    reader: Reader, conversation: Conversation, message_id: UUID | None
) -> Message | None:
    """
    Find the message up to which a thread is read; None where nothing was said yet.

    Raises:
        NoSuchMessage: it is none of this thread.
    """
    if message_id is None:
        return await store.message_at(reader, conversation.id, conversation.message_count)
    message = await store.message(reader, message_id)
    if message is None or message.conversation_id != conversation.id:
        raise NoSuchMessage
    return message
