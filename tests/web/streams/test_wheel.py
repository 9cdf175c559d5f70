"""Tests of the timer wheel."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hirewire.kit.clock import MovableClock
from hirewire.web.streams.wheel import Tick, Wheel

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


@dataclass(eq=False, slots=True)
class Rider:
    """Something to put on a wheel."""

    name: str
    tick: Tick | None = None


@dataclass(slots=True)
class Calls:
    """Who was called, and at which second."""

    clock: MovableClock
    made: list[tuple[str, float]] = field(default_factory=list)

    def __call__(self, riders: Sequence[Rider], now_s: float) -> None:
        self.made += [(rider.name, now_s) for rider in riders]


def wheel_of() -> tuple[MovableClock, Calls, Wheel[Rider]]:
    clock = MovableClock(START, frozen=True)
    calls = Calls(clock)
    return clock, calls, Wheel(clock, calls)


class TestWheel:
    async def test_calls_at_the_first_tick_not_before_the_moment(self) -> None:
        """Moments are rounded up to a quarter of a second, and called in order."""
        clock, calls, wheel = wheel_of()
        wheel.put(Rider("late"), 3.1)
        wheel.put(Rider("early"), 1.0)

        await clock.advance(timedelta(seconds=10))

        assert calls.made == [("early", 1.0), ("late", 3.25)]

    async def test_calls_a_rider_once(self) -> None:
        """A rider leaves the wheel when it is called."""
        clock, calls, wheel = wheel_of()
        rider = Rider("one")
        wheel.put(rider, 1.0)

        await clock.advance(timedelta(hours=1))

        assert calls.made == [("one", 1.0)]
        assert rider.tick is None

    async def test_a_rider_has_one_place(self) -> None:
        """Putting a rider anew moves it."""
        clock, calls, wheel = wheel_of()
        rider = Rider("one")
        wheel.put(rider, 1.0)
        wheel.put(rider, 2.0)

        await clock.advance(timedelta(seconds=10))

        assert calls.made == [("one", 2.0)]

    async def test_forgets_who_was_dropped(self) -> None:
        """Nobody is called who left, and leaving twice is harmless."""
        clock, calls, wheel = wheel_of()
        stays, goes = Rider("stays"), Rider("goes")
        wheel.put(stays, 1.0)
        wheel.put(goes, 1.0)
        wheel.drop(goes)
        wheel.drop(goes)

        await clock.advance(timedelta(seconds=10))

        assert calls.made == [("stays", 1.0)]

    async def test_calls_the_riders_of_a_tick_together(self) -> None:
        """Who is due in one quarter of a second is called for at once, in order."""
        clock = MovableClock(START, frozen=True)
        called: list[list[str]] = []
        wheel: Wheel[Rider] = Wheel(
            clock, lambda riders, _: called.append([rider.name for rider in riders])
        )
        for name, at_s in (("one", 0.9), ("two", 0.8), ("three", 1.1)):
            wheel.put(Rider(name), at_s)

        await clock.advance(timedelta(seconds=10))

        assert called == [["one", "two"], ["three"]]

    async def test_a_callback_may_drop_one_of_a_later_tick(self) -> None:
        """A rider dropped while an earlier one is called is not called."""
        clock = MovableClock(START, frozen=True)
        called: list[str] = []
        one, other = Rider("one"), Rider("other")

        def due(riders: Sequence[Rider], now_s: float) -> None:
            called.extend(rider.name for rider in riders)
            wheel.drop(other)

        wheel = Wheel(clock, due)
        wheel.put(one, 1.0)
        wheel.put(other, 1.25)

        await clock.advance(timedelta(seconds=10))

        assert called == ["one"]

    async def test_a_callback_may_put_its_rider_again(self) -> None:
        """A beat that renews itself is called every second."""
        clock = MovableClock(START, frozen=True)
        beats: list[float] = []

        def due(riders: Sequence[Rider], now_s: float) -> None:
            beats.append(now_s)
            wheel.put(riders[0], now_s + 1.0)

        wheel = Wheel(clock, due)
        wheel.put(Rider("heart"), 1.0)

        await clock.advance(timedelta(seconds=3))

        assert beats == [1.0, 2.0, 3.0]

    async def test_a_moment_that_has_passed_is_called_at_once(self) -> None:
        """The past is due on the next turn of the loop."""
        clock, calls, wheel = wheel_of()
        await clock.advance(timedelta(seconds=5))
        wheel.put(Rider("overdue"), 1.0)

        await asyncio.sleep(0.01)

        assert calls.made == [("overdue", 5.0)]

    async def test_a_renewed_beat_does_not_hide_an_earlier_moment(self) -> None:
        """Whoever is next is called next, also when a later place was taken after theirs."""
        clock = MovableClock(START, frozen=True)
        called: list[tuple[str, float]] = []

        def due(riders: Sequence[Rider], now_s: float) -> None:
            for rider in riders:
                called.append((rider.name, now_s))
                wheel.put(rider, now_s + 4.0)

        wheel = Wheel(clock, due)
        wheel.put(Rider("one"), 1.0)
        wheel.put(Rider("two"), 2.0)

        await clock.advance(timedelta(seconds=5))

        assert called == [("one", 1.0), ("two", 2.0), ("one", 5.0)]
