"""Messages of many writers: the log tells them in the order in which the thread has them."""

import asyncio

import pytest

from hirewire.conversations.facts import MessageSent
from hirewire.kit.clock import SystemClock
from hirewire.kit.facts import START
from hirewire.runtime.bus import MemoryBus
from hirewire.runtime.log import Log
from tests.conversations.acts import hear, say
from tests.conversations.world import World
from tests.fixtures.database import settled

WRITERS = 8
EACH = 15


class TestWriters:
    @pytest.mark.fidelity("conversations.told-in-order")
    async def test_are_told_in_the_order_of_their_messages(self, world: World) -> None:
        """
        Many write in one thread at once, from both sides: its updates come as its messages do.
        """

        async def write(number: int) -> None:
            for _ in range(EACH):
                if number % 2:
                    await hear(world, world.thread.id)
                else:
                    await say(world, world.acme_caller, world.thread.id)

        await asyncio.gather(*(write(number) for number in range(WRITERS)))

        await settled(world.database)
        log = Log(world.database, MemoryBus(), SystemClock())
        told = [
            each.fact.message_id
            for each in await log.read(START, 1_000)
            if isinstance(each.fact, MessageSent)
        ]
        async with world.database.read() as reader:
            said = await reader.all(
                lambda found: found,
                "SELECT id FROM conversation_messages"
                " WHERE conversation_id = :id ORDER BY position",
                id=world.thread.id,
            )
        assert len(said) == WRITERS * EACH
        assert [each for each in told if each in set(said)] == said
