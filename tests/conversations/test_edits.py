"""What becomes of messages that are edited and taken back, on both databases."""

from datetime import timedelta
from uuid import UUID

import pytest

from hirewire.conversations.attachments import Attachment
from hirewire.conversations.errors import (
    BadMessageText,
    IdempotencyKeyReused,
    MessageDeleted,
    NoSuchMessage,
    NotYourMessage,
)
from hirewire.conversations.model import Draft, Message
from hirewire.conversations.windows import Window
from hirewire.kit.caller import Caller, MissingScope
from hirewire.kit.clock import MovableClock
from tests.conversations.acts import hear, say
from tests.conversations.world import World

PDF = Attachment(
    name="offer.pdf",
    url="https://files.example/offer.pdf",
    media_type="application/pdf",
    size_bytes=2048,
)


async def edit(world: World, caller: Caller, id: UUID, text: str) -> Message:
    """Edit as *caller*."""
    async with world.database.unit() as uow:
        return await world.conversations.edit(uow, caller, id, text)


async def delete(world: World, caller: Caller, id: UUID) -> Message:
    """Delete as *caller*."""
    async with world.database.unit() as uow:
        return await world.conversations.delete(uow, caller, id)


async def kept(world: World) -> list[Message]:
    """Read Acme's thread."""
    async with world.database.read() as reader:
        thread = await world.conversations.read(reader, world.acme_caller, world.thread.id)
        page = await world.conversations.messages(reader, thread, Window())
    return list(page.messages)


class TestEdit:
    @pytest.mark.fidelity("conversations.edit")
    async def test_says_something_else(self, world: World, clock: MovableClock) -> None:
        """
        The text is the new one, the revision counts, and the place and time stay.
        """
        sent = await say(world, world.acme_caller, world.thread.id, "Helo")
        await clock.advance(timedelta(minutes=1))

        edited = await edit(world, world.acme_caller, sent.id, "Hello")
        again = await edit(world, world.acme_caller, sent.id, "Hello")

        assert (edited.text, edited.revision, edited.edited_at) == ("Hello", 1, clock.now())
        assert (edited.position, edited.sent_at) == (sent.position, sent.sent_at)
        assert again == edited
        assert await kept(world) == [edited]
        assert await world.told() == ["message_sent", "message_edited"]

    @pytest.mark.fidelity("conversations.edit.author-only")
    async def test_is_the_authors_alone(self, world: World) -> None:
        """
        Neither the app for a person, nor a person for the app, nor anybody for the candidate.
        """
        app = world.acme_caller
        pat = world.caller(person=world.pat, employer=world.acme)
        of_app = await say(world, app, world.thread.id, "app")
        of_pat = await say(world, pat, world.thread.id, "pat")
        of_candidate = await hear(world, world.thread.id, "candidate")
        told = await world.told()

        for caller, message in (
            (pat, of_app),
            (app, of_pat),
            (app, of_candidate),
            (pat, of_candidate),
        ):
            with pytest.raises(NotYourMessage):
                await edit(world, caller, message.id, "forged")
            with pytest.raises(NotYourMessage):
                await delete(world, caller, message.id)

        assert await world.texts(world.thread.id) == ["app", "pat", "candidate"]
        assert await world.told() == told

    async def test_a_person_edits_through_any_app(self, world: World) -> None:
        """
        A message is the person's, whatever they wrote it with.
        """
        pat = world.caller(person=world.pat, employer=world.acme)
        elsewhere = world.caller(app=world.globex_app, person=world.pat)
        sent = await say(world, pat, world.thread.id, "Helo")

        edited = await edit(world, elsewhere, sent.id, "Hello")

        assert edited.text == "Hello"

    @pytest.mark.fidelity("conversations.messages.unknown-is-forbidden")
    async def test_foreign_and_unknown_are_alike(self, world: World) -> None:
        """
        Nobody learns whether another employer's message exists.
        """
        there = await hear(world, world.globex_thread.id, "there")
        said = set()

        for unseen in (there.id, UUID(int=9)):
            for change in (
                edit(world, world.acme_caller, unseen, "x"),
                delete(world, world.acme_caller, unseen),
            ):
                with pytest.raises(NoSuchMessage) as refusal:
                    await change
                said.add(str(refusal.value))

        assert len(said) == 1
        assert await world.texts(world.globex_thread.id) == ["there"]

    async def test_refuses_what_is_no_text_and_who_only_reads(self, world: World) -> None:
        """
        Nothing changes, and nobody is told.
        """
        sent = await say(world, world.acme_caller, world.thread.id, "Hello")
        reader = world.caller(employer=world.acme, scopes=frozenset({"conversations.read"}))

        with pytest.raises(BadMessageText):
            await edit(world, world.acme_caller, sent.id, " ")
        with pytest.raises(MissingScope):
            await edit(world, reader, sent.id, "Bye")

        assert await kept(world) == [sent]
        assert await world.told() == ["message_sent"]


class TestDelete:
    @pytest.mark.fidelity("conversations.delete")
    async def test_leaves_a_place(self, world: World, clock: MovableClock) -> None:
        """
        The text and what was attached are gone for good; places and cursors stay.
        """
        draft = Draft(text="Oops", attachments=(PDF,))
        async with world.database.unit() as uow:
            sent = await world.conversations.send(
                uow, world.acme_caller, world.thread.id, draft
            )
        after = await say(world, world.acme_caller, world.thread.id, "Hello")

        gone = await delete(world, world.acme_caller, sent.id)
        again = await delete(world, world.acme_caller, sent.id)

        assert (gone.text, gone.attachments, gone.deleted_at) == (None, (), clock.now())
        assert again == gone
        assert await kept(world) == [gone, after]
        assert await world.texts(world.thread.id) == ["", "Hello"]
        assert await world.told() == ["message_sent", "message_sent", "message_deleted"]
        with pytest.raises(MessageDeleted):
            await edit(world, world.acme_caller, sent.id, "Back")

    @pytest.mark.fidelity("conversations.send.idempotency-key")
    async def test_a_key_outlives_edits_and_deletes(self, world: World) -> None:
        """
        What was sent first decides what repeats it; attachments count.
        """
        draft = Draft(text="Hello", idempotency_key="k1", attachments=(PDF,))

        async def send(what: Draft) -> Message:
            async with world.database.unit() as uow:
                return await world.conversations.send(
                    uow, world.acme_caller, world.thread.id, what
                )

        sent = await send(draft)
        edited = await edit(world, world.acme_caller, sent.id, "Bye")
        while_edited = await send(draft)
        gone = await delete(world, world.acme_caller, sent.id)
        while_gone = await send(draft)

        assert (while_edited, while_gone) == (edited, gone)
        for other in (
            Draft(text="Bye", idempotency_key="k1", attachments=(PDF,)),
            Draft(text="Hello", idempotency_key="k1"),
        ):
            with pytest.raises(IdempotencyKeyReused):
                await send(other)
        assert len(await kept(world)) == 1
