"""What tests do with conversations, each in a unit of work of its own."""

from uuid import UUID

from hirewire.conversations.inbox.model import ConversationPage, Filter, Search
from hirewire.conversations.model import Candidate, Conversation, Draft, Message, Participant
from hirewire.conversations.starting import StartConversation, Started
from hirewire.kit.caller import Caller
from tests.conversations.world import CANDIDATE, World


async def start(
    world: World,
    caller: Caller,
    *,
    candidate: Candidate = CANDIDATE,
    posting_id: str | None = None,
    text: str | None = None,
    key: str | None = None,
) -> Started:
    """Start a thread as *caller*."""
    command = StartConversation.checked(
        candidate,
        subject="Baker",
        posting_id=posting_id,
        first=None if text is None else Draft(text=text),
        idempotency_key=key,
    )
    async with world.database.unit() as uow:
        return await world.conversations.start(uow, caller, command)


async def link(world: World, thread: UUID) -> str:
    """Let the candidate in by one more link, and return its token."""
    async with world.database.unit() as uow:
        return await world.conversations.candidates.add_link(uow, thread)


async def say(world: World, caller: Caller, thread: UUID, text: str = "Hello") -> Message:
    """Write as *caller*."""
    async with world.database.unit() as uow:
        return await world.conversations.send(uow, caller, thread, Draft(text=text))


async def hear(world: World, thread: UUID, text: str = "Hi") -> Message:
    """Write as the candidate."""
    async with world.database.unit() as uow:
        return await world.conversations.receive(uow, thread, text)


async def mark(
    world: World, caller: Caller, thread: UUID, message: UUID | None = None
) -> Conversation:
    """Mark a thread as read."""
    async with world.database.unit() as uow:
        return await world.conversations.mark_read(uow, caller, thread, message)


async def listed(
    world: World,
    caller: Caller,
    *,
    first: int = 20,
    after: str | None = None,
    where: Filter | None = None,
) -> ConversationPage:
    """List threads."""
    search = Search(first=first, after=after, where=where or Filter())
    async with world.database.read() as reader:
        return await world.conversations.find(reader, caller, search)


async def unread(world: World, caller: Caller, thread: UUID) -> int:
    """Count what *caller* has not read in a thread."""
    page = await listed(world, caller, first=100)
    return next(each.unread for each in page.listed if each.conversation.id == thread)


async def people(world: World, thread: Conversation) -> dict[str, Participant]:
    """Find who takes part in a thread, by name."""
    async with world.database.read() as reader:
        marks = await world.conversations.marks(reader, [thread])
        found = await world.conversations.participants(reader, [thread], marks)
    return {each.name: each for each in found[thread.id]}
