"""Typing: who may say that they type, how often that is passed on, and that nothing is kept."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from hirewire.conversations.errors import NoSuchConversation
from hirewire.conversations.model import Side
from hirewire.conversations.typing import Signal, Typing
from hirewire.kit.caller import Caller, MissingScope, Unauthenticated
from hirewire.kit.clock import MovableClock
from tests.conversations.acts import link
from tests.conversations.conversing import Api, codes, conversation_id, serve
from tests.conversations.test_conversations_graphql import SEND
from tests.conversations.world import World

INDICATE: Final = """
    mutation Indicate($input: IndicateTypingInput!) {
      indicateTyping(input: $input) { conversation { id subject } }
    }
"""
READ_ONLY: Final = frozenset({"conversations.read"})


class Room:
    """What is told of those who type in a world."""

    def __init__(self, world: World, clock: MovableClock, *, most_known: int = 100) -> None:
        self.world = world
        self.heard: list[Signal] = []
        self.typing = Typing(
            conversations=world.conversations,
            clock=clock,
            tell=self.heard.append,
            most_known=most_known,
        )

    async def type(self, caller: Caller, thread: UUID) -> None:
        """Say that *caller* types."""
        async with self.world.database.read() as reader:
            await self.typing.indicate(reader, caller, thread)

    async def type_by_link(self, token: str) -> None:
        """Say that the candidate does."""
        async with self.world.database.read() as reader:
            await self.typing.indicate_by_link(reader, token)

    async def rows(self) -> list[int]:
        """Count what there is on record that a change would add to."""
        tables = ("facts", "tasks", "conversation_participants", "conversation_marks")
        async with self.world.database.read() as reader:
            return [await reader.value(f"SELECT count(*) FROM {each}") for each in tables]


@pytest.fixture
async def api(fast_world: World, clock: MovableClock) -> AsyncIterator[Api]:
    """The slice's part alone behind the real transport."""
    async with serve(fast_world, clock) as found:
        yield found


def input_of(thread: UUID) -> dict[str, Any]:
    """Spell the input of the mutation."""
    return {"conversationId": conversation_id(thread)}


class TestSignal:
    @pytest.mark.fidelity("typing.indicate", "typing.not-stored")
    async def test_says_who_types_and_keeps_nothing(
        self, world: World, clock: MovableClock
    ) -> None:
        """
        A person by the name that their messages have, an app by its own, and the candidate.
        """
        room, thread = Room(world, clock), world.thread
        token = await link(world, thread.id)
        before = await room.rows()

        await room.type(world.caller(person=world.pat, employer=world.acme), thread.id)
        await room.type(world.acme_caller, thread.id)
        await room.type_by_link(token)

        where = {"employer_id": world.acme.id, "conversation_id": thread.id}
        assert room.heard == [
            Signal(**where, side=Side.EMPLOYER, name="Pat Doe", person_id=world.pat.id),
            Signal(**where, side=Side.EMPLOYER, name="Acme ATS"),
            Signal(**where, side=Side.CANDIDATE, name="Robin Reyes"),
        ]
        assert await room.rows() == before

    @pytest.mark.fidelity("typing.refused")
    async def test_is_refused_as_a_message_would_be(
        self, fast_world: World, clock: MovableClock
    ) -> None:
        """
        Nobody hears of who may not write, or of a link that leads nowhere.
        """
        world, room = fast_world, Room(fast_world, clock)
        gone = world.caller(person=world.pat, employer=world.acme)
        async with world.database.unit() as uow:
            await world.accounts.leave(uow, world.pat.id, world.acme.id)

        with pytest.raises(MissingScope):
            await room.type(
                world.caller(employer=world.acme, scopes=READ_ONLY), world.thread.id
            )
        for caller in (gone, world.caller(app=world.globex_app, employer=world.globex)):
            with pytest.raises(NoSuchConversation):
                await room.type(caller, world.thread.id)
        with pytest.raises(NoSuchConversation):
            await room.type(world.acme_caller, UUID(int=1))
        with pytest.raises(NoSuchConversation):
            await room.type_by_link("A" * 32)

        assert room.heard == []

    @pytest.mark.fidelity("typing.refused")
    async def test_is_refused_to_an_app_that_is_gone(
        self, fast_world: World, clock: MovableClock
    ) -> None:
        """
        Its token outlived it; that is found out each time, also within the three seconds.
        """
        world, room = fast_world, Room(fast_world, clock)
        caller = Caller(
            app_id="gone",
            scopes=world.acme_caller.scopes,
            expires_at=world.acme_caller.expires_at,
            employer_id=world.acme.id,
        )

        for _ in range(2):
            with pytest.raises(Unauthenticated):
                await room.type(caller, world.thread.id)

        assert room.heard == []


