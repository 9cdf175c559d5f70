"""The `findVirtualInterviewEvents` query (seed 001, "List events within a date range")."""

from dataclasses import dataclass, field
from datetime import datetime

from msgspec import Struct

from hirewire.interviews.graphql.types import PageInfo, View, VirtualInterviewEvent
from hirewire.interviews.listing.store import Listing
from hirewire.interviews.model import MediaType, Status
from hirewire.interviews.search import (
    Filter,
    Order,
    Page,
    Search,
    SortDirection,
    SortField,
    Span,
)
from hirewire.interviews.service import Interviews
from hirewire.web.graphql import Context


class RangeInput(Struct, rename="camel"):
    """`DateTimeRangeInput`."""

    after: datetime | None = None
    before: datetime | None = None


class SortInput(Struct, rename="camel"):
    """`VirtualInterviewEventSortInput`."""

    sort_field: SortField
    sort_direction: SortDirection | None = None


class FindVirtualInterviewEventsInput(Struct, rename="camel"):
    """Which events are meant, and in which order."""

    start_time: RangeInput | None = None
    end_time: RangeInput | None = None
    status: list[Status] | None = None
    media_type: list[MediaType] | None = None
    sort: list[SortInput] | None = None

    def search(self, first: int | None, after: str | None) -> Search:
        """Say it in the words of the service."""
        return Search(
            first=10 if first is None else first,
            after=after,
            where=Filter(
                starts=_span(self.start_time),
                ends=_span(self.end_time),
                statuses=tuple(self.status or ()),
                media_types=tuple(self.media_type or ()),
            ),
            order=tuple(
                Order(each.sort_field, each.sort_direction or SortDirection.ASC)
                for each in self.sort or ()
            ),
        )


@dataclass(frozen=True, slots=True)
class VirtualInterviewEventsConnection:
    """One page of events; the total is counted only when it is asked for."""

    events: list[VirtualInterviewEvent]
    page_info: PageInfo
    listing: Listing = field(repr=False)


async def find_virtual_interview_events(
    ctx: Context,
    input: FindVirtualInterviewEventsInput,
    first: int | None = None,
    after: str | None = None,
) -> VirtualInterviewEventsConnection:
    """List virtual interview events."""
    search = input.search(first, after)
    page, listing = await ctx.part(Interviews).find(ctx.reader, ctx.caller, search, ctx.now)
    view = View.of(ctx, page.interviews)
    return VirtualInterviewEventsConnection(
        events=[VirtualInterviewEvent(each, view) for each in page.interviews],
        page_info=_page_info(page),
        listing=listing,
    )


async def total_count(connection: VirtualInterviewEventsConnection, ctx: Context) -> int:
    """Count the events on all pages."""
    return await connection.listing.count(ctx.reader)


def _page_info(page: Page) -> PageInfo:
    size = len(page.interviews)
    return PageInfo(
        start_cursor=str(page.cursor(0)) if size else None,
        end_cursor=str(page.cursor(size - 1)) if size else None,
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
    )


def _span(range: RangeInput | None) -> Span:
    return Span() if range is None else Span(range.after, range.before)
