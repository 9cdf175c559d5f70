"""Within which times interviews lie that a filter lets through; so indexes find them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hirewire.interviews.model import LONGEST_INTERVIEW, Status
from hirewire.interviews.search import Filter, Span

_INSTANT: Final = timedelta(microseconds=1)
_ZERO: Final = timedelta()
# From when on, and until when, an interview of a status starts and ends, seen from now.
_STARTS: Final = {
    Status.SCHEDULED: (_INSTANT, None),
    Status.IN_PROGRESS: (-LONGEST_INTERVIEW, _INSTANT),
    Status.COMPLETED: (None, _INSTANT),
    Status.CANCELED: (None, None),
}
_ENDS: Final = {
    Status.SCHEDULED: (_INSTANT, None),
    Status.IN_PROGRESS: (_INSTANT, LONGEST_INTERVIEW + _INSTANT),
    Status.COMPLETED: (None, _INSTANT),
    Status.CANCELED: (None, None),
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where the interviews of a filter can start and end; some there may not be its own."""

    starts: Span
    ends: Span

    @classmethod
    def of(cls, where: Filter, now: datetime) -> "Bounds":
        """
        Work them out, knowing that no interview lasts longer than one may.

        So who asks about ends also says something about starts, and the other way round.
        """
        starts, ends = where.starts, where.ends
        return cls(
            starts=_narrowest(
                (starts.after, _shifted(ends.after, -LONGEST_INTERVIEW)),
                (starts.before, ends.before),
                _of_statuses(where.statuses, _STARTS, now),
            ),
            ends=_narrowest(
                (ends.after, starts.after),
                (ends.before, _shifted(starts.before, LONGEST_INTERVIEW)),
                _of_statuses(where.statuses, _ENDS, now),
            ),
        )


def _narrowest(
    afters: Iterable[datetime | None], befores: Iterable[datetime | None], statuses: Span
) -> Span:
    return Span(
        _known(max, (*afters, statuses.after)), _known(min, (*befores, statuses.before))
    )


def _known(
    choose: Callable[[list[datetime]], datetime], moments: Iterable[datetime | None]
) -> datetime | None:
    found = [each for each in moments if each is not None]
    return choose(found) if found else None


def _of_statuses(
    statuses: tuple[Status, ...],
    spans: dict[Status, tuple[timedelta | None, timedelta | None]],
    now: datetime,
) -> Span:
    """Return the span that holds those of all *statuses*."""
    if not statuses:
        return Span()
    afters = [spans[each][0] for each in statuses]
    befores = [spans[each][1] for each in statuses]
    known_afters = [each for each in afters if each is not None]
    known_befores = [each for each in befores if each is not None]
    return Span(
        now + min(known_afters) if len(known_afters) == len(afters) else None,
        now + max(known_befores) if len(known_befores) == len(befores) else None,
    )


def _shifted(moment: datetime | None, by: timedelta) -> datetime | None:
    """Move *moment*; beyond the first and the last year there are no bounds."""
    if moment is None:
        return None
    try:
        return moment + by
    except OverflowError:
        return None