class TestThrottle:
    @pytest.mark.fidelity("typing.throttled")
    async def test_passes_each_on_every_three_seconds(
        self, fast_world: World, clock: MovableClock
    ) -> None:
        """
        In one thread; others, and the same one elsewhere, are passed on meanwhile.
        """
        world, room = fast_world, Room(fast_world, clock)
        pat = world.caller(person=world.pat)
        await room.type(pat, world.thread.id)
        await clock.advance(timedelta(seconds=2, milliseconds=999))

        for caller, thread in (
            (pat, world.thread.id),
            (world.acme_caller, world.thread.id),
            (pat, world.globex_thread.id),
        ):
            await room.type(caller, thread)
        await clock.advance(timedelta(milliseconds=1))
        await room.type(pat, world.thread.id)

        told = [(each.name, each.conversation_id) for each in room.heard]
        assert told == [
            ("Pat Doe", world.thread.id),
            ("Acme ATS", world.thread.id),
            ("Pat Doe", world.globex_thread.id),
            ("Pat Doe", world.thread.id),
        ]

    @pytest.mark.fidelity("typing.throttled")
    async def test_knows_the_latest_alone(self, fast_world: World, clock: MovableClock) -> None:
        """
        Who was told of longest ago is forgotten, and told of once more.
        """
        world, room = fast_world, Room(fast_world, clock, most_known=1)
        pat = world.caller(person=world.pat)

        for thread in (world.thread, world.globex_thread, world.globex_thread, world.thread):
            await room.type(pat, thread.id)

        told = [each.conversation_id for each in room.heard]
        assert told == [world.thread.id, world.globex_thread.id, world.thread.id]


class TestIndicateTyping:
    @pytest.mark.fidelity("typing.throttled")
    async def test_is_told_at_once_after_a_message(self, api: Api, fast_world: World) -> None:
        """
        Who hears took them for done, so what they type next is news; others are not.
        """
        world = fast_world
        pat, app = world.caller(person=world.pat, employer=world.acme), world.acme_caller
        here = input_of(world.thread.id)
        for each in (pat, app, pat, app):
            await api.ask(each, INDICATE, input=here)

        await api.ask(pat, SEND, input=here | {"text": "Hello"})
        for each in (pat, app, pat):
            await api.ask(each, INDICATE, input=here)

        assert [each.name for each in api.typed] == ["Pat Doe", "Acme ATS", "Pat Doe"]

    @pytest.mark.fidelity("typing.indicate", "typing.throttled", "typing.not-stored")
    async def test_answers_the_thread(self, api: Api, fast_world: World) -> None:
        """
        Also where it is said again too soon, which is told to nobody.
        """
        world = fast_world
        pat = world.caller(person=world.pat, employer=world.acme)
        told = await world.told()

        answers = [
            await api.ask(pat, INDICATE, input=input_of(world.thread.id)) for _ in range(2)
        ]

        shown = {"id": conversation_id(world.thread.id), "subject": "Baker"}
        assert answers == [{"data": {"indicateTyping": {"conversation": shown}}}] * 2
        assert [each.person_id for each in api.typed] == [world.pat.id]
        assert await world.told() == told

    @pytest.mark.fidelity("typing.not-stored")
    async def test_waits_for_nobody_who_writes(self, api: Api, fast_world: World) -> None:
        """
        On SQLite all units of work share one writer, and this needs none.
        """
        world = fast_world
        async with world.database.unit() as uow:
            await uow.run("UPDATE employers SET name = name")
            answer = await api.ask(world.acme_caller, INDICATE, input=input_of(world.thread.id))

        assert "errors" not in answer
        assert len(api.typed) == 1

    @pytest.mark.fidelity("typing.refused")
    async def test_is_refused_as_sending_is(self, api: Api, fast_world: World) -> None:
        """
        Without a token, without the scope, and in a thread that is another's or is none.
        """
        world, path = fast_world, ["indicateTyping"]
        here, there = input_of(world.thread.id), input_of(world.globex_thread.id)
        reader = world.caller(employer=world.acme, scopes=READ_ONLY)
        nonsense = {"conversationId": "nonsense"}

        answers = [
            await api.ask(None, INDICATE, input=here),
            await api.ask(reader, INDICATE, input=here),
            await api.ask(world.acme_caller, INDICATE, input=there),
            await api.ask(world.acme_caller, INDICATE, input=nonsense),
        ]

        assert [codes(each) for each in answers] == [
            [("UNAUTHENTICATED", path)],
            [("FORBIDDEN", path)],
            [("FORBIDDEN", path)],
            [("BAD_USER_INPUT", path)],
        ]
        assert api.typed == []
