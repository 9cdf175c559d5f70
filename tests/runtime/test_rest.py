"""How background workers rest, pause and count as idle."""

import asyncio
from datetime import timedelta

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.runtime.db import DatabaseAway
from hirewire.runtime.rest import (
    LIVE_PAUSE_S,
    Rest,
    all_idle,
    deadline,
    lasting,
    pause_s,
    retry_s,
    until_reached,
)
from tests.fixtures.background import in_background


class Sweeper:
    """A worker that takes one crumb at a time, and may hand one on to another."""

    def __init__(
        self, clock: MovableClock, crumbs: int, other: "Sweeper | None" = None
    ) -> None:
        self.handled = 0
        self.crumbs = crumbs
        self.other = other
        self.rest = Rest(clock)

    async def run(self) -> None:
        async with self.rest.at_work():
            while True:
                while self.crumbs:
                    await asyncio.sleep(0)
                    self.crumbs -= 1
                    self.handled += 1
                    if self.other and self.handled < 4:
                        self.other.crumbs += 1
                await self.rest.until_woken()

    async def idle(self) -> None:
        await self.rest.idle()


class TestRest:
    async def test_ends_when_woken(self, clock: MovableClock) -> None:
        """
        A wake ends the rest; one that came before it lets it end at once.
        """
        rest = Rest(clock)
        rest.wake()
        await rest.until_woken()
        resting = asyncio.create_task(rest.until_woken())
        await asyncio.sleep(0)
        was_resting = not resting.done()

        rest.wake()
        await resting

        assert was_resting

    async def test_ends_at_its_moment(self, clock: MovableClock) -> None:
        """
        Nobody wakes the worker: it looks when its seconds have passed, not before.
        """
        rest = Rest(clock)
        resting = asyncio.create_task(rest.until_woken(5))

        await clock.advance(timedelta(seconds=4.9))
        was_done = resting.done()
        await clock.advance(timedelta(seconds=0.1))
        await resting

        assert not was_done

    async def test_cannot_be_shortened_after_a_failure(self, clock: MovableClock) -> None:
        """
        A wake does not end a pause, and is not lost either.
        """
        rest = Rest(clock)
        pausing = asyncio.create_task(rest.pause(5))
        await clock.advance(timedelta(seconds=4.9))
        rest.wake()
        await asyncio.sleep(0)
        was_done = pausing.done()
        await clock.advance(timedelta(seconds=0.1))
        await pausing

        async with asyncio.timeout(1):
            await rest.until_woken()

        assert not was_done

    def test_grows_after_each_failure(self) -> None:
        """
        Pauses double from one second to a minute, however often it fails.
        """
        assert [pause_s(n) for n in (1, 2, 3, 6, 7, 8, 1000)] == [1, 2, 4, 32, 60, 60, 60]

    def test_grows_to_what_is_bearable(self) -> None:
        """
        Those who keep others up to date pause five seconds at most.
        """
        assert [pause_s(n, LIVE_PAUSE_S) for n in (1, 2, 3, 4, 1000)] == [1, 2, 4, 5, 5]

    def test_is_short_after_an_outage(self) -> None:
        """
        Whatever waits for the database is at work again within seconds of its return.
        """
        assert [retry_s(9, error) for error in (DatabaseAway(), ValueError())] == [5, 60]


class TestUntilReached:
    async def test_tries_again(self, clock: MovableClock) -> None:
        """
        What fails for a passing reason is done after a pause; any other failure is told.
        """
        failures: list[Exception] = [OSError(), OSError(), KeyError()]

        async def attempt() -> None:
            raise failures.pop(0)

        trying = asyncio.ensure_future(until_reached(clock, attempt, (OSError,)))
        await clock.advance(timedelta(seconds=2.9))
        tried = 3 - len(failures)
        await clock.advance(timedelta(seconds=0.1))

        with pytest.raises(KeyError):
            await trying
        assert (tried, failures) == (2, [])


class TestLasting:
    async def test_hears_of_a_job_that_nobody_cancelled(self) -> None:
        """
        A job that ends of a future that was cancelled under it fails its group.
        """
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.cancel)

        async def job() -> None:
            await future

        with pytest.raises(ExceptionGroup) as group:
            async with asyncio.TaskGroup() as jobs:
                jobs.create_task(lasting(job()))

        (failure,) = group.value.exceptions
        assert "job at" in str(failure)
        assert str(failure).endswith("was cancelled by nobody")

    async def test_lets_one_be_cancelled(self) -> None:
        """
        A job that somebody cancels is cancelled.
        """
        task = asyncio.ensure_future(lasting(asyncio.Event().wait()))
        await asyncio.sleep(0)

        task.cancel()
        await asyncio.wait([task])

        assert task.cancelled()


class TestIdle:
    async def test_means_that_the_work_is_done(self, clock: MovableClock) -> None:
        """
        Whoever waits for a worker sees all of its work done.
        """
        sweeper = Sweeper(clock, 5)

        async with in_background(sweeper.run()):
            sweeper.crumbs += 5
            await sweeper.idle()
            handled = sweeper.handled

        assert handled == 10

    async def test_means_it_of_all_together(self, clock: MovableClock) -> None:
        """
        Workers that make work for each other are idle once none of it is left.
        """
        one = Sweeper(clock, 0)
        two = Sweeper(clock, 2, other=one)
        one.other = two

        async with in_background(one.run(), two.run()):
            await all_idle(one, two)

        assert (one.crumbs, two.crumbs) == (0, 0)
        assert one.handled + two.handled == 8

    async def test_is_at_once_while_a_worker_pauses(self, clock: MovableClock) -> None:
        """
        Who pauses after a failure holds up nobody: its clock may stand still.
        """
        rest = Rest(clock)

        async def fail() -> None:
            async with rest.at_work():
                await rest.pause(60)

        async with in_background(fail()), asyncio.timeout(1):
            await rest.idle()
            await rest.idle()

    async def test_comes_with_the_end_of_the_worker(self, clock: MovableClock) -> None:
        """
        A worker that is stopped leaves nobody waiting.
        """
        sweeper = Sweeper(clock, 1_000_000)

        async with in_background(sweeper.run()):
            waiting = asyncio.create_task(sweeper.idle())
            await asyncio.sleep(0)
        async with asyncio.timeout(1):
            await waiting
            await sweeper.idle()

        assert sweeper.crumbs > 0


class TestDeadline:
    async def test_ends_what_takes_too_long(self, clock: MovableClock) -> None:
        """
        Work is cancelled when its seconds by the clock are over.
        """

        async def hang() -> None:
            async with deadline(clock, 5):
                await asyncio.Event().wait()

        hanging = asyncio.create_task(hang())
        await clock.advance(timedelta(seconds=4.9))
        was_done = hanging.done()
        await clock.advance(timedelta(seconds=0.1))

        with pytest.raises(TimeoutError):
            await hanging
        assert not was_done

    async def test_leaves_alone_what_ends_in_time(self, clock: MovableClock) -> None:
        """
        Work that ended leaves no alarm behind.
        """
        async with deadline(clock, 5):
            pass
        await clock.advance(timedelta(seconds=6))

        async with deadline(clock, None):
            pass
