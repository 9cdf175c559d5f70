"""How pages of lobbies say times, also on the nights when clocks are put back."""

from datetime import UTC, datetime, timedelta

import pytest

from hirewire.interviews.lobby.words import day_and_time, span

FIRST = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
"""London shows half past one, for the first time that night."""
HOUR = timedelta(hours=1)
LONDON = "Europe/London"


@pytest.mark.fidelity("lobby.repeated-time")
@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (FIRST - HOUR, "Sunday, 25 October 2026, 00:30 (Europe/London)"),
        (FIRST, "Sunday, 25 October 2026, 01:30 UTC+01:00 (Europe/London)"),
        (FIRST + HOUR, "Sunday, 25 October 2026, 01:30 UTC+00:00 (Europe/London)"),
        (FIRST + 2 * HOUR, "Sunday, 25 October 2026, 02:30 (Europe/London)"),
    ],
)
def test_a_time_that_comes_twice_says_which_it_is(moment: datetime, said: str) -> None:
    """The offset from UTC tells the two apart; other times go without it."""
    assert day_and_time(moment, LONDON) == said


@pytest.mark.fidelity("lobby.repeated-time")
@pytest.mark.parametrize(
    ("begin", "end", "said"),
    [
        (FIRST, FIRST + HOUR, "25 October 2026, 01:30 UTC+01:00 to 01:30 UTC+00:00"),
        (FIRST - 2 * HOUR, FIRST, "24 October 2026, 23:30 to 25 October 2026, 01:30 UTC+01:00"),
        (FIRST + 2 * HOUR, FIRST + 3 * HOUR, "25 October 2026, 02:30 to 03:30"),
        (FIRST + 2 * HOUR, None, "25 October 2026, 02:30 until now"),
    ],
)
def test_a_span_says_when_it_ended(begin: datetime, end: datetime | None, said: str) -> None:
    """A session over such an hour does not seem to end before it began."""
    assert span(begin, end, LONDON) == said
