"""The census: processes that share a bus know what the others count."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.realtime.census import SILENT_AFTER_S, TOPIC, Census, Snapshot
from hirewire.realtime.errors import TooManyStreams
from hirewire.realtime.limits import Counts, Limits, Seat, Seats, Visitor
from hirewire.runtime.bus import MemoryBus
from tests.fixtures.background import in_background

LIMITS = Limits(total=100, per_app=90, per_person=20, per_address=50)
PAT, SAM = UUID(int=1), UUID(int=2)


class Node:
    """One process's seats, and its census."""

    def __init__(self, bus: MemoryBus | None, clock: MovableClock, name: str) -> None:
        self.census = Census(bus, clock, name)
        self.seats = Seats(LIMITS, lambda: 0.5, others=self.census.others)

    def fill(self, count: int, person: UUID | None = None) -> list[Seat]:
        """Take seats of one app, from one address."""
        visitor = Visitor(app_id="a", address="1.1.1.1", person_id=person)
        return [self.seats.take(visitor) for _ in range(count)]


@pytest.fixture
async def bus() -> AsyncIterator[MemoryBus]:
    """A bus that both nodes share; what several processes share behaves as it does."""
    bus = MemoryBus()
    yield bus
    await bus.close()


async def a_second(clock: MovableClock, seconds: float = 1.0) -> None:
    """Let time pass, and what is told arrive."""
    await clock.advance(timedelta(seconds=seconds))


class TestCensus:
    @pytest.mark.fidelity("realtime.limits.across-nodes")
    async def test_tells_others_within_a_second(
        self, bus: MemoryBus, clock: MovableClock
    ) -> None:
        """
        What opens and what ends in one process counts in the other a second later.
        """
        one, two = Node(bus, clock, "one"), Node(bus, clock, "two")
        async with in_background(one.census.run(one.seats), two.census.run(two.seats)):
            seats = one.fill(12, PAT)
            await a_second(clock)
            heard = two.census.others()
            assert heard == Counts(
                12, Counter(a=12), Counter({PAT: 12}), Counter({"1.1.1.1": 12})
            )

            for seat in seats:
                seat.give_back()
            await a_second(clock)

            assert (two.census.others(), one.census.nodes) == (Counts(), 1)

    @pytest.mark.fidelity("realtime.limits.across-nodes")
    async def test_makes_a_limit_hold_for_all(
        self, bus: MemoryBus, clock: MovableClock
    ) -> None:
        """
        Twenty streams of a person are twenty, wherever they are.
        """
        one, two = Node(bus, clock, "one"), Node(bus, clock, "two")
        async with in_background(one.census.run(one.seats), two.census.run(two.seats)):
            one.fill(12, PAT)
            await a_second(clock)
            two.fill(8, PAT)

            with pytest.raises(TooManyStreams, match="one person may have 20"):
                two.fill(1, PAT)
            await a_second(clock)
            with pytest.raises(TooManyStreams, match="one person may have 20"):
                one.fill(1, PAT)

    @pytest.mark.fidelity("realtime.limits.silent-nodes")
    async def test_forgets_who_is_silent(self, bus: MemoryBus, clock: MovableClock) -> None:
        """
        A process that is gone counts for five seconds more.
        """
        one, two = Node(bus, clock, "one"), Node(bus, clock, "two")
        async with in_background(two.census.run(two.seats)):
            async with in_background(one.census.run(one.seats)):
                one.fill(12)
                await a_second(clock)
            await a_second(clock, SILENT_AFTER_S - 0.01)
            before = two.census.others().total

            await a_second(clock, 0.01)

            assert (before, two.census.others(), two.census.nodes) == (12, Counts(), 0)

    @pytest.mark.fidelity("realtime.limits.silent-nodes")
    async def test_remembers_who_has_nothing_new_to_tell(
        self, bus: MemoryBus, clock: MovableClock
    ) -> None:
        """
        Counts that stay are repeated, less often than each second.
        """
        one, two = Node(bus, clock, "one"), Node(bus, clock, "two")
        async with bus.listen(TOPIC) as told:
            async with in_background(one.census.run(one.seats), two.census.run(two.seats)):
                one.fill(12)
                for _ in range(60):
                    await a_second(clock)
                    assert two.census.others().total == 12
            await bus.close()
            count = len([body async for body in told])

        assert two.census.others().total == 12
        assert count <= 2 * 22

    async def test_tells_of_few_only_in_sum(self, clock: MovableClock) -> None:
        """
        Who has less than a tenth of a limit is not told of by name.
        """
        node = Node(None, clock, "one")
        node.fill(1, PAT)
        node.fill(3, SAM)

        snapshot = Snapshot.of("one", node.seats.here, LIMITS)

        assert snapshot == Snapshot("one", 4, {"a": 4}, {SAM: 3}, {})

    async def test_tells_of_the_largest_where_there_are_too_many(
        self, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        What is told has a greatest length, however many there are.
        """
        monkeypatch.setattr("hirewire.realtime.census.MOST_TOLD", 2)
        node = Node(None, clock, "one")
        for person, count in ((1, 3), (2, 5), (3, 1), (4, 4)):
            node.fill(count, UUID(int=person))

        snapshot = Snapshot.of("one", node.seats.here, LIMITS)

        assert snapshot.people == {UUID(int=2): 5, UUID(int=4): 4}

    @pytest.mark.fidelity("realtime.limits.across-nodes")
    async def test_is_silent_where_nobody_listens(self, clock: MovableClock) -> None:
        """
        A process that shares its bus with nobody has nothing to run.
        """
        node = Node(None, clock, "one")
        node.fill(1)

        await node.census.run(node.seats)

        assert (node.census.others(), node.seats.here.total) == (Counts(), 1)

    async def test_passes_over_what_it_does_not_understand(
        self, bus: MemoryBus, clock: MovableClock
    ) -> None:
        """
        What another version tells in another way is not counted, and ends nothing.
        """
        one, two = Node(bus, clock, "one"), Node(bus, clock, "two")
        async with in_background(one.census.run(one.seats), two.census.run(two.seats)):
            await bus.publish(TOPIC, b"\xc1", message_id="1")
            one.fill(12)
            await a_second(clock)

            assert two.census.others().total == 12
