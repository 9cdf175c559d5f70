"""How far everybody has read, and what that leaves unread, on both databases."""

import asyncio
from uuid import UUID

import pytest

from hirewire.conversations.errors import NoSuchConversation, NoSuchMessage
from hirewire.kit.caller import MissingScope
from tests.conversations.acts import hear, mark, people, say, unread
from tests.conversations.world import World


class TestMarks:
    @pytest.mark.fidelity("conversations.mark-read", "conversations.unread")
    async def test_what_is_behind_my_mark_is_unread(self, world: World) -> None:
        """
        The candidate's messages count, the employer's own do not.
        """
        pat = world.caller(person=world.pat, employer=world.acme)
        heard = [await hear(world, world.thread.id) for _ in range(3)]
        await say(world, world.acme_caller, world.thread.id)
        before = await unread(world, pat, world.thread.id)

        await mark(world, pat, world.thread.id, heard[1].id)
        between = await unread(world, pat, world.thread.id)
        await mark(world, pat, world.thread.id)
        after = await unread(world, pat, world.thread.id)

        assert (before, between, after) == (3, 1, 0)
        assert (await world.told())[-2:] == ["read", "read"]

    @pytest.mark.fidelity("conversations.mark-read.own-marker")
    async def test_everybody_has_a_mark_of_their_own(self, world: World) -> None:
        """
        An app's is its own, a person's is theirs through any app.
        """
        pat = world.caller(person=world.pat, employer=world.acme)
        elsewhere = world.caller(app=world.globex_app, person=world.pat)
        await hear(world, world.thread.id)

        await mark(world, pat, world.thread.id)

        assert await unread(world, pat, world.thread.id) == 0
        assert await unread(world, elsewhere, world.thread.id) == 0
        assert await unread(world, world.acme_caller, world.thread.id) == 1

    @pytest.mark.fidelity("conversations.mark-read.monotonic")
    async def test_a_mark_never_goes_back(self, world: World) -> None:
        """
        What was read stays read, and nobody is told of nothing new.
        """
        first, last = [await hear(world, world.thread.id) for _ in range(2)]
        await mark(world, world.acme_caller, world.thread.id, last.id)
        told = await world.told()

        await mark(world, world.acme_caller, world.thread.id, first.id)
        await mark(world, world.acme_caller, world.thread.id)

        assert await unread(world, world.acme_caller, world.thread.id) == 0
        assert await world.told() == told

    async def test_an_empty_thread_is_read_without_a_mark(self, world: World) -> None:
        """
        There is nothing to mark, and nobody is told.
        """
        await mark(world, world.acme_caller, world.thread.id)

        assert await world.told() == []

    async def test_shows_how_far_participants_have_read(self, world: World) -> None:
        """
        A participant's mark names the message.
        """
        pat = world.caller(person=world.pat, employer=world.acme)
        heard = await hear(world, world.thread.id)
        await say(world, pat, world.thread.id)

        await mark(world, pat, world.thread.id, heard.id)

        assert (await people(world, world.thread))["Pat Doe"].read_up_to == heard.id

    async def test_refuses_foreign_threads_and_messages(self, world: World) -> None:
        """
        Foreign and unknown ones alike; the read scope does not mark.
        """
        there = await hear(world, world.globex_thread.id)
        reader = world.caller(employer=world.acme, scopes=frozenset({"conversations.read"}))
        told = await world.told()

        for thread in (world.globex_thread.id, UUID(int=9)):
            with pytest.raises(NoSuchConversation):
                await mark(world, world.acme_caller, thread)
        for message in (there.id, UUID(int=9)):
            with pytest.raises(NoSuchMessage):
                await mark(world, world.acme_caller, world.thread.id, message)
        with pytest.raises(MissingScope):
            await mark(world, reader, world.thread.id)

        assert await world.told() == told


class TestAtOnce:
    @pytest.mark.fidelity("conversations.unread")
    async def test_counts_stay_exact(self, world: World) -> None:
        """
        Whoever writes and marks at once: unread is what came behind the mark.
        """
        pat = world.caller(person=world.pat, employer=world.acme)

        await asyncio.gather(
            *(hear(world, world.thread.id) for _ in range(8)),
            *(say(world, pat, world.thread.id) for _ in range(8)),
            *(mark(world, pat, world.thread.id) for _ in range(8)),
        )

        async with world.database.read() as reader:
            rows = await reader.all(
                lambda position, side, seq: (position, side, seq),
                "SELECT position, side, candidate_seq FROM conversation_messages"
                " WHERE conversation_id = :id ORDER BY position",
                id=world.thread.id,
            )
            place = await reader.value(
                "SELECT coalesce(max(position), 0) FROM conversation_marks"
                " WHERE conversation_id = :id",
                id=world.thread.id,
            )
        assert [row[0] for row in rows] == list(range(1, 17))
        sides = [side == "CANDIDATE" for _, side, _ in rows]
        assert [seq for *_, seq in rows] == [sum(sides[: n + 1]) for n in range(16)]
        assert await unread(world, pat, world.thread.id) == sum(sides[place:])
        assert list(await people(world, world.thread)) == ["Pat Doe"]

    async def test_racing_marks_end_at_the_furthest(self, world: World) -> None:
        """
        The furthest wins, in whatever order they commit.
        """
        heard = [await hear(world, world.thread.id) for _ in range(6)]

        await asyncio.gather(
            *(mark(world, world.acme_caller, world.thread.id, each.id) for each in heard)
        )

        assert await unread(world, world.acme_caller, world.thread.id) == 0
