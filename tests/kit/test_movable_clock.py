"""Tests of the clock that a test or a sandbox holds in its hand."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from hirewire.kit.clock import ClockRunsForward, MovableClock, Timer

NOON = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(NOON, frozen=True)


class TestFrozen:
    async def test_time_stands_still(self, clock: MovableClock) -> None:
        """Nothing passes but what it is told to pass."""
        await asyncio.sleep(0.002)

        assert (clock.now(), clock.monotonic()) == (NOON, 0.0)

    async def test_advances_exactly(self, clock: MovableClock) -> None:
        """An advance moves both readings, to the microsecond."""
        await clock.advance(timedelta(hours=1, microseconds=1))

        assert clock.now() == NOON + timedelta(hours=1, microseconds=1)
        assert clock.monotonic() == 3600.000001

    async def test_moves_to_a_moment(self, clock: MovableClock) -> None:
        """Moving to a moment makes it that moment, whatever its zone."""
        tokyo = datetime.fromisoformat("2026-03-29T22:00:00+09:00")

        await clock.move_to(tokyo)

        assert clock.now() == NOON + timedelta(hours=1)

    async def test_a_sleep_of_nothing_returns(self, clock: MovableClock) -> None:
        """Who sleeps for no time, or until a moment that has passed, need not be woken."""
        await clock.sleep(0)
        await clock.sleep(-1)
        await clock.sleep_until(NOON - timedelta(days=1))

        assert clock.now() == NOON


class TestRefusals:
    async def test_never_goes_back(self, clock: MovableClock) -> None:
        """A moment that has passed is refused, and it stays the time it is."""
        with pytest.raises(ClockRunsForward) as refusal:
            await clock.move_to(NOON - timedelta(microseconds=1))

        assert refusal.value.asked == NOON - timedelta(microseconds=1)
        assert str(refusal.value) == (
            "The clock only runs forward: it is 2026-03-29T12:00:00+00:00 already."
        )
        assert clock.now() == NOON

    async def test_never_advances_backwards(self, clock: MovableClock) -> None:
        """A negative advance is refused like a moment that has passed."""
        with pytest.raises(ClockRunsForward):
            await clock.advance(timedelta(seconds=-1))

        assert clock.now() == NOON

    async def test_stays_within_the_calendar(self, clock: MovableClock) -> None:
        """An advance past the last year there is fails, and the clock goes on working."""
        with pytest.raises(OverflowError):
            await clock.advance(timedelta(days=365 * 9000))

        assert clock.now() == NOON

    @pytest.mark.parametrize("rate", [0, -1])
    async def test_a_rate_is_above_zero(self, clock: MovableClock, rate: float) -> None:
        """A clock is stopped by freezing it."""
        with pytest.raises(ValueError, match="above zero"):
            clock.run(rate)

        assert clock.frozen


class TestWaking:
    async def test_is_in_the_order_of_moments(self, clock: MovableClock) -> None:
        """Sleepers wake by moment, not by arrival, each seeing its own moment."""
        woke: list[tuple[str, float]] = []

        async def sleeper(name: str, seconds: float) -> None:
            await clock.sleep(seconds)
            woke.append((name, clock.monotonic()))

        async with asyncio.TaskGroup() as group:
            for name, seconds in [("c", 30), ("a", 10), ("b", 20)]:
                group.create_task(sleeper(name, seconds))
            await clock.advance(timedelta(minutes=1))

        assert woke == [("a", 10.0), ("b", 20.0), ("c", 30.0)]

    async def test_at_one_moment_is_in_order_of_arrival(self, clock: MovableClock) -> None:
        """Who went to sleep first wakes first."""
        woke: list[int] = []

        async def sleeper(number: int) -> None:
            await clock.sleep(5)
            woke.append(number)

        async with asyncio.TaskGroup() as group:
            for number in range(10):
                group.create_task(sleeper(number))
            await clock.advance(timedelta(seconds=5))

        assert woke == list(range(10))

    async def test_comes_again_on_the_way(self, clock: MovableClock) -> None:
        """Who sleeps again while time moves wakes again, between the others."""
        woke: list[tuple[str, float]] = []

        async def every(name: str, seconds: float, times: int) -> None:
            for _ in range(times):
                await clock.sleep(seconds)
                woke.append((name, clock.monotonic()))

        async with asyncio.TaskGroup() as group:
            group.create_task(every("two", 2, 3))
            group.create_task(every("three", 3, 2))
            await clock.advance(timedelta(seconds=7))

        assert woke == [
            ("two", 2.0),
            ("three", 3.0),
            ("two", 4.0),
            ("three", 6.0),
            ("two", 6.0),
        ]

    async def test_leaves_those_who_sleep_on(self, clock: MovableClock) -> None:
        """A sleeper whose moment has not come sleeps through an advance."""
        sleeper = asyncio.create_task(clock.sleep_until(NOON + timedelta(seconds=60)))

        await clock.advance(timedelta(seconds=59))
        early = sleeper.done()
        await clock.advance(timedelta(seconds=1))

        assert (early, sleeper.done()) == (False, True)

    async def test_skips_who_gave_up(self, clock: MovableClock) -> None:
        """A canceled sleeper does not wake, and does not keep the others."""
        woke: list[str] = []

        async def sleeper(name: str) -> None:
            await clock.sleep(1)
            woke.append(name)

        gone = asyncio.create_task(sleeper("gone"))
        kept = asyncio.create_task(sleeper("kept"))
        await asyncio.sleep(0)
        gone.cancel()
        await clock.advance(timedelta(seconds=1))
        await kept

        assert (gone.cancelled(), woke) == (True, ["kept"])


class TestTimers:
    async def test_are_called_once(self, clock: MovableClock) -> None:
        """A timer is called at its moment and never again."""
        called: list[datetime] = []
        clock.call_later(60, lambda: called.append(clock.now()))

        await clock.advance(timedelta(hours=1))
        await clock.advance(timedelta(hours=1))

        assert called == [NOON + timedelta(seconds=60)]

    async def test_stay_silent_when_canceled(self, clock: MovableClock) -> None:
        """Canceling in time, twice, and after the call are all harmless."""
        called: list[str] = []
        canceled = clock.call_later(1, lambda: called.append("canceled"))
        kept = clock.call_later(2, lambda: called.append("kept"))

        canceled.cancel()
        canceled.cancel()
        await clock.advance(timedelta(seconds=3))
        kept.cancel()

        assert called == ["kept"]

    async def test_may_cancel_another_of_the_same_moment(self, clock: MovableClock) -> None:
        """The first of two timers can still stop the second."""
        called: list[str] = []
        timers: list[Timer] = []

        def stop() -> None:
            timers[0].cancel()

        clock.call_later(1, stop)
        timers.append(clock.call_later(1, lambda: called.append("second")))

        await clock.advance(timedelta(seconds=1))

        assert called == []

    async def test_may_fail_alone(self, clock: MovableClock) -> None:
        """A callback that fails is reported to the loop, and the others are called."""
        called: list[str] = []
        reported: list[object] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: reported.append(context["exception"]))
        failure = LookupError("a bug")

        def fail() -> None:
            raise failure

        clock.call_later(1, fail)
        clock.call_later(1, lambda: called.append("next"))
        await clock.advance(timedelta(seconds=2))

        assert (called, reported) == (["next"], [failure])
        assert clock.monotonic() == 2.0

    async def test_that_set_timers_for_now_do_not_stop_the_loop(
        self, clock: MovableClock
    ) -> None:
        """A callback that asks to be called again at once leaves the loop room for others."""
        turns = 0

        def again() -> None:
            nonlocal turns
            turns += 1
            if not other.done():
                clock.call_later(0, again)

        async def act() -> None:
            await asyncio.sleep(0)

        other = asyncio.create_task(act())
        clock.call_later(0, again)
        await other

        assert turns >= 1

    async def test_that_were_canceled_do_not_pile_up(self, clock: MovableClock) -> None:
        """A million deadlines that were kept leave no million alarms behind."""
        kept = [clock.call_later(3600, list) for _ in range(10)]

        for _ in range(10_000):
            clock.call_later(3600, list).cancel()

        assert len(kept) <= len(clock._alarms) <= 256


class TestSteps:
    async def test_are_awaited_at_each_moment(self, clock: MovableClock) -> None:
        """Work that a sleeper left behind is waited for before time moves on."""
        steps: list[float] = []

        async def step() -> None:
            await asyncio.sleep(0)
            steps.append(clock.monotonic())

        clock.on_step.append(step)
        clock.call_later(1, list)
        clock.call_later(1, list)
        clock.call_later(2, list)
        await clock.advance(timedelta(seconds=3))

        assert steps == [0.0, 1.0, 2.0]

    async def test_keep_time_for_work_that_left_the_loop(self, clock: MovableClock) -> None:
        """A loop of sleep and work in a thread sleeps again from its own moment."""
        woke: list[float] = []
        work: set[asyncio.Task[None]] = set()

        async def finish() -> None:
            while work:
                await asyncio.wait(work)

        async def worker() -> None:
            for _ in range(3):
                await clock.sleep(1)
                woke.append(clock.monotonic())
                task = asyncio.create_task(asyncio.to_thread(lambda: None))
                work.add(task)
                task.add_done_callback(work.discard)
                await task

        clock.on_step.append(finish)
        async with asyncio.TaskGroup() as group:
            group.create_task(worker())
            await clock.advance(timedelta(seconds=3))

        assert woke == [1.0, 2.0, 3.0]


class TestConcurrentMoves:
    async def test_happen_one_after_the_other(self, clock: MovableClock) -> None:
        """Two advances at once add up, and wake everyone at the right moment."""
        woke: list[float] = []

        async def every_second() -> None:
            for _ in range(20):
                await clock.sleep(1)
                woke.append(clock.monotonic())

        async with asyncio.TaskGroup() as group:
            group.create_task(every_second())
            group.create_task(clock.advance(timedelta(seconds=10)))
            group.create_task(clock.advance(timedelta(seconds=10)))

        assert woke == [float(second) for second in range(1, 21)]
        assert clock.monotonic() == 20.0

    async def test_a_move_from_within_a_move_follows_it(self, clock: MovableClock) -> None:
        """A sleeper may move the clock itself; its move starts when the first one is done."""
        woke_at: list[float] = []

        async def mover() -> None:
            await clock.sleep(1)
            await clock.advance(timedelta(seconds=100))
            woke_at.append(clock.monotonic())

        async with asyncio.TaskGroup() as group:
            group.create_task(mover())
            await clock.advance(timedelta(seconds=5))
            assert clock.monotonic() == 5.0

        assert woke_at == [105.0]

    async def test_an_abandoned_move_leaves_the_clock_where_it_was(
        self, clock: MovableClock
    ) -> None:
        """Who cancels an advance half-way leaves a clock that still works."""
        arrived, hold = asyncio.Event(), asyncio.Event()

        async def step() -> None:
            if clock.monotonic() == 1.0:
                arrived.set()
                await hold.wait()

        clock.on_step.append(step)
        clock.call_later(1, list)
        move = asyncio.create_task(clock.advance(timedelta(seconds=10)))
        await arrived.wait()
        move.cancel()
        await asyncio.gather(move, return_exceptions=True)
        stopped_at = clock.monotonic()
        hold.set()
        await clock.advance(timedelta(seconds=1))

        assert (stopped_at, clock.monotonic()) == (1.0, 2.0)


class TestRunning:
    async def test_wakes_by_real_time(self) -> None:
        """A clock at a thousand times real time wakes a ten-second sleeper in no time."""
        clock = MovableClock(NOON, rate=1000)

        await clock.sleep(10)

        assert clock.monotonic() >= 10.0

    async def test_wakes_in_order(self) -> None:
        """Real timers keep the order of moments, and skip the canceled ones."""
        clock = MovableClock(NOON, rate=1000)
        called: list[str] = []
        done = asyncio.Event()

        clock.call_later(4, lambda: called.append("second"))
        clock.call_later(2, lambda: called.append("first"))
        clock.call_later(1, lambda: called.append("canceled")).cancel()
        clock.call_later(5, done.set)
        await done.wait()

        assert called == ["first", "second"]

    async def test_can_be_advanced(self) -> None:
        """An advance of a running clock wakes sleepers at their own moments on the way."""
        clock = MovableClock(NOON)
        woke: list[datetime] = []
        clock.call_later(3600, lambda: woke.append(clock.now()))
        before = clock.now()

        await clock.advance(timedelta(hours=2))

        assert before + timedelta(hours=1) >= woke[0] >= NOON + timedelta(hours=1)
        assert clock.now() >= NOON + timedelta(hours=2)

    async def test_can_be_advanced_by_nothing(self) -> None:
        """An advance that is shorter than it takes to ask for it is no step back."""
        clock = MovableClock(NOON, rate=100_000)
        before = clock.now()

        await clock.advance(timedelta())
        await clock.advance(timedelta(microseconds=1))
        await clock.start_over(clock.now())

        assert clock.now() > before

    async def test_goes_on_after_freezing_without_going_back(self) -> None:
        """However it is frozen, run and advanced, no reading is before the one before it."""
        clock = MovableClock(NOON, rate=1000)
        readings = [clock.now()]

        for rate in (1000, 0.5, 1, 100_000):
            clock.freeze()
            readings += [clock.now(), clock.now()]
            clock.run(rate)
            readings.append(clock.now())
            await asyncio.sleep(0.001)
            readings.append(clock.now())
            await clock.advance(timedelta(seconds=1))
            readings.append(clock.now())

        assert readings == sorted(readings)

    async def test_freezing_keeps_sleepers_asleep(self) -> None:
        """A sleeper of a clock that froze wakes when it runs again."""
        clock = MovableClock(NOON, rate=1000)
        sleeper = asyncio.create_task(clock.sleep(20))
        await asyncio.sleep(0)

        clock.freeze()
        await asyncio.sleep(0.025)
        while_frozen = sleeper.done()
        clock.run(100_000)
        await sleeper

        assert while_frozen is False

    async def test_may_be_frozen_during_a_move(self) -> None:
        """A callback that freezes the clock while it moves leaves it frozen at the target."""
        clock = MovableClock(NOON, frozen=True)
        clock.run(1000)
        clock.call_later(60, clock.freeze)

        await clock.move_to(NOON + timedelta(hours=1))
        reading = clock.now()
        await asyncio.sleep(0.002)

        assert (clock.now(), reading) == (reading, NOON + timedelta(hours=1))


class TestStartingOver:
    async def test_goes_back_and_runs(self) -> None:
        """After starting over it is the moment asked for, at the pace of real time."""
        clock = MovableClock(NOON, frozen=True, rate=50)
        await clock.advance(timedelta(days=60))

        await clock.start_over(NOON)

        assert NOON <= clock.now() < NOON + timedelta(seconds=10)
        assert (clock.frozen, clock.rate) == (False, 1.0)

    async def test_monotonic_does_not_go_back(self, clock: MovableClock) -> None:
        """Only the calendar goes back."""
        await clock.advance(timedelta(days=60))
        before = clock.monotonic()

        await clock.start_over(NOON)

        assert clock.monotonic() >= before == 60 * 86_400.0

    async def test_sleepers_have_as_long_to_sleep_as_before(self, clock: MovableClock) -> None:
        """Going back does not make a sleeper of a minute sleep for 60 days and a minute."""
        await clock.advance(timedelta(days=60))
        sleeper = asyncio.create_task(clock.sleep(60))
        await asyncio.sleep(0)

        await clock.start_over(NOON)
        clock.freeze()
        await clock.move_to(NOON + timedelta(seconds=59))
        early = sleeper.done()
        await clock.advance(timedelta(seconds=1))

        assert (early, sleeper.done()) == (False, True)

    async def test_a_moment_slept_for_is_kept(self, clock: MovableClock) -> None:
        """Who sleeps until a moment never wakes before it, however far the clock went back."""
        await clock.advance(timedelta(days=60))
        moment = NOON + timedelta(days=61)
        sleeper = asyncio.create_task(clock.sleep_until(moment))
        await asyncio.sleep(0)

        await clock.start_over(NOON)
        clock.freeze()
        await clock.move_to(moment - timedelta(seconds=1))
        early = sleeper.done()
        await clock.move_to(moment)

        assert (early, sleeper.done()) == (False, True)

    async def test_ahead_is_a_move(self, clock: MovableClock) -> None:
        """Starting over later than now wakes on the way, like any move."""
        woke: list[datetime] = []
        clock.call_later(60, lambda: woke.append(clock.now()))

        await clock.start_over(NOON + timedelta(hours=1))

        assert woke == [NOON + timedelta(seconds=60)]
