"""What the candidate of a thread can do by link, on both databases."""

import asyncio
import hashlib
from datetime import timedelta

import pytest

from hirewire.conversations import store
from hirewire.conversations.errors import (
    IdempotencyKeyReused,
    NoSuchConversation,
    NoSuchMessage,
)
from hirewire.conversations.model import Draft, Message, Side
from hirewire.conversations.pruning import prune_links
from hirewire.conversations.windows import Window
from hirewire.kit.clock import MovableClock
from hirewire.server.housekeeping import SWEEPS
from tests.conversations.acts import hear, link, say, start
from tests.conversations.test_lists import Spy
from tests.conversations.world import World


async def begin(world: World) -> str:
    """Start a thread, and let its candidate in."""
    started = await start(world, world.acme_caller, text="Hello Robin")
    return await link(world, started.conversation.id)


async def answer(world: World, token: str, text: str, key: str | None = None) -> Message:
    """Write by link."""
    async with world.database.unit() as uow:
        draft = Draft(text=text, idempotency_key=key)
        return await world.conversations.candidates.write(uow, token, draft)


async def unread(world: World, token: str) -> int:
    """Count what the candidate has not read."""
    async with world.database.read() as reader:
        return await world.conversations.candidates.unread(reader, token)


class TestLink:
    @pytest.mark.fidelity("conversations.candidate.link")
    async def test_is_kept_as_a_digest_only(self, world: World) -> None:
        """
        Nothing in the database or the log opens the door; a thread begins without any link.
        """
        token = await begin(world)

        async with world.database.read() as reader:
            kept = await reader.all(bytes, "SELECT digest FROM conversation_links")
            facts = await reader.all(str, "SELECT body FROM facts")

        assert kept == [hashlib.sha256(token.encode()).digest()]
        assert len(token) == 32
        assert token not in "".join(facts)

    async def test_reads_writes_and_marks(self, world: World) -> None:
        """
        The candidate speaks under the name by which the employer knows them.
        """
        token = await begin(world)
        door = world.conversations.candidates

        sent = await answer(world, token, "Hello Acme")
        async with world.database.unit() as uow:
            await door.mark_read(uow, token)
        async with world.database.read() as reader:
            thread = await door.read(reader, token)
            page = await door.messages(reader, token, Window())

        assert (sent.sender.side, sent.sender.name) == (Side.CANDIDATE, "Robin Reyes")
        assert (thread.message_count, thread.candidate_count) == (2, 1)
        assert [each.text for each in page.messages] == ["Hello Robin", "Hello Acme"]
        assert (await world.told())[-2:] == ["message_sent", "read"]

    @pytest.mark.fidelity("conversations.candidate.link-rotation")
    async def test_rotation_ends_the_links_there_were(self, world: World) -> None:
        """
        One more link leaves the others; a rotation leaves itself alone.
        """
        first = await begin(world)
        door = world.conversations.candidates
        async with world.database.read() as reader:
            thread = await door.read(reader, first)
        second = await link(world, thread.id)
        await answer(world, first, "one")
        await answer(world, second, "two")

        async with world.database.unit() as uow:
            third = await door.rotate_links(uow, thread.id)

        for ended in (first, second, "", "\ud800", third[:-1]):
            with pytest.raises(NoSuchConversation):
                await answer(world, ended, "no")
            with pytest.raises(NoSuchConversation):
                await unread(world, ended)
        assert (await answer(world, third, "three")).position == 4

    @pytest.mark.fidelity("conversations.candidate.link-age")
    async def test_leads_nowhere_after_180_days(
        self, world: World, clock: MovableClock
    ) -> None:
        """
        What is younger stays; the oldest go first, as many at once as housekeeping asks for.
        """
        first = await begin(world)
        async with world.database.read() as reader:
            thread = await world.conversations.candidates.read(reader, first)
        await clock.advance(timedelta(days=1))
        second = await link(world, thread.id)

        removed = []
        for days in (179 - 1, 1, 1):
            await clock.advance(timedelta(days=days))
            async with world.database.unit() as uow:
                removed.append(await prune_links(uow, 1))
            if len(removed) == 2:
                assert await unread(world, second) == 1
                with pytest.raises(NoSuchConversation):
                    await unread(world, first)

        assert removed == [0, 1, 1]
        assert prune_links in SWEEPS
        with pytest.raises(NoSuchConversation):
            await unread(world, second)

    async def test_repeats_are_sent_once(self, world: World) -> None:
        """
        Also when they overlap; another text under the key is refused.
        """
        token = await begin(world)

        sent = await asyncio.gather(*(answer(world, token, "Hi", "k1") for _ in range(5)))

        assert len({each.id for each in sent}) == 1
        with pytest.raises(IdempotencyKeyReused):
            await answer(world, token, "Ho", "k1")


class TestUnread:
    @pytest.mark.fidelity("conversations.candidate.unread")
    async def test_counts_what_the_employer_said_and_left(self, world: World) -> None:
        """
        Not one's own, not what is behind the mark, not what was taken back.
        """
        token = await begin(world)
        door = world.conversations.candidates
        async with world.database.read() as reader:
            thread = (await door.read(reader, token)).id
        await answer(world, token, "mine")
        oops = await say(world, world.acme_caller, thread, "oops")
        fresh = await unread(world, token)
        async with world.database.unit() as uow:
            await world.conversations.delete(uow, world.acme_caller, oops.id)
        taken_back = await unread(world, token)
        async with world.database.unit() as uow:
            await door.mark_read(uow, token)
        read = await unread(world, token)
        await say(world, world.acme_caller, thread, "news")

        assert (fresh, taken_back, read, await unread(world, token)) == (2, 1, 0, 1)

    async def test_marks_only_its_own_messages(self, world: World) -> None:
        """
        A message of another thread is none, and nobody is told.
        """
        token = await begin(world)
        there = await hear(world, world.thread.id)
        told = await world.told()

        with pytest.raises(NoSuchMessage):
            async with world.database.unit() as uow:
                await world.conversations.candidates.mark_read(uow, token, there.id)

        assert await world.told() == told
        assert await unread(world, token) == 1


class TestCost:
    @pytest.mark.parametrize("app_id", [None, "an app"])
    async def test_a_key_is_found_by_an_index(
        self, fast_world: World, app_id: str | None
    ) -> None:
        """
        However long the thread is, and whoever wrote: the unique index has the key.
        """
        spy = Spy()
        await store.message_by_key(spy, fast_world.thread.id, app_id=app_id, key="a1")

        async with fast_world.database.read() as reader:
            plan = await reader.all(
                lambda *row: str(row[3]), f"EXPLAIN QUERY PLAN {spy.sql}", **spy.params
            )

        assert "(conversation_id=? AND app_id=? AND idempotency_key=?)" in plan[0]
