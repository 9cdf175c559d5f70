"""Who takes part in threads, on both databases."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from hirewire.accounts.model import Person, RegisterPerson, Role
from hirewire.conversations.errors import (
    NoSuchConversation,
    NotAMember,
    NotYoursToManage,
    TooManyParticipants,
)
from hirewire.conversations.facts import ParticipantAdded
from hirewire.conversations.model import Conversation, ParticipantRole
from hirewire.conversations.people.listener import leavers_listener
from hirewire.kit.caller import Caller
from hirewire.kit.clock import MovableClock
from hirewire.runtime.bus.memory import MemoryBus
from hirewire.runtime.log import Listeners
from tests.conversations.acts import people, say, start
from tests.conversations.world import World
from tests.fixtures.background import all_done, in_background

OWNER, MEMBER = ParticipantRole.OWNER, ParticipantRole.MEMBER


async def member(world: World, name: str, role: Role = Role.RECRUITER) -> Person:
    """Have one more person act for Acme."""
    async with world.database.unit() as uow:
        person = await world.accounts.register_person(
            uow, RegisterPerson(name=name, email=f"{name.lower()}@acme.example")
        )
        await world.accounts.join(uow, person.id, world.acme.id, role)
    return person


async def add(
    world: World,
    caller: Caller,
    thread: Conversation,
    email: str,
    role: ParticipantRole | None = None,
) -> None:
    """Have somebody take part."""
    async with world.database.unit() as uow:
        await world.conversations.add_participant(
            uow, caller, thread.id, email=email, role=role
        )


async def remove(world: World, caller: Caller, thread: Conversation, who: UUID) -> None:
    """Have somebody take part no more."""
    async with world.database.unit() as uow:
        await world.conversations.remove_participant(uow, caller, thread.id, who)


async def roles(world: World, thread: Conversation) -> dict[str, ParticipantRole]:
    """Say who takes part as what."""
    return {name: each.role for name, each in (await people(world, thread)).items()}


def listeners_of(world: World, clock: MovableClock) -> Listeners:
    """Make what removes those who leave."""
    leavers = leavers_listener(world.accounts)
    return Listeners(world.database, MemoryBus(), clock, (leavers,), None)


@pytest.fixture
async def listeners(world: World, clock: MovableClock) -> AsyncIterator[Listeners]:
    """What removes those who leave an employer."""
    found = listeners_of(world, clock)
    clock.on_step.append(found.idle)
    async with in_background(found.run()):
        yield found


class TestTakingPart:
    @pytest.mark.fidelity("conversations.participants")
    async def test_who_writes_becomes_a_member(self, world: World) -> None:
        """
        Once, however much they write; an app is nobody who takes part.
        """
        pat = world.caller(person=world.pat, employer=world.acme)

        for caller in (pat, pat, world.acme_caller):
            await say(world, caller, world.thread.id)

        assert await roles(world, world.thread) == {"Pat Doe": MEMBER}
        assert (await world.told()).count("participant_added") == 1

    @pytest.mark.fidelity("conversations.participants.add")
    async def test_members_are_added_by_address(self, world: World) -> None:
        """
        In any case of letters; whoever takes part already, stays so.
        """
        lee = await member(world, "Lee")
        pat = world.caller(person=world.pat, employer=world.acme)

        await add(world, pat, world.thread, "LEE@acme.example")
        await add(world, pat, world.thread, lee.email)

        assert await roles(world, world.thread) == {"Lee": MEMBER}
        assert await world.told() == ["participant_added"]

    @pytest.mark.fidelity("conversations.participants.keep-role")
    async def test_who_takes_part_already_keeps_their_role(self, world: World) -> None:
        """
        Where none is said, whoever adds them: an owner stays one, and nobody is told.
        """
        pat = world.caller(person=world.pat, employer=world.acme)
        lee = await member(world, "Lee")
        thread = (await start(world, pat)).conversation
        told = await world.told()

        await add(world, world.caller(person=lee), thread, world.pat.email)
        await add(world, pat, thread, world.pat.email)
        kept = await roles(world, thread)
        untold = await world.told()
        await add(world, pat, thread, world.pat.email, MEMBER)

        assert kept == {"Pat Doe": OWNER}
        assert untold == told
        assert await roles(world, thread) == {"Pat Doe": MEMBER}

    @pytest.mark.fidelity("conversations.participants.members-only")
    async def test_others_are_not(self, world: World) -> None:
        """
        Whether somebody has an account, and elsewhere, nobody learns.
        """
        unknown = ("nobody@example.com", "no address", "nul\0@example.com", "\ud800@a.example")
        said = set()

        for email in (world.sam.email, *unknown):
            with pytest.raises(NotAMember) as refusal:
                await add(world, world.acme_caller, world.thread, email)
            said.add(str(refusal.value))

        assert len(said) == 1
        assert await roles(world, world.thread) == {}
        assert await world.told() == []

    async def test_foreign_and_unknown_threads_are_alike(self, world: World) -> None:
        """
        Neither is added to nor taken from.
        """
        foreign = world.globex_thread
        unknown = replace(foreign, id=UUID(int=9))

        for thread in (foreign, unknown):
            with pytest.raises(NoSuchConversation):
                await add(world, world.acme_caller, thread, world.pat.email)
            with pytest.raises(NoSuchConversation):
                await remove(world, world.acme_caller, thread, world.pat.id)

        assert await world.told() == []

    async def test_a_hundred_take_part(self, world: World) -> None:
        """
        The next one is refused, though they may still write.
        """
        async with world.database.unit() as uow:
            for number in range(100):
                await uow.run(
                    "INSERT INTO conversation_participants VALUES"
                    " (:thread, :person, :employer, 'MEMBER', :at)",
                    thread=world.thread.id,
                    person=UUID(int=number),
                    employer=world.acme.id,
                    at=uow.now,
                )

        with pytest.raises(TooManyParticipants):
            await add(world, world.acme_caller, world.thread, world.pat.email)

        assert await world.told() == []


class TestManaging:
    @pytest.mark.fidelity("conversations.participants.manage")
    async def test_owners_admins_and_apps_manage(self, world: World) -> None:
        """
        They make owners and remove others; members cannot.
        """
        pat = world.caller(person=world.pat, employer=world.acme)
        lee, kim = await member(world, "Lee"), await member(world, "Kim")
        ada = await member(world, "Ada", Role.ADMIN)
        lees = world.caller(person=lee, employer=world.acme)
        adas = world.caller(person=ada, employer=world.acme)
        thread = (await start(world, pat)).conversation
        await add(world, lees, thread, lee.email)
        await add(world, lees, thread, kim.email)

        for bad in (
            add(world, lees, thread, lee.email, OWNER),
            add(world, lees, thread, world.pat.email, MEMBER),
            remove(world, lees, thread, kim.id),
        ):
            with pytest.raises(NotYoursToManage):
                await bad
        before = await roles(world, thread)
        await add(world, adas, thread, lee.email, OWNER)
        await remove(world, lees, thread, kim.id)
        await remove(world, world.acme_caller, thread, world.pat.id)

        assert before == {"Pat Doe": OWNER, "Lee": MEMBER, "Kim": MEMBER}
        assert await roles(world, thread) == {"Lee": OWNER}

    @pytest.mark.fidelity("conversations.participants.remove")
    async def test_everybody_may_go(self, world: World) -> None:
        """
        Going twice changes nothing; who writes again is back.
        """
        pat = world.caller(person=world.pat, employer=world.acme)
        await say(world, pat, world.thread.id)

        await remove(world, pat, world.thread, world.pat.id)
        await remove(world, pat, world.thread, world.pat.id)
        gone = await roles(world, world.thread)
        await say(world, pat, world.thread.id)

        assert gone == {}
        assert await roles(world, world.thread) == {"Pat Doe": MEMBER}
        assert (await world.told()).count("participant_removed") == 1


class TestLeaving:
    @pytest.mark.fidelity("conversations.participants.leavers")
    async def test_who_leaves_the_employer_takes_part_no_more(
        self, world: World, clock: MovableClock, listeners: Listeners
    ) -> None:
        """
        In none of its threads; another employer's stay as they are.
        """
        pat = world.caller(person=world.pat)
        for thread in (world.thread, world.globex_thread):
            await say(world, pat, thread.id)
        await clock.advance(timedelta(minutes=1))

        async with world.database.unit() as uow:
            await world.accounts.leave(uow, world.pat.id, world.acme.id)
        await all_done(world.database, listeners)

        assert await roles(world, world.thread) == {}
        assert await roles(world, world.globex_thread) == {"Pat Doe": MEMBER}
        assert (await world.told())[-1] == "participant_removed"
        with pytest.raises(NoSuchConversation):
            await say(world, pat, world.thread.id)

    async def test_what_is_joined_by_a_clock_ahead_is_left_too(
        self, world: World, listeners: Listeners
    ) -> None:
        """
        Who is no member takes part in nothing, whatever time was noted.
        """
        pat = world.caller(person=world.pat)
        await say(world, pat, world.thread.id)
        async with world.database.unit() as uow:
            await uow.run(
                "UPDATE conversation_participants SET added_at = :ahead",
                ahead=uow.now + timedelta(minutes=5),
            )
            await world.accounts.leave(uow, world.pat.id, world.acme.id)

        await all_done(world.database, listeners)

        assert await roles(world, world.thread) == {}

    async def test_who_comes_back_keeps_what_they_joined_since(
        self, world: World, clock: MovableClock
    ) -> None:
        """
        Also where it is heard of only then that they had left; what they had before is lost.
        """
        pat = world.caller(person=world.pat, employer=world.acme)
        fresh = (await start(world, world.acme_caller)).conversation
        await say(world, pat, world.thread.id)
        await clock.advance(timedelta(minutes=1))
        async with world.database.unit() as uow:
            await world.accounts.leave(uow, world.pat.id, world.acme.id)
        await clock.advance(timedelta(minutes=1))
        async with world.database.unit() as uow:
            await world.accounts.join(uow, world.pat.id, world.acme.id, Role.MEMBER)
        await say(world, pat, fresh.id)
        late = listeners_of(world, clock)

        async with in_background(late.run()):
            await all_done(world.database, late)

        assert await roles(world, world.thread) == {}
        assert await roles(world, fresh) == {"Pat Doe": MEMBER}

    async def test_who_joined_while_they_left_is_found(
        self, world: World, clock: MovableClock, listeners: Listeners
    ) -> None:
        """
        A participant that is no member when it is told of is removed.
        """
        lee = await member(world, "Lee")
        await all_done(world.database, listeners)
        async with world.database.unit() as uow:
            await world.accounts.leave(uow, lee.id, world.acme.id)
        await all_done(world.database, listeners)
        async with world.database.unit() as uow:
            await uow.run(
                "INSERT INTO conversation_participants VALUES"
                " (:thread, :person, :employer, 'MEMBER', :at)",
                thread=world.thread.id,
                person=lee.id,
                employer=world.acme.id,
                at=uow.now,
            )

        async with world.database.unit() as uow:
            uow.tell(
                ParticipantAdded(
                    employer_id=world.acme.id,
                    conversation_id=world.thread.id,
                    person_id=lee.id,
                    role=MEMBER,
                    at=uow.now,
                )
            )
        await all_done(world.database, listeners)

        assert await roles(world, world.thread) == {}
