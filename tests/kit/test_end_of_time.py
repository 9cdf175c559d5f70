"""Tests of where the clock that a test or a sandbox holds in its hand ends."""

import asyncio
from datetime import UTC, datetime, timedelta

from hirewire.kit.clock import END_OF_TIME, MovableClock

TODAY = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)


async def test_stands_still_at_the_end_of_time() -> None:
    """Who sleeps until the end wakes there; who sleeps for longer wakes no more."""
    clock = MovableClock(END_OF_TIME - timedelta(seconds=1), rate=100_000)
    called: list[str] = []
    clock.call_later(1.000001, lambda: called.append("later"))

    await clock.sleep_until(END_OF_TIME)
    reading = clock.now()
    await asyncio.sleep(0.002)

    assert (reading, clock.now(), called) == (END_OF_TIME, END_OF_TIME, [])
    assert clock.monotonic() == 1.0


async def test_starts_over_from_the_end_of_time() -> None:
    """Who had no time left to sleep in sleeps on, as long as before."""
    clock = MovableClock(END_OF_TIME, rate=100_000)
    sleeper = asyncio.create_task(clock.sleep(0.01))
    await asyncio.sleep(0.002)
    before = sleeper.done()

    await clock.start_over(TODAY)
    await sleeper

    assert before is False
    assert TODAY < clock.now() < TODAY + timedelta(seconds=10)
