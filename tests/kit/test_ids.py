"""Tests of how ids are minted."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import RFC_4122

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hirewire.kit.clock import EPOCH, MovableClock
from hirewire.kit.entropy import SeededEntropy, SystemEntropy
from hirewire.kit.ids import IdMaker

RFC_EXAMPLE = datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)


class LastEntropy:
    """Draws only ones."""

    def token(self, size: int) -> bytes:
        return b"\xff" * size

    def fraction(self) -> float:
        return 0.5


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(RFC_EXAMPLE, frozen=True)


class TestLayout:
    @pytest.mark.fidelity("kit.ids.uuid-version-7")
    def test_is_that_of_version_7(self, clock: MovableClock) -> None:
        """48 bits of milliseconds, the version, the counter, the variant, 62 random bits."""
        minted = IdMaker(clock, LastEntropy()).new()

        assert str(minted) == "017f22e2-79b0-77ff-bfff-ffffffffffff"
        assert (minted.version, minted.variant) == (7, RFC_4122)

    @given(st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1)))  # noqa: DTZ001 - naive
    def test_tells_the_millisecond(self, naive: datetime) -> None:
        """The first 48 bits are the milliseconds since the epoch, cut and not rounded."""
        moment = naive.replace(tzinfo=UTC)

        minted = IdMaker(MovableClock(moment, frozen=True), SeededEntropy(1)).new()

        assert minted.int >> 80 == (moment - EPOCH) // timedelta(milliseconds=1)
        assert (minted.version, minted.variant) == (7, RFC_4122)


class TestOrder:
    @pytest.mark.fidelity("kit.ids.in-order")
    def test_holds_within_one_millisecond(self, clock: MovableClock) -> None:
        """Ten thousand ids of one moment are all different, and sort as they were minted."""
        maker = IdMaker(clock, SystemEntropy())

        minted = [maker.new() for _ in range(10_000)]

        assert len(set(minted)) == 10_000
        assert minted == sorted(minted)

    def test_runs_ahead_when_a_millisecond_is_full(self, clock: MovableClock) -> None:
        """After the counter's last value the next millisecond begins, and it is counted on."""
        maker = IdMaker(clock, LastEntropy())

        minted = [maker.new() for _ in range(2050)]

        assert [str(minted[n])[:18] for n in (0, 1, 2048, 2049)] == [
            "017f22e2-79b0-77ff",
            "017f22e2-79b0-7800",
            "017f22e2-79b0-7fff",
            "017f22e2-79b1-7000",
        ]

    async def test_holds_when_time_catches_up(self, clock: MovableClock) -> None:
        """The millisecond that was borrowed is not used twice."""
        maker = IdMaker(clock, LastEntropy())
        minted = [maker.new() for _ in range(2050)]

        await clock.advance(timedelta(milliseconds=1))
        minted.append(maker.new())
        await clock.advance(timedelta(milliseconds=1))
        minted.append(maker.new())

        assert minted == sorted(set(minted))
        assert str(minted[-1])[:18] == "017f22e2-79b2-77ff"

    async def test_holds_when_the_clock_goes_back(self, clock: MovableClock) -> None:
        """An id that is minted after the clock was set back still sorts after the last."""
        maker = IdMaker(clock, SystemEntropy())
        await clock.advance(timedelta(days=1))
        minted = [maker.new()]

        await clock.start_over(RFC_EXAMPLE)
        minted += [maker.new() for _ in range(5000)]

        assert minted == sorted(set(minted))


class TestStartOver:
    def test_mints_of_the_time_that_the_clock_says(self) -> None:
        """An id that was minted ahead keeps later ones there, until the maker starts over."""
        clock = MovableClock(RFC_EXAMPLE + timedelta(days=60), frozen=True)
        maker = IdMaker(clock, LastEntropy())
        ahead = maker.new()
        maker_behind = IdMaker(MovableClock(RFC_EXAMPLE, frozen=True), LastEntropy())
        asyncio.run(clock.start_over(RFC_EXAMPLE))
        kept = maker.new()

        maker.start_over()

        assert ahead < kept
        assert maker.new().int >> 80 == maker_behind.new().int >> 80
