"""What callers may do with threads, and what is kept of it, on both databases."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from hirewire.conversations.errors import (
    BadPageSize,
    IdempotencyKeyReused,
    NoSuchConversation,
)
from hirewire.conversations.model import Draft, Message, MessagePage, Sender, Side
from hirewire.conversations.windows import Window
from hirewire.kit.caller import Caller, MissingScope, Unauthenticated
from hirewire.kit.clock import MovableClock
from hirewire.kit.cursors import BadCursor, Cursor
from tests.conversations.world import World


async def say(world: World, text: str, key: str | None = None) -> Message:
    """Let Acme's app write in Acme's thread."""
    return await say_as(world, world.acme_caller, text, key)


async def say_as(world: World, caller: Caller, text: str, key: str | None = None) -> Message:
    """Write in Acme's thread."""
    draft = Draft(text=text, idempotency_key=key)
    async with world.database.unit() as uow:
        return await world.conversations.send(uow, caller, world.thread.id, draft)


async def page(world: World, *, first: int = 50, after: str | None = None) -> MessagePage:
    """Read some of Acme's thread."""
    async with world.database.read() as reader:
        thread = await world.conversations.read(reader, world.acme_caller, world.thread.id)
        return await world.conversations.messages(
            reader, thread, Window(first=first, after=after)
        )


def cursor(message: Message) -> str:
    """Spell the place of a message."""
    return str(Cursor(message.id, message.position))


class TestSend:
    async def test_keeps_what_an_app_says(self, world: World, clock: MovableClock) -> None:
        """
        A message has its thread, its place, its sender and its time, and one fact.
        """
        message = await say(world, "Hello Robin")

        assert message == Message(
            id=message.id,
            conversation_id=world.thread.id,
            position=1,
            candidate_seq=0,
            sender=Sender(side=Side.EMPLOYER, name="Acme ATS", app_id=world.acme_app.id),
            text="Hello Robin",
            sent_at=clock.now(),
        )
        assert (await page(world)).messages == [message]
        assert await world.facts() == ["conversation.message_sent"]

    async def test_names_the_person_who_writes(self, world: World) -> None:
        """
        A person's token writes under the person's name, through the app.
        """
        caller = world.caller(person=world.pat, employer=world.acme)

        message = await say_as(world, caller, "Hello")

        assert message.sender == Sender(
            side=Side.EMPLOYER,
            name="Pat Doe",
            person_id=world.pat.id,
            app_id=world.acme_app.id,
        )

    async def test_the_candidate_answers(self, world: World) -> None:
        """
        What the candidate says stands in the same thread, behind what was said.
        """
        await say(world, "Hello Robin")
        async with world.database.unit() as uow:
            answer = await world.conversations.receive(uow, world.thread.id, "Hello Acme")

        assert answer.sender == Sender(side=Side.CANDIDATE, name="Robin Reyes")
        assert answer.position == 2
        assert await world.texts(world.thread.id) == ["Hello Robin", "Hello Acme"]
        assert await world.facts() == ["conversation.message_sent"] * 2

    async def test_nobody_answers_in_no_thread(self, world: World) -> None:
        """
        An unknown thread takes no candidate's message.
        """
        with pytest.raises(NoSuchConversation):
            async with world.database.unit() as uow:
                await world.conversations.receive(uow, UUID(int=9), "Hello?")

        assert await world.facts() == []

    async def test_writers_at_once_take_turns(self, world: World) -> None:
        """
        Messages sent at the same moment get places without a gap or a double.
        """
        sent = await asyncio.gather(*(say(world, f"message {n}") for n in range(6)))

        assert sorted(message.position for message in sent) == [1, 2, 3, 4, 5, 6]
        by_place = sorted(sent, key=lambda message: message.position)
        assert [m.text for m in by_place] == await world.texts(world.thread.id)


class TestWhoMayWrite:
    @pytest.mark.fidelity("conversations.send.unknown-is-forbidden")
    @pytest.mark.parametrize("who", ["other employer", "person without", "app without"])
    async def test_foreign_threads_are_refused(self, world: World, who: str) -> None:
        """
        Whoever may not see a thread is told what they would be told of none.
        """
        callers = {
            "other employer": world.caller(app=world.globex_app, employer=world.globex),
            "person without": world.caller(person=world.sam),
            "app without": world.caller(),
        }

        with pytest.raises(NoSuchConversation):
            await say_as(world, callers[who], "Let me in")

        assert (await world.texts(world.thread.id), await world.facts()) == ([], [])

    async def test_a_persons_token_without_employer_reaches_all_of_theirs(
        self, world: World
    ) -> None:
        """
        Pat acts for Acme, and needs no token that says so.
        """
        message = await say_as(world, world.caller(person=world.pat), "Hello")

        assert message.sender.name == "Pat Doe"

    async def test_reading_is_not_writing(self, world: World) -> None:
        """
        The read scope does not write.
        """
        reader = world.caller(employer=world.acme, scopes=frozenset({"conversations.read"}))

        with pytest.raises(MissingScope) as refusal:
            await say_as(world, reader, "Hello")

        assert refusal.value.scope == "conversations"
        assert (await world.texts(world.thread.id), await world.facts()) == ([], [])

    async def test_an_app_that_is_gone_says_nothing(self, world: World) -> None:
        """
        A token outlives its app for a while, and writes nothing in that time.
        """
        ghost = replace(world.acme_caller, app_id="gone")

        with pytest.raises(Unauthenticated):
            await say_as(world, ghost, "Boo")

        assert (await world.texts(world.thread.id), await world.facts()) == ([], [])


