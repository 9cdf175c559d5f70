"""Dates and times in words, in an interview's own zone and its reader's language."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_gmt, get_timezone_name

_NARROW_SPACE: Final = "\u202f"
_SPACE: Final = "\u00a0"
_TO: Final = "\u2013"


@dataclass(frozen=True, slots=True)
class Moments:
    """From when to when, in *zone*, for readers of *locale*."""

    starts_at: datetime
    ends_at: datetime
    zone: str
    locale: Locale

    @property
    def lines(self) -> tuple[str, str]:
        """
        The day, and the time of day; or both for the start, and both for the end.

        Where the clocks change meanwhile, each time says how far it is from UTC.
        """
        start, end = self._start, self._end
        if start.utcoffset() != end.utcoffset():
            return f"{self._exact(start)} {_TO}", self._exact(end)
        if start.date() != end.date():
            return f"{self._day(start)}, {self._time(start)} {_TO}", (
                f"{self._day(end)}, {self._time(end)}"
            )
        return self._day(start), f"{self._time(start)} {_TO} {self._time(end)}"

    @property
    def zone_line(self) -> str:
        """The zone as people call it at that time of the year, and as computers do."""
        name = get_timezone_name(self._start, width="long", locale=self.locale)
        gmt = get_timezone_gmt(self._start, width="long", locale=self.locale)
        called = gmt if name == gmt else f"{name} ({gmt})"
        return f"{called}, {self.zone.replace('_', ' ')}"

    @property
    def short_day(self) -> str:
        """The day, for a subject."""
        return _plain(format_date(self._start.date(), "medium", locale=self.locale))

    @property
    def start_time(self) -> str:
        """The time of day at which it starts."""
        return self._time(self._start)

    @property
    def _start(self) -> datetime:
        return self.starts_at.astimezone(ZoneInfo(self.zone))

    @property
    def _end(self) -> datetime:
        return self.ends_at.astimezone(ZoneInfo(self.zone))

    def _day(self, moment: datetime) -> str:
        return _plain(format_date(moment.date(), "full", locale=self.locale))

    def _time(self, moment: datetime) -> str:
        # Of a moment with its zone Babel would look up the offset once more.
        return _plain(format_time(moment.time(), "short", locale=self.locale))

    def _exact(self, moment: datetime) -> str:
        gmt = get_timezone_gmt(moment, width="long", locale=self.locale)
        return f"{self._day(moment)}, {self._time(moment)} ({gmt})"


def _plain(text: str) -> str:
    """Keep together with a space that every mail program can draw."""
    return text.replace(_NARROW_SPACE, _SPACE)
