"""Rate limits on a clock that the test holds."""

from datetime import timedelta

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.kit.refusals import Kind
from hirewire.web.rate_limits import RateLimit, TooManyRequests


def turns(limit: RateLimit, key: str, times: int) -> int:
    """Try to take some turns at once, and count those had."""
    had = 0
    for _ in range(times):
        try:
            limit.take(key)
        except TooManyRequests:
            continue
        had += 1
    return had


class TestRateLimit:
    def test_allows_a_burst_and_no_more(self, clock: MovableClock) -> None:
        """
        Five at once of five a second; the sixth is told when to come back.
        """
        limit = RateLimit(clock, per_second=5, burst=5)

        had = turns(limit, "a", 5)
        with pytest.raises(TooManyRequests) as refusal:
            limit.take("a")

        assert had == 5
        assert refusal.value.retry_after_s == pytest.approx(0.2)
        assert refusal.value.kind is Kind.TOO_MANY
        assert str(refusal.value) == "Too many requests: try again in 1 s."

    async def test_lets_in_whoever_waited_as_told(self, clock: MovableClock) -> None:
        """
        After the time that the refusal names there is one turn, and only one.
        """
        limit = RateLimit(clock, per_second=20, burst=20)
        turns(limit, "a", 20)
        wait = limit.retry_after_s("a")

        await clock.advance(timedelta(seconds=wait))

        assert turns(limit, "a", 5) == 1

    async def test_fills_up_to_the_burst(self, clock: MovableClock) -> None:
        """
        A long silence saves no more than one burst.
        """
        limit = RateLimit(clock, per_second=1, burst=3)
        turns(limit, "a", 3)

        await clock.advance(timedelta(hours=1))

        assert turns(limit, "a", 10) == 3

    async def test_keeps_its_rate_over_time(self, clock: MovableClock) -> None:
        """
        Whoever tries ten times a second gets two, after the first burst.
        """
        limit = RateLimit(clock, per_second=2, burst=4)
        had = 0

        for _ in range(100):
            had += turns(limit, "a", 1)
            await clock.advance(timedelta(seconds=0.1))

        assert had == 4 + 19

    def test_refusals_cost_nothing(self, clock: MovableClock) -> None:
        """
        Trying again does not push the next turn away.
        """
        limit = RateLimit(clock, per_second=1, burst=1)
        limit.take("a")
        before = limit.retry_after_s("a")

        turns(limit, "a", 50)

        assert limit.retry_after_s("a") == before

    def test_counts_each_key_alone(self, clock: MovableClock) -> None:
        """
        One key's flood is not another's.
        """
        limit = RateLimit(clock, per_second=1, burst=2)

        turns(limit, "a", 9)

        assert turns(limit, "b", 9) == 2

    def test_remembers_so_many_keys(self, clock: MovableClock) -> None:
        """
        With room for two, the third pushes out the one that was longest silent.
        """
        limit = RateLimit(clock, per_second=1, burst=1, most_keys=2)
        limit.take("a")
        limit.take("b")

        limit.take("c")

        assert [limit.retry_after_s(key) > 0 for key in "abc"] == [False, True, True]

    @pytest.mark.parametrize(
        ("per_second", "burst", "most_keys"), [(0, 1, 1), (-1, 1, 1), (1, 0, 1), (1, 1, 0)]
    )
    def test_allows_something(
        self, clock: MovableClock, per_second: float, burst: int, most_keys: int
    ) -> None:
        """
        A limit that lets nobody in is a mistake of ours.
        """
        with pytest.raises(ValueError, match="allows something"):
            RateLimit(clock, per_second=per_second, burst=burst, most_keys=most_keys)
