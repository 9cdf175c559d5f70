"""Times as people type and read them: on the clocks of a time zone, which skip and repeat."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hirewire.console.interviews.errors import NoTime, SkippedTime
from hirewire.interviews.model import LONGEST_INTERVIEW, Interview
from hirewire.kit.local_times import comes_twice, utc_offset

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME: Final = re.compile(r"\d{2}:\d{2}(:00)?", re.ASCII)
_MINUTES: Final = re.compile(r"\d{1,4}", re.ASCII)
_MINUTE: Final = timedelta(minutes=1)
_MOST_MINUTES: Final = LONGEST_INTERVIEW // _MINUTE
_FAR: Final = 9000


def read_date(text: str) -> date:
    """
    Read what a date field sends.

    Raises:
        NoTime: it is none, or too far away to be reckoned with.
    """
    refusal = NoTime(expected="Give the date as year-month-day, such as 2026-03-29")
    if not _DATE.fullmatch(text):
        raise refusal
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise refusal from None
    if not 1 < found.year < _FAR:
        raise refusal
    return found


def read_time(text: str) -> time:
    """
    Read what a time field sends.

    Raises:
        NoTime: it is none.
    """
    refusal = NoTime(expected="Give the time as hours:minutes of 24 hours, such as 14:30")
    if not _TIME.fullmatch(text):
        raise refusal
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise refusal from None


def read_minutes(text: str) -> timedelta:
    """
    Read how long something lasts.

    Raises:
        NoTime: it is no number of minutes, or longer than an interview may last.
    """
    if not _MINUTES.fullmatch(text) or not 1 <= int(text) <= _MOST_MINUTES:
        raise NoTime(expected=f"Give the minutes as a number from 1 to {_MOST_MINUTES}")
    return int(text) * _MINUTE


def moment(day: date, clock: time, zone: str) -> datetime:
    """
    Find the moment at which the clocks of *zone* show *clock*; the first where two do.

    Raises:
        SkippedTime: they never do on that day.
    """
    local = datetime.combine(day, clock, ZoneInfo(zone))
    found = local.astimezone(UTC)
    shown = found.astimezone(local.tzinfo)
    if shown.replace(tzinfo=None) != local.replace(tzinfo=None):
        raise SkippedTime(time=f"{local:%H:%M}", zone=zone, later=f"{shown:%H:%M}")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """
    When an interview is, in words.

    *which_of_two* is "first" or "second" where the clocks show the start twice.
    """

    day: str
    span: str
    zone: str
    offset: str
    starts_at: datetime
    which_of_two: str

    @classmethod
    def of(cls, interview: Interview) -> "When":
        """Say it as the clocks of the interview's zone do."""
        zone = ZoneInfo(interview.zone)
        begin = interview.starts_at.astimezone(zone)
        end = interview.ends_at.astimezone(zone)
        first, last = f"{begin:%H:%M}", f"{end:%H:%M}"
        if end.utcoffset() != begin.utcoffset():
            first, last = f"{first} ({utc_offset(begin)})", f"{last} ({utc_offset(end)})"
        if end.date() != begin.date():
            last = f"{last}, {_day(end)}"
        return cls(
            day=_day(begin),
            span=f"{first} to {last}",
            zone=interview.zone,
            offset=utc_offset(begin),
            starts_at=interview.starts_at,
            which_of_two=_which_of_two(begin),
        )


def local_start(interview: Interview) -> datetime:
    """Return the start as the clocks of the interview's zone show it."""
    return interview.starts_at.astimezone(ZoneInfo(interview.zone))


def length(interview: Interview) -> str:
    """Return how many minutes an interview lasts; a part of one counts as a whole."""
    return str(-(-(interview.ends_at - interview.starts_at) // _MINUTE))


def _day(local: datetime) -> str:
    return f"{local:%a} {local.day} {local:%b %Y}"


def _which_of_two(local: datetime) -> str:
    if not comes_twice(local):
        return ""
    return "second" if local.fold else "first"
