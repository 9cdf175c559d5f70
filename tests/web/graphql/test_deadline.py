"""Tests of deadlines: one timer ends every operation at its own time."""

import asyncio
from datetime import timedelta

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.web.graphql.deadline import Deadlines
from hirewire.web.graphql.errors import DeadlinePassed


async def work(deadlines: Deadlines, done: asyncio.Event) -> str:
    """Wait in a block until told that it is done."""
    try:
        with deadlines.begin():
            await done.wait()
    except DeadlinePassed as refusal:
        return str(refusal)
    return "done"


class TestDeadlines:
    async def test_end_each_operation_after_its_own_time(self, clock: MovableClock) -> None:
        """The second of two is given as long as the first; one that is done is left alone."""
        deadlines = Deadlines(clock, 5.0)
        never, soon = asyncio.Event(), asyncio.Event()
        async with asyncio.TaskGroup() as group:
            first = group.create_task(work(deadlines, never))
            await clock.advance(timedelta(seconds=2))
            quick = group.create_task(work(deadlines, soon))
            second = group.create_task(work(deadlines, never))
            await clock.advance(timedelta(seconds=1))
            soon.set()
            await clock.advance(timedelta(seconds=2))
            ended_at_five = (first.done(), quick.done(), second.done())
            await clock.advance(timedelta(seconds=2))

        late = "The operation took longer than 5 seconds. Try it again."
        assert ended_at_five == (True, True, False)
        assert (first.result(), quick.result(), second.result()) == (late, "done", late)

    async def test_begin_again_after_a_rest(self, clock: MovableClock) -> None:
        """An operation that begins when the timer has gone is watched over, too."""
        deadlines = Deadlines(clock, 5.0)
        done = asyncio.Event()
        done.set()
        await work(deadlines, done)
        await clock.advance(timedelta(seconds=60))
        async with asyncio.TaskGroup() as group:
            later = group.create_task(work(deadlines, asyncio.Event()))
            await clock.advance(timedelta(seconds=5))

        assert later.result().startswith("The operation took longer")

    async def test_leave_a_cancellation_from_elsewhere_alone(self, clock: MovableClock) -> None:
        """Who was cancelled before the time is over stays cancelled."""
        task = asyncio.create_task(work(Deadlines(clock, 5.0), asyncio.Event()))
        await asyncio.sleep(0)

        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task
