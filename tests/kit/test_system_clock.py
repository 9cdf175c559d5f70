"""Tests of real time, as far as it can be tested without measuring it."""

import asyncio
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from hirewire.kit.clock import SystemClock


class TestNow:
    def test_is_aware_and_in_utc(self) -> None:
        """Now is a moment of UTC."""
        now = SystemClock().now()

        assert now.tzinfo is UTC

    def test_monotonic_never_goes_back(self) -> None:
        """Two readings are in order."""
        clock = SystemClock()

        readings = [clock.monotonic() for _ in range(1000)]

        assert readings == sorted(readings)


class TestWaiting:
    async def test_a_sleep_returns(self) -> None:
        """Sleeping for nothing, and until a moment that has passed, lets others act first."""
        clock = SystemClock()
        others: list[str] = []

        asyncio.get_running_loop().call_soon(others.append, "first")
        await clock.sleep(0)
        asyncio.get_running_loop().call_soon(others.append, "second")
        await clock.sleep_until(clock.now() - timedelta(days=1))

        assert others == ["first", "second"]

    async def test_sleeping_until_a_moment_ends_at_it_or_later(self) -> None:
        """The moment has come when the sleeper wakes."""
        clock = SystemClock()
        moment = clock.now() + timedelta(milliseconds=2)

        await clock.sleep_until(moment)

        assert clock.now() >= moment - timedelta(milliseconds=1)

    async def test_a_long_sleep_looks_at_the_clock_every_hour(self) -> None:
        """When the machine's clock is set ahead, the sleeper wakes within an hour of it."""
        start = datetime(2026, 1, 1, tzinfo=UTC)
        times = iter([start, start + timedelta(hours=1), start + timedelta(days=3)])
        naps: list[float] = []

        async def nap(seconds: float) -> None:
            naps.append(seconds)

        with (
            patch.object(SystemClock, "now", lambda _: next(times)),
            patch("asyncio.sleep", nap),
        ):
            await SystemClock().sleep_until(start + timedelta(days=2))

        assert naps == [3600.0, 3600.0, 0.0]

    async def test_a_timer_is_called_unless_canceled(self) -> None:
        """Of two timers, the canceled one stays silent."""
        clock = SystemClock()
        called: list[str] = []
        done = asyncio.Event()

        clock.call_later(0, lambda: called.append("canceled")).cancel()
        clock.call_later(0, lambda: called.append("kept"))
        clock.call_later(0.001, done.set)
        await done.wait()

        assert called == ["kept"]
