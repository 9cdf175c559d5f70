"""Tests of what the clock tells of interviews: their start and their end, once, in time."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
import pytest

from hirewire.interviews.changes import RescheduleInterview
from hirewire.interviews.facts import InterviewEnded, InterviewStarted
from hirewire.interviews.model import Interview
from hirewire.interviews.moves import HANDLERS, MOVE, move
from hirewire.kit.facts import Fact
from hirewire.runtime.tasks import TaskRunner, waiting
from tests.fixtures.background import in_background
from tests.interviews.world import EMPLOYER, World, app_of

NINE: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
TEN: Final = NINE + HOUR

Told = list[tuple[str, datetime]]


@pytest.fixture
def world(world_on_each: World) -> World:
    """The interview API on each kind of database in turn."""
    return world_on_each


@pytest.fixture
def runner(world: World) -> TaskRunner:
    """What runs the tasks, and has the clock wait for it."""
    made = TaskRunner(db=world.database, clock=world.clock, handlers=HANDLERS, poll_s=None)
    world.clock.on_step.append(made.idle)
    return made


async def told(world: World) -> Told:
    """Read what the clock told, and when."""

    def pair(kind: str, at: datetime) -> tuple[str, datetime]:
        return kind.removeprefix("interview."), at

    async with world.database.read() as reader:
        return await reader.all(
            pair,
            "SELECT kind, at FROM facts WHERE kind IN :kinds ORDER BY seq",
            kinds=["interview.started", "interview.ended"],
        )


async def reschedule(world: World, interview: Interview, starts_at: datetime) -> None:
    """Move an interview of one hour."""
    command = RescheduleInterview(
        id=interview.id, starts_at=starts_at, ends_at=starts_at + HOUR
    )
    async with world.database.unit() as uow:
        await world.interviews.reschedule(uow, app_of(EMPLOYER), command)


class TestTime:
    @pytest.mark.fidelity("interviews.clock.started-and-ended")
    async def test_starts_and_ends_an_interview(
        self,
        world: World,
        runner: TaskRunner,
        decoded_facts: Callable[[], Awaitable[list[Fact]]],
    ) -> None:
        """One move of the clock tells each at its own moment, in their order."""
        interview = await world.schedule(TEN)

        async with in_background(runner.run()):
            await world.clock.move_to(TEN + 5 * HOUR)

        assert await told(world) == [("started", TEN), ("ended", TEN + HOUR)]
        assert (await decoded_facts())[1:] == [
            InterviewStarted(
                employer_id=EMPLOYER, interview_id=interview.id, sequence=0, starts_at=TEN
            ),
            InterviewEnded(
                employer_id=EMPLOYER,
                interview_id=interview.id,
                sequence=0,
                ends_at=TEN + HOUR,
            ),
        ]
        async with world.database.read() as reader:
            assert await waiting(reader) == []

    @pytest.mark.parametrize("days", [-0.02, 1])
    async def test_follows_an_interview_to_its_new_time(
        self, world: World, runner: TaskRunner, days: float
    ) -> None:
        """Nothing is told at the old time, whether the new one is earlier or later."""
        interview = await world.schedule(TEN)
        start = TEN + timedelta(days=days)
        await reschedule(world, interview, start)

        async with in_background(runner.run()):
            await world.clock.move_to(TEN + timedelta(days=2))

        assert await told(world) == [("started", start), ("ended", start + HOUR)]

    async def test_is_told_again_of_what_takes_place_again(
        self, world: World, runner: TaskRunner
    ) -> None:
        """An interview that is over, or under way, and is put off, starts once more."""
        over = await world.schedule(TEN)
        under_way = await world.schedule(TEN + HOUR)
        async with in_background(runner.run()):
            await world.clock.move_to(TEN + HOUR)
            assert len(await told(world)) == 3

            await reschedule(world, over, TEN + 4 * HOUR)
            await reschedule(world, under_way, TEN + 6 * HOUR)
            await world.clock.move_to(TEN + 9 * HOUR)

        assert (await told(world))[3:] == [
            ("started", TEN + 4 * HOUR),
            ("ended", TEN + 5 * HOUR),
            ("started", TEN + 6 * HOUR),
            ("ended", TEN + 7 * HOUR),
        ]

    async def test_goes_on_with_what_is_only_longer(
        self, world: World, runner: TaskRunner
    ) -> None:
        """An interview that stays under way does not start twice."""
        interview = await world.schedule(TEN)
        async with in_background(runner.run()):
            await world.clock.move_to(TEN + HOUR / 2)

            await reschedule(world, interview, TEN + HOUR / 4)
            await world.clock.move_to(TEN + 3 * HOUR)

        assert await told(world) == [("started", TEN), ("ended", TEN + HOUR * 5 / 4)]

    async def test_passes_over_what_is_canceled(self, world: World, runner: TaskRunner) -> None:
        """A canceled interview neither starts nor ends."""
        interview = await world.schedule(TEN)
        async with world.database.unit() as uow:
            await world.interviews.cancel(uow, app_of(EMPLOYER), interview.id)

        async with in_background(runner.run()):
            await world.clock.move_to(TEN + 3 * HOUR)

        assert await told(world) == []
        async with world.database.read() as reader:
            assert await waiting(reader) == []

    async def test_makes_up_for_what_was_missed(self, world: World, runner: TaskRunner) -> None:
        """Who was down meanwhile, or schedules in the past, is told both, late."""
        await world.schedule(TEN)
        await world.clock.move_to(TEN + 3 * HOUR)

        async with in_background(runner.run()):
            await runner.idle()
            await world.schedule(TEN + 2.5 * HOUR)
            await runner.idle()

        late = TEN + 3 * HOUR
        assert await told(world) == [("started", late), ("ended", late), ("started", late)]


class TestMove:
    async def test_leaves_no_trace_when_it_is_cut_off(self, world: World) -> None:
        """Killed before its commit it has told nothing; run again it tells once."""
        interview = await world.schedule(TEN)
        payload = msgspec.json.encode(interview.id)
        await world.clock.move_to(TEN)

        async def cut_off() -> None:
            async with world.database.unit() as uow:
                await move(uow, payload)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await cut_off()
        lost = await told(world)
        for _ in range(2):
            async with world.database.unit() as uow:
                await move(uow, payload)

        assert (lost, await told(world)) == ([], [("started", TEN)])

    async def test_too_early_plans_anew(self, world: World) -> None:
        """A task that comes before the time tells nothing, and waits for it."""
        interview = await world.schedule(TEN)

        async with world.database.unit() as uow:
            await uow.run("DELETE FROM tasks")
            await move(uow, msgspec.json.encode(interview.id))

        async with world.database.read() as reader:
            (task,) = await waiting(reader)
        assert (task.name, task.key, task.due_at) == (MOVE, interview.id.hex, TEN)
        assert await told(world) == []
