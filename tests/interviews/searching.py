"""Filters of any kind, and which interviews they take, worked out in memory."""

from datetime import datetime

from hypothesis import strategies as st

from hirewire.interviews.model import Interview, MediaType, Status
from hirewire.interviews.search import Filter, Span


def filters(moments: st.SearchStrategy[datetime | None]) -> st.SearchStrategy[Filter]:
    """Draw filters whose spans begin and end at *moments*."""
    spans = st.builds(Span, moments, moments)
    return st.builds(
        Filter,
        starts=spans,
        ends=spans,
        statuses=st.lists(st.sampled_from(Status), max_size=3).map(tuple),
        media_types=st.lists(st.sampled_from(MediaType), max_size=2).map(tuple),
    )


def matches(interview: Interview, where: Filter, now: datetime) -> bool:
    """Tell whether a filter takes an interview."""
    return (
        _within(interview.starts_at, where.starts)
        and _within(interview.ends_at, where.ends)
        and (not where.statuses or interview.status(now) in where.statuses)
        and (not where.media_types or interview.media_type in where.media_types)
    )


def _within(moment: datetime, span: Span) -> bool:
    return (span.after is None or moment >= span.after) and (
        span.before is None or moment < span.before
    )
