"""Tests of what the clocks of a zone show when they are put back."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hirewire.kit.local_times import comes_twice, utc_offset


@pytest.mark.parametrize(
    ("zone", "utc", "offset", "twice"),
    [
        ("Europe/London", "2026-10-24T23:30", "UTC+01:00", False),
        ("Europe/London", "2026-10-25T00:30", "UTC+01:00", True),
        ("Europe/London", "2026-10-25T01:30", "UTC+00:00", True),
        ("Europe/London", "2026-10-25T02:00", "UTC+00:00", False),
        ("Europe/London", "2026-03-29T01:00", "UTC+01:00", False),
        ("Australia/Lord_Howe", "2026-04-04T14:45", "UTC+11:00", True),
        ("Australia/Lord_Howe", "2026-04-04T15:15", "UTC+10:30", True),
        ("Asia/Kathmandu", "2026-10-25T01:30", "UTC+05:45", False),
        ("America/St_Johns", "2026-07-01T12:00", "UTC-02:30", False),
    ],
)
def test_says_which_of_two(zone: str, utc: str, offset: str, *, twice: bool) -> None:
    """An hour that comes twice is told from the others, and its offset from its twin's."""
    local = datetime.fromisoformat(utc).replace(tzinfo=UTC).astimezone(ZoneInfo(zone))

    assert (utc_offset(local), comes_twice(local)) == (offset, twice)
