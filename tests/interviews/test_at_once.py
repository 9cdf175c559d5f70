"""Tests of changes to one interview at once: on both databases, each sees the one before."""

import asyncio
from datetime import UTC, datetime
from typing import Final

import pytest

from hirewire.interviews.changes import AddInterviewee, AddInterviewers, SetTitle
from hirewire.interviews.errors import HasInterviewee, IsCanceled, TooManyInterviewers
from hirewire.interviews.facts import InterviewTitleChanged
from hirewire.interviews.model import Interview, Invited, NewInterviewee
from hirewire.kit.facts import START
from hirewire.runtime.bus import MemoryBus
from hirewire.runtime.db import UnitOfWork
from hirewire.runtime.log import Log
from tests.fixtures.database import settled
from tests.interviews.world import EMPLOYER, World, app_of

TEN: Final = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
APP: Final = app_of(EMPLOYER)
WRITERS: Final = 8
EACH: Final = 15


@pytest.fixture
def world(world_on_each: World) -> World:
    """The interview API on each kind of database in turn."""
    return world_on_each


async def stored(world: World, interview: Interview) -> Interview:
    """Read an interview past the API."""
    async with world.database.read() as reader:
        found = await world.interviews.stored(reader, interview.id)
    assert found is not None
    return found


async def add_interviewee(world: World, uow: UnitOfWork, to: Interview, name: str) -> None:
    """Name the candidate."""
    candidate = NewInterviewee(name=name, email="cy@example.com")
    command = AddInterviewee(id=to.id, interviewee=candidate)
    await world.interviews.add_interviewee(uow, APP, command)


async def add_interviewers(world: World, uow: UnitOfWork, to: Interview, *who: str) -> None:
    """Invite more people."""
    people = tuple(Invited(email=each) for each in who)
    command = AddInterviewers(id=to.id, interviewers=people)
    await world.interviews.add_interviewers(uow, APP, command)


class TestAtOnce:
    @pytest.mark.fidelity("interviews.update.at-once")
    async def test_one_of_two_interviewees_is_added(self, world: World) -> None:
        """The second waits for the first to commit, and is refused."""
        interview = await world.schedule(TEN)

        async def late() -> None:
            async with world.database.unit() as uow:
                await add_interviewee(world, uow, interview, "Late")

        async with world.database.unit() as uow:
            await add_interviewee(world, uow, interview, "Early")
            second = asyncio.create_task(late())
            await asyncio.sleep(0.02)
        with pytest.raises(HasInterviewee):
            await second

        kept = await stored(world, interview)
        assert kept.interviewee is not None
        assert (kept.interviewee.name, kept.sequence) == ("Early", 1)

    async def test_the_last_place_is_given_once(self, world: World) -> None:
        """Of many who are added at once to 47 interviewers, two are."""
        people = [f"p{number}@example.com" for number in range(47)]
        interview = await world.schedule(TEN, interviewers=people)

        async def add(number: int) -> bool:
            try:
                async with world.database.unit() as uow:
                    await add_interviewers(world, uow, interview, f"q{number}@example.com")
            except TooManyInterviewers:
                return False
            return True

        added = await asyncio.gather(*(add(number) for number in range(8)))

        kept = await stored(world, interview)
        assert (sum(added), len(kept.interviewers), kept.sequence) == (2, 49, 2)
        assert len({each.email for each in kept.interviewers}) == 49

    async def test_no_change_gets_lost(self, world: World) -> None:
        """Changes of different kinds do not overwrite one another."""
        interview = await world.schedule(TEN)

        async def title() -> None:
            async with world.database.unit() as uow:
                command = SetTitle(id=interview.id, title="Second round")
                await world.interviews.set_title(uow, APP, command)

        async def person(number: int) -> None:
            async with world.database.unit() as uow:
                await add_interviewers(world, uow, interview, f"q{number}@example.com")

        await asyncio.gather(title(), *(person(number) for number in range(5)))

        kept = await stored(world, interview)
        assert (kept.title, len(kept.interviewers), kept.sequence) == ("Second round", 7, 6)

    async def test_nothing_changes_behind_a_cancellation(self, world: World) -> None:
        """Who waits for a cancellation finds the interview canceled."""
        interview = await world.schedule(TEN)

        async def late() -> None:
            async with world.database.unit() as uow:
                await add_interviewee(world, uow, interview, "Late")

        async with world.database.unit() as uow:
            await world.interviews.cancel(uow, APP, interview.id)
            change = asyncio.create_task(late())
            await asyncio.sleep(0.02)
        with pytest.raises(IsCanceled):
            await change

        kept = await stored(world, interview)
        assert (kept.interviewee, kept.sequence) == (None, 1)
        assert (await world.facts())[1:] == [("interview.canceled", EMPLOYER)]

    @pytest.mark.fidelity("interviews.told-in-order")
    async def test_changes_are_told_in_their_order(self, world: World) -> None:
        """Many change one interview at once: the log has their facts as they came about."""
        interview = await world.schedule(TEN)

        async def change(number: int) -> None:
            for turn in range(EACH):
                async with world.database.unit() as uow:
                    command = SetTitle(id=interview.id, title=f"Round {number}.{turn}")
                    await world.interviews.set_title(uow, APP, command)

        await asyncio.gather(*(change(number) for number in range(WRITERS)))

        await settled(world.database)
        log = Log(world.database, MemoryBus(), world.clock)
        told = [
            each.fact.sequence
            for each in await log.read(START, 1_000)
            if isinstance(each.fact, InterviewTitleChanged)
        ]
        assert told == list(range(1, WRITERS * EACH + 1))
