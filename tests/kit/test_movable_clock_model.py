"""Tests of the movable clock against a model: any sleepers, any moves, one right order."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hirewire.kit.clock import MovableClock

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Plan:
    """The naps that one sleeper takes, in seconds, one after the other."""

    naps: tuple[int, ...]


PLANS = st.lists(
    st.builds(Plan, st.lists(st.integers(0, 20), min_size=1, max_size=5).map(tuple)),
    max_size=8,
)
MOVES = st.lists(st.integers(0, 40), max_size=6)


def expected(plans: list[Plan], moves: list[int]) -> list[tuple[int, int]]:
    """The (second, sleeper) pairs at which someone wakes within all moves, by second."""
    horizon = sum(moves)
    wakes: list[tuple[int, int]] = []
    for number, plan in enumerate(plans):
        at = 0
        for nap in plan.naps:
            at += nap
            wakes.append((at, number))
    return sorted(wake for wake in wakes if wake[0] <= horizon)


async def lived(plans: list[Plan], moves: list[int]) -> list[tuple[int, int]]:
    """What really happens."""
    clock = MovableClock(START, frozen=True)
    woke: list[tuple[int, int]] = []

    async def sleeper(number: int, plan: Plan) -> None:
        for nap in plan.naps:
            await clock.sleep(nap)
            woke.append((round(clock.monotonic()), number))

    tasks = [asyncio.create_task(sleeper(n, plan)) for n, plan in enumerate(plans)]
    for seconds in [0, *moves]:
        await clock.advance(timedelta(seconds=seconds))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return woke


@given(plans=PLANS, moves=MOVES)
def test_everyone_wakes_at_the_right_second(plans: list[Plan], moves: list[int]) -> None:
    """Whoever naps however often wakes at the sums of the naps, and in the order of time."""
    woke = asyncio.run(lived(plans, moves))

    assert sorted(woke) == expected(plans, moves)
    assert [second for second, _ in woke] == sorted(second for second, _ in woke)


@given(plans=PLANS, moves=MOVES)
def test_a_life_is_lived_the_same_way_twice(plans: list[Plan], moves: list[int]) -> None:
    """The same sleepers and moves give the same order, down to those of one second."""
    first = asyncio.run(lived(plans, moves))

    second = asyncio.run(lived(plans, moves))

    assert first == second