class TestIdempotency:
    @pytest.mark.fidelity("conversations.send.idempotency-key")
    async def test_the_same_again_is_sent_once(self, world: World) -> None:
        """
        The key and its text bring back the message that was sent.
        """
        first = await say(world, "Hello", "k1")

        again = await say(world, "Hello", "k1")

        assert again == first
        assert await world.texts(world.thread.id) == ["Hello"]
        assert await world.facts() == ["conversation.message_sent"]

    async def test_racing_repeats_are_sent_once(self, world: World) -> None:
        """
        Repeats that overlap are one message too.
        """
        sent = await asyncio.gather(*(say(world, "Hello", "k1") for _ in range(5)))

        assert len({message.id for message in sent}) == 1
        assert await world.texts(world.thread.id) == ["Hello"]
        assert await world.facts() == ["conversation.message_sent"]

    @pytest.mark.fidelity("conversations.send.idempotency-key-reused")
    async def test_another_text_is_refused(self, world: World) -> None:
        """
        A key that was used for something else sends nothing.
        """
        await say(world, "Hello", "k1")

        with pytest.raises(IdempotencyKeyReused) as refusal:
            await say(world, "Goodbye", "k1")

        assert refusal.value.key == "k1"
        assert await world.texts(world.thread.id) == ["Hello"]

    async def test_another_person_is_refused(self, world: World) -> None:
        """
        One app's key does not bring one person another person's message.
        """
        await say_as(world, world.caller(person=world.pat, employer=world.acme), "Hi", "k1")

        with pytest.raises(IdempotencyKeyReused):
            await say(world, "Hi", "k1")

        assert await world.texts(world.thread.id) == ["Hi"]

    async def test_another_app_may_use_the_key(self, world: World) -> None:
        """
        Keys are each app's own.
        """
        await say(world, "Hello", "k1")
        other = world.caller(app=world.globex_app, person=world.pat, employer=world.acme)

        await say_as(world, other, "Goodbye", "k1")

        assert await world.texts(world.thread.id) == ["Hello", "Goodbye"]


class TestRead:
    async def test_shows_the_thread(self, world: World) -> None:
        """
        A thread tells whose it is, with whom and about what.
        """
        async with world.database.read() as reader:
            found = await world.conversations.read(reader, world.acme_caller, world.thread.id)

        assert found == world.thread

    async def test_pages_from_end_to_end(self, world: World) -> None:
        """
        Following the cursors meets every message once, in order.
        """
        sent = [await say(world, f"message {n}") for n in range(5)]
        met: list[Message] = []
        after = None
        while (part := await page(world, first=2, after=after)).has_next:
            met += part.messages
            after = cursor(part.messages[-1])
        met += part.messages

        assert met == sent
        assert (part.total, part.skipped, part.has_previous) == (5, 4, True)

    async def test_a_page_behind_the_last_is_empty_until_someone_writes(
        self, world: World
    ) -> None:
        """
        The last cursor is where a reader waits for news.
        """
        last = await say(world, "first")
        before = await page(world, after=cursor(last))

        news = await say(world, "second")
        after = await page(world, after=cursor(last))

        assert (before.messages, before.has_next, before.has_previous) == ([], False, True)
        assert after.messages == [news]

    async def test_refuses_cursors_of_other_threads(self, world: World) -> None:
        """
        A place in another thread, or one that never was, is no place in this one.
        """
        here = await say(world, "here")
        async with world.database.unit() as uow:
            there = await world.conversations.receive(uow, world.globex_thread.id, "there")

        for bad in (cursor(there), str(Cursor(here.id, 7)), "1˙∆", ""):
            with pytest.raises(BadCursor):
                await page(world, after=bad)

    @pytest.mark.parametrize("first", [-1, 0, 101])
    async def test_refuses_page_sizes(self, world: World, first: int) -> None:
        """
        A page has 1 to 100 messages.
        """
        with pytest.raises(BadPageSize):
            await page(world, first=first)

    async def test_lost_members_see_nothing(self, world: World, clock: MovableClock) -> None:
        """
        A person's token without an employer shows what is theirs now, not what was.
        """
        pats = world.caller(person=world.pat)
        await clock.advance(timedelta(minutes=1))
        async with world.database.unit() as uow:
            await world.accounts.leave(uow, world.pat.id, world.acme.id)

        async with world.database.read() as reader:
            kept = await world.conversations.read(reader, pats, world.globex_thread.id)
            with pytest.raises(NoSuchConversation):
                await world.conversations.read(reader, pats, world.thread.id)

        assert kept == world.globex_thread
