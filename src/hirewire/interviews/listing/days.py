"""Which days of starts a filter lets through wholly, and which have to be looked into."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from hirewire.interviews.model import Status
from hirewire.interviews.search import Filter
from hirewire.kit.clock import EPOCH

_DAY: Final = timedelta(days=1)
_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)


def day_of(moment: datetime) -> int:
    """Number the day of *moment*, in UTC, from 1970 on."""
    return (moment - EPOCH) // _DAY


@dataclass(frozen=True, slots=True)
class Days:
    """
    The days, but for *edges*, on which all interviews count that start there.

    They are those after *after* and before *before*; of interviews that are not canceled, whose
    status moves, those after *others_after* and before *others_before* too. Canceled ones
    count at all if *has_canceled* says so, others if *has_others* does.

    No interview lasts longer than 24 hours. So one that starts two days before some moment has
    ended by then: only that day and the one before are edges.
    """

    after: int
    before: int
    others_after: int
    others_before: int
    edges: frozenset[int]
    has_canceled: bool
    has_others: bool

    @classmethod
    def of(cls, where: Filter, now: datetime) -> "Days":
        """Find the days that *where* lets through at *now*."""
        afters, befores = [day_of(_FIRST) - 1], [day_of(_LAST) + 1]
        edges: set[int] = set()
        for moment, reach, bounds in (
            (where.starts.after, 0, afters),
            (where.starts.before, 0, befores),
            (where.ends.after, 1, afters),
            (where.ends.before, 1, befores),
        ):
            if moment is not None:
                bounds.append(day_of(moment))
                edges |= set(range(day_of(moment) - reach, day_of(moment) + 1))
        asked = frozenset(where.statuses)
        others, today = asked - {Status.CANCELED}, day_of(now)
        edges |= {today - 1, today} if others else set()
        is_open_before = not others or Status.COMPLETED in others
        is_open_after = not others or Status.SCHEDULED in others
        return cls(
            after=max(afters),
            before=min(befores),
            others_after=max(afters if is_open_before else [*afters, today]),
            others_before=min(befores if is_open_after else [*befores, today]),
            edges=frozenset(edges),
            has_canceled=not asked or Status.CANCELED in asked,
            has_others=not asked or bool(others),
        )

    def stretches(self) -> Iterator[tuple[datetime, datetime]]:
        """Yield the stretches of edges, from when until when."""
        for first in sorted(self.edges):
            if first - 1 not in self.edges:
                last = first
                while last + 1 in self.edges:
                    last += 1
                yield _begin_of(first), _begin_of(last + 1)


def _begin_of(day: int) -> datetime:
    """Return when *day* begins, or the first or last moment there is."""
    try:
        return EPOCH + day * _DAY
    except OverflowError:
        return _FIRST if day < 0 else _LAST
