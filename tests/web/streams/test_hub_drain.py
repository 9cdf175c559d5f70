"""Tests of how a hub lets go of all its streams."""

import asyncio

import pytest

from hirewire.web.streams.slot import Reason, Slot, StreamKind
from tests.web.streams.pipes import MemoryPipe
from tests.web.streams.test_hub import KIND, ONE, hub_of, turn


class TestDrain:
    @pytest.mark.fidelity("streams.drain.own-retry")
    async def test_spreads_the_return_of_its_streams(self) -> None:
        """Each stream is told its own retry time, then closed; no two are the same."""
        hub, _ = hub_of()
        pipes = [MemoryPipe() for _ in range(4)]
        for pipe in pipes:
            hub.open(pipe, KIND, topics=["a"])

        await hub.drain(retry_from_ms=1000, retry_to_ms=9000)

        assert [pipe.received for pipe in pipes] == [
            b"retry: 1000\n\n",
            b"retry: 3000\n\n",
            b"retry: 5000\n\n",
            b"retry: 7000\n\n",
        ]
        assert all(pipe.is_closed for pipe in pipes)
        assert (hub.open_streams, hub.counts.closed[Reason.DRAINED]) == (0, 4)
        assert hub.is_draining

    async def test_waits_for_readers_that_still_take_bytes(self) -> None:
        """A drain is over when the last reader has what was due to it."""
        hub, _ = hub_of()
        pipe = MemoryPipe(is_stuck=True)
        hub.open(pipe, KIND, topics=["a"], first=(ONE,))

        drain = asyncio.ensure_future(hub.drain(grace_s=10, retry_from_ms=7))
        await turn()
        was_done = drain.done()
        pipe.let_through()
        await drain

        assert (was_done, pipe.received) == (False, ONE + b"retry: 7\n\n")
        assert not pipe.is_aborted

    async def test_gives_up_on_readers_that_do_not(self) -> None:
        """After the grace time what is unsent is dropped."""
        hub, _ = hub_of()
        pipe = MemoryPipe(is_stuck=True)
        hub.open(pipe, KIND, topics=["a"], first=(ONE,))

        await hub.drain(grace_s=0.01)

        assert (pipe.is_aborted, pipe.received) == (True, b"")

    async def test_an_empty_hub_drains_at_once(self) -> None:
        """There is nobody to wait for."""
        hub, _ = hub_of()

        await hub.drain(grace_s=10)

        assert hub.counts.closed == dict.fromkeys(Reason, 0)

    @pytest.mark.fidelity("streams.drain.own-retry")
    async def test_gives_many_streams_more_time_to_return(self) -> None:
        """Three thousand streams at a hundred a second come back over half a minute."""
        hub, _ = hub_of()
        pipes = [MemoryPipe() for _ in range(3000)]
        for pipe in pipes:
            hub.open(pipe, KIND, topics=[])

        await hub.drain(retry_from_ms=1000, retry_to_ms=9000, returns_per_s=100)
        waits_ms = [int(pipe.received[7:-2]) for pipe in pipes]

        assert waits_ms == [1000 + 10 * place for place in range(3000)]

    async def test_says_a_kinds_own_farewell(self) -> None:
        """A kind that has a last word says in it when to return, and why."""
        hub, _ = hub_of()
        told: list[tuple[Reason, int]] = []

        def farewell(slot: Slot, reason: Reason, wait_ms: int) -> bytes:
            told.append((reason, wait_ms))
            return ONE

        kind = StreamKind(name="polite", farewell=farewell)
        pipes = [MemoryPipe(), MemoryPipe()]
        for pipe in pipes:
            hub.open(pipe, kind, topics=[])

        await hub.drain(retry_from_ms=1000, retry_to_ms=3000)

        assert told == [(Reason.DRAINED, 1000), (Reason.DRAINED, 2000)]
        assert [pipe.received for pipe in pipes] == [ONE, ONE]
