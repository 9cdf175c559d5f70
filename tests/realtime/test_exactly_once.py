"""Whatever happens when: each reader hears each update of theirs once, and in order."""

import asyncio
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hirewire.kit.clock import MovableClock
from hirewire.runtime.db import Database
from tests.realtime.listening import ACME, GLOBEX, THREADS, Ear, Hall

EARS: Final = 3

_ears = st.integers(0, EARS - 1)
_steps = st.one_of(
    st.tuples(st.just("say"), st.sampled_from([1, 2, 5])),
    st.tuples(st.just("say elsewhere"), st.just(1)),
    st.tuples(st.just("hear"), st.sampled_from([1, 2, 10])),
    st.tuples(st.just("open"), _ears),
    st.tuples(st.just("open stuck"), _ears),
    st.tuples(st.just("leave"), _ears),
    st.tuples(st.just("let through"), _ears),
    st.tuples(st.just("shut"), st.just(0)),
    st.tuples(st.just("read"), st.just(0)),
    st.tuples(st.just("turn"), st.just(0)),
)


class TestExactlyOnce:
    @pytest.mark.fidelity("realtime.resume.once-and-in-order")
    @settings(
        max_examples=40,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(steps=st.lists(_steps, min_size=5, max_size=40))
    async def test_nothing_is_lost_or_doubled(
        self, sqlite_database: Database, clock: MovableClock, steps: list[tuple[str, int]]
    ) -> None:
        """
        Messages, opens, reads of the log, stuck and closed connections in any order.
        """
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            hall = await Hall.built(sqlite_database, clock, tasks)
            ears = [Ear(ACME), Ear(ACME, conversation_id=THREADS[ACME]), Ear(GLOBEX)]
            for step, number in steps:
                await act(hall, ears, step, number)
            await settle(hall, ears)

        for ear in ears:
            assert ear.heard == hall.due(ear)
            assert all(verdict.get("recovered", True) for verdict in ear.verdicts)

    @pytest.mark.fidelity("realtime.resume.once-and-in-order")
    @settings(
        max_examples=25,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        before=st.integers(0, 12),
        heard=st.integers(0, 12),
        place=st.integers(0, 12),
        meanwhile=st.integers(0, 12),
    )
    async def test_any_place_in_the_log_is_one_to_begin_at(
        self,
        sqlite_database: Database,
        clock: MovableClock,
        *,
        before: int,
        heard: int,
        place: int,
        meanwhile: int,
    ) -> None:
        """
        Be it in the ring, before it, or ahead of what this process has heard.
        """
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            hall = await Hall.built(sqlite_database, clock, tasks)
            start = hall.head
            for number in range(before):
                await hall.say(ACME if number % 3 else GLOBEX)
            await hall.hear(heard)
            places = [start, *(position for position, _, _ in hall.said)]
            ear = Ear(ACME, begins=places[min(place, before)])
            ear.cursor = hall.streams.cursors.mint(ear.begins or start)
            hall.gate.is_shut = True
            await hall.open(ear)
            for _ in range(meanwhile):
                await hall.say(ACME)
            await hall.hear(100)
            await settle(hall, [ear])

        assert ear.heard == hall.due(ear)
        assert ear.verdicts[0]["recovered"] is True


async def act(hall: Hall, ears: list[Ear], step: str, number: int) -> None:
    """Do one *step*."""
    ear = ears[number % EARS]
    if step == "say":
        for _ in range(number):
            await hall.say(ACME)
    elif step == "say elsewhere":
        await hall.say(GLOBEX)
    elif step == "hear":
        await hall.hear(number)
    elif step in {"open", "open stuck"} and ear.pipe is None:
        await hall.open(ear, is_stuck=step == "open stuck")
    elif step == "leave":
        ear.leave()
        await hall.turn()
    elif step == "let through" and ear.pipe is not None:
        ear.pipe.let_through()
    elif step == "shut":
        hall.gate.is_shut = True
    elif step == "read":
        hall.gate.let_through()
        await hall.turn()
    else:
        await hall.turn()


async def settle(hall: Hall, ears: list[Ear]) -> None:
    """Let all come to rest: everything is heard, and everybody is back once more."""
    hall.gate.is_shut = False
    for _ in range(20):
        hall.gate.let_through()
        await hall.turn()
    await hall.hear(1000)
    await hall.turn()
    for ear in ears:
        ear.leave()
        await hall.turn()
        await hall.open(ear)
    for _ in range(20):
        await hall.turn()
    for ear in ears:
        ear.leave()
    assert hall.streams.hub.open_streams == 0
