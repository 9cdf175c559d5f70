"""How pages of lobbies say times and media types."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from hirewire.interviews.model import Decision, MediaType
from hirewire.kit.local_times import comes_twice, utc_offset

MEETING: Final[Mapping[MediaType, str]] = {
    MediaType.VIDEO: "This interview takes place by video.",
    MediaType.PHONE: "This interview takes place by phone.",
    MediaType.IN_PERSON: "This interview takes place in person.",
}
DECISIONS: Final[tuple[tuple[Decision, str, str], ...]] = (
    (Decision.YES, "Yes", "Go on with this candidate."),
    (Decision.MAYBE, "Maybe", "Not sure yet."),
    (Decision.NO, "No", "Do not go on with this candidate."),
)


def day_and_time(moment: datetime, zone: str) -> str:
    """Say a moment as the clocks of *zone* show it, and name the zone."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%A}, {local.day} {local:%B %Y}, {_clock(local)} ({zone})"


def span(begin: datetime, end: datetime | None, zone: str) -> str:
    """Say from when to when something lasted; it may not have ended."""
    local = begin.astimezone(ZoneInfo(zone))
    day = f"{local.day} {local:%B %Y}, {_clock(local)}"
    if end is None:
        return f"{day} until now"
    last = end.astimezone(ZoneInfo(zone))
    if last.date() == local.date():
        return f"{day} to {_clock(last)}"
    return f"{day} to {last.day} {last:%B %Y}, {_clock(last)}"


def _clock(local: datetime) -> str:
    """Say the time of day, and which of the two is meant where there are two."""
    return f"{local:%H:%M} {utc_offset(local)}" if comes_twice(local) else f"{local:%H:%M}"
