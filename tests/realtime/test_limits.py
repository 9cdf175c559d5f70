"""Seats: how many streams there may be, and that each seat comes back exactly once."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hirewire.kit.clock import MovableClock
from hirewire.realtime.errors import TooManyStreams
from hirewire.realtime.limits import Counts, Limits, Seat, Seats, Visitor
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.slot import StreamKind
from tests.web.streams.pipes import MemoryPipe

LIMITS = Limits(total=10, per_app=6, per_person=2, per_address=5)
PAT, SAM = UUID(int=1), UUID(int=2)
KIND = StreamKind(name="test")
START = datetime(2026, 1, 1, tzinfo=UTC)


def visitor(app: str = "a", address: str = "1.1.1.1", person: UUID | None = None) -> Visitor:
    """Somebody at the door."""
    return Visitor(app_id=app, address=address, person_id=person)


@pytest.fixture
def seats() -> Seats:
    """Seats of a process that is alone."""
    return Seats(LIMITS, lambda: 0.5)


def fill(seats: Seats, count: int, app: str, *, start: int = 0) -> list[Seat]:
    """Take seats of an app, each from an address of its own."""
    return [
        seats.take(visitor(app, f"10.{app}.0.{number}"))
        for number in range(start, start + count)
    ]


class TestTake:
    @pytest.mark.fidelity("realtime.limits.each")
    def test_refuses_one_more_of_a_person(self, seats: Seats) -> None:
        """
        The third stream of a person is refused, wherever it comes from, and counted nowhere.
        """
        for address in ("1.1.1.1", "2.2.2.2"):
            seats.take(visitor(address=address, person=PAT))

        with pytest.raises(TooManyStreams) as refusal:
            seats.take(visitor("b", "3.3.3.3", PAT))

        assert str(refusal.value) == "Too many streams are open: one person may have 2."
        assert seats.here == Counts(
            2, Counter(a=2), Counter({PAT: 2}), Counter({"1.1.1.1": 1, "2.2.2.2": 1})
        )
        seats.take(visitor(address="3.3.3.3", person=SAM))
        assert seats.here.total == 3

    @pytest.mark.fidelity("realtime.limits.each")
    def test_refuses_one_more_from_an_address(self, seats: Seats) -> None:
        """
        The sixth stream from an address is refused, whosever it is.
        """
        for _ in range(5):
            seats.take(visitor())

        with pytest.raises(TooManyStreams) as refusal:
            seats.take(visitor("b"))

        assert str(refusal.value) == "Too many streams are open: one address may have 5."
        assert seats.here.total == 5

    @pytest.mark.fidelity("realtime.limits.each")
    def test_refuses_one_more_of_an_app(self, seats: Seats) -> None:
        """
        The seventh stream of an app is refused, while others open.
        """
        fill(seats, 6, "a")

        with pytest.raises(TooManyStreams) as refusal:
            fill(seats, 1, "a", start=6)

        assert str(refusal.value) == "Too many streams are open: one app may have 6."
        fill(seats, 1, "b")
        assert seats.here.apps == Counter(a=6, b=1)

    @pytest.mark.fidelity("realtime.limits.each")
    def test_refuses_everybody_when_all_are_taken(self, seats: Seats) -> None:
        """
        When the total is reached nobody opens, and who was refused comes back not at once.
        """
        fill(seats, 5, "a")
        fill(seats, 5, "b")

        with pytest.raises(TooManyStreams) as refusal:
            fill(seats, 1, "c")

        assert str(refusal.value) == (
            "Too many streams are open: all apps together may have 10."
        )
        assert refusal.value.retry_after_s == 45

    @pytest.mark.fidelity("realtime.limits.fair")
    def test_lets_the_largest_wait_first_when_it_is_crowded(self, seats: Seats) -> None:
        """
        From eight of ten on, who has half of the seats gets no more, but another app does.
        """
        fill(seats, 5, "a")
        fill(seats, 3, "b")

        with pytest.raises(TooManyStreams) as refusal:
            fill(seats, 1, "a", start=5)
        fill(seats, 2, "b", start=3)

        assert str(refusal.value) == (
            "Too many streams are open: one app, while streams are so many, may have 5."
        )
        assert refusal.value.retry_after_s == 45
        assert seats.here.apps == Counter(a=5, b=5)

    @pytest.mark.fidelity("realtime.limits.fair")
    def test_lets_a_newcomer_in_when_it_is_crowded(self, seats: Seats) -> None:
        """
        A share is counted for whoever asks, also when it has no stream yet.
        """
        fill(seats, 5, "a")
        fill(seats, 4, "b")

        fill(seats, 1, "c")

        assert seats.here.apps == Counter(a=5, b=4, c=1)

    @pytest.mark.fidelity("realtime.limits.each")
    def test_leaves_an_app_alone_while_there_is_room(self) -> None:
        """
        Below four fifths of the total nobody's share is looked at.
        """
        seats = Seats(replace(LIMITS, per_app=10), lambda: 0.5)
        fill(seats, 1, "b")

        fill(seats, 7, "a")

        assert seats.here.apps == Counter(a=7, b=1)

    @pytest.mark.fidelity("realtime.limits.across-nodes")
    def test_counts_what_others_have(self) -> None:
        """
        What is taken in other processes is taken.
        """
        there = Counts(3, Counter(a=3), Counter({PAT: 1}), Counter({"1.1.1.1": 3}))
        seats = Seats(LIMITS, lambda: 0.5, others=lambda: there)
        seats.take(visitor(person=PAT))

        with pytest.raises(TooManyStreams, match="one person may have 2"):
            seats.take(visitor(person=PAT))
        seats.take(visitor(person=SAM))
        with pytest.raises(TooManyStreams, match="one address may have 5"):
            seats.take(visitor())

        assert seats.here.total == 2

    @pytest.mark.fidelity("realtime.limits.across-nodes")
    def test_counts_what_an_app_has_elsewhere(self) -> None:
        """
        An app's limit is one for all processes.
        """
        there = Counts(4, Counter(a=4))
        seats = Seats(replace(LIMITS, total=100), lambda: 0.5, others=lambda: there)
        fill(seats, 2, "a")

        with pytest.raises(TooManyStreams, match="one app may have 6"):
            fill(seats, 1, "a", start=2)

        assert seats.here.apps == Counter(a=2)

    @pytest.mark.fidelity("realtime.limits.across-nodes")
    def test_counts_all_that_is_open_elsewhere(self) -> None:
        """
        The total is one for all processes, also where another one names nobody.
        """
        seats = Seats(LIMITS, lambda: 0.5, others=lambda: Counts(8))
        fill(seats, 2, "a")

        with pytest.raises(TooManyStreams, match="all apps together may have 10"):
            fill(seats, 1, "b")

        assert seats.here.apps == Counter(a=2)

    @pytest.mark.fidelity("realtime.limits.across-nodes", "realtime.limits.fair")
    def test_shares_with_the_apps_of_elsewhere(self) -> None:
        """
        Two apps here and two in another process have a quarter of the seats each.
        """
        there = Counts(4, Counter(c=2, d=2))
        seats = Seats(LIMITS, lambda: 0.5, others=lambda: there)
        fill(seats, 3, "a")
        fill(seats, 1, "b")

        with pytest.raises(TooManyStreams, match="while streams are so many, may have 2"):
            fill(seats, 1, "a", start=3)
        fill(seats, 1, "b", start=1)

        assert seats.here.apps == Counter(a=3, b=2)

    def test_tells_who_counts_refusals(self) -> None:
        """
        Each refusal is told once, by the name of its limit.
        """
        told: list[str] = []
        limits = replace(LIMITS, per_person=0)
        seats = Seats(limits, lambda: 0.5, on_refused=told.append)

        with pytest.raises(TooManyStreams):
            seats.take(visitor(person=PAT))

        assert told == ["person"]

    @given(fraction=st.floats(min_value=0, max_value=1, exclude_max=True))
    def test_spreads_who_comes_back(self, fraction: float) -> None:
        """
        Who is refused for a limit of its own waits five to ten seconds.
        """
        limits = replace(LIMITS, per_app=0)
        seats = Seats(limits, lambda: fraction)

        with pytest.raises(TooManyStreams) as refusal:
            seats.take(visitor())

        assert 5 <= refusal.value.retry_after_s <= 10


class TestSeat:
    @pytest.mark.fidelity("realtime.limits.given-back-once")
    async def test_comes_back_with_the_end_of_its_stream(
        self, seats: Seats, clock: MovableClock
    ) -> None:
        """
        However often its end is told, it is given back once.
        """
        hub = Hub(clock, lambda: 0.5)
        fill(seats, 1, "b")
        seat = seats.take(visitor(person=PAT))
        slot = hub.open(MemoryPipe(), KIND, topics=(), on_close=seat)
        seat.opened(slot)

        hub.close(slot)
        await clock.sleep(0)
        seat.give_back()

        assert seats.here == Counts(1, Counter(b=1), Counter(), Counter({"10.b.0.0": 1}))
        assert (seats.of_app("a"), seat.slot) == ((), None)

    def test_shares_the_words_of_others(self, seats: Seats) -> None:
        """
        What many visitors say alike is kept once, for a seat is taken by each of them.
        """
        one, other = (
            seats.take(Visitor(app_id=f"app-{a}", address=f"10.0.0.{a}", origin=f"https://{a}"))
            for a in (1, 1)
        )

        assert one.app_id is other.app_id
        assert one.address is other.address
        assert one.origin is other.origin

    @given(
        moves=st.lists(
            st.tuples(
                st.sampled_from(["take", "give back", "again"]),
                st.sampled_from(["a", "b", "c"]),
                st.sampled_from([None, PAT, SAM]),
                st.integers(min_value=0, max_value=30),
            ),
            max_size=60,
        )
    )
    def test_counts_are_those_of_who_sits(
        self, moves: list[tuple[str, str, UUID | None, int]]
    ) -> None:
        """
        Whatever is taken, refused and given back, the counts are those of the seats taken.
        """
        seats = Seats(LIMITS, lambda: 0.5)
        sitting: list[Seat] = []
        gone: list[Seat] = []

        for move, app, person, number in moves:
            if move == "take":
                with suppress(TooManyStreams):
                    sitting.append(seats.take(visitor(app, f"a{number % 3}", person)))
            elif move == "give back" and sitting:
                seat = sitting.pop(number % len(sitting))
                seat.give_back()
                gone.append(seat)
            elif gone:
                gone[number % len(gone)].give_back()

        people = [seat.person_id for seat in sitting if seat.person_id is not None]
        assert seats.here == Counts(
            len(sitting),
            Counter(seat.app_id for seat in sitting),
            Counter(people),
            Counter(seat.address for seat in sitting),
        )
        assert sitting == [seat for seat in sitting if seat in seats.of_app(seat.app_id)]

    @pytest.mark.fidelity("realtime.limits.given-back-once")
    @given(
        moves=st.lists(
            st.tuples(
                st.sampled_from(["open", "wait", "leave", "end", "revoke", "vanish"]),
                st.integers(min_value=1, max_value=120),
            ),
            max_size=40,
        )
    )
    async def test_seats_are_those_of_open_streams(self, moves: list[tuple[str, int]]) -> None:
        """
        However streams end, by time, by their reader, or here, none leaves its seat behind.
        """
        clock = MovableClock(start=START, frozen=True)
        hub = Hub(clock, lambda: 0.5)
        seats = Seats(replace(LIMITS, total=1_000, per_app=1_000), lambda: 0.5)
        pipes: list[MemoryPipe] = []

        for number, (move, size) in enumerate(moves):
            pipe = pipes[size % len(pipes)] if pipes else MemoryPipe()
            if move == "open":
                seat = seats.take(visitor(address=str(number)))
                pipes.append(MemoryPipe())
                holders = (UUID(int=number), UUID(int=1_000 + size % 3))
                slot = hub.open(
                    pipes[-1],
                    KIND,
                    topics=(),
                    lifetime_s=size,
                    holders=holders,
                    on_close=seat,
                )
                seat.opened(slot)
            elif move == "wait":
                await clock.advance(timedelta(seconds=size))
            elif move == "leave":
                pipe.lose()
            elif move == "end":
                hub.close_held([UUID(int=size % (number + 1))])
            elif move == "revoke":
                hub.close_held([UUID(int=1_000 + size % 3)])
            else:
                seats.take(visitor(address=str(number))).give_back()
        await clock.advance(timedelta())

        assert seats.here.total == len(seats.of_app("a")) == hub.open_streams
        hub.close_all()
        await clock.advance(timedelta())
        assert seats.here == Counts()
