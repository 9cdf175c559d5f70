"""How interviews are looked for: filters, order, and the page that is asked for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from hirewire.interviews.errors import BadPageSize, TooManyEntries
from hirewire.interviews.model import Interview, MediaType, Status
from hirewire.kit.cursors import Cursor

LARGEST_PAGE: Final = 100
LONGEST_LIST: Final = 100


class SortField(StrEnum):
    """What a list can be ordered by."""

    START_TIME = "START_TIME"
    END_TIME = "END_TIME"
    STATUS = "STATUS"
    MEDIA_TYPE = "MEDIA_TYPE"


class SortDirection(StrEnum):
    """Which end comes first."""

    ASC = "ASC"
    DESC = "DESC"


@dataclass(frozen=True, slots=True)
class Order:
    """One key of an order; later keys decide where earlier ones are equal."""

    field: SortField = SortField.START_TIME
    direction: SortDirection = SortDirection.ASC


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, from *after*, which belongs to it, up to *before*, which does not."""

    after: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which interviews are meant; an empty tuple leaves everything in."""

    starts: Span = Span()
    ends: Span = Span()
    statuses: tuple[Status, ...] = ()
    media_types: tuple[MediaType, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """The question for one page; *after* is the cursor as the caller sent it."""

    first: int
    after: str | None = None
    where: Filter = Filter()
    order: tuple[Order, ...] = ()

    def checked_size(self) -> int:
        """
        Return how many interviews the page may hold.

        Raises:
            BadPageSize: it was asked to hold none, or too many.
        """
        if not 1 <= self.first <= LARGEST_PAGE:
            raise BadPageSize(first=self.first, limit=LARGEST_PAGE)
        return self.first

    def check_lists(self) -> None:
        """
        See that no list is longer than anybody needs.

        Raises:
            TooManyEntries: one is.
        """
        for field, entries in (
            ("status", self.where.statuses),
            ("mediaType", self.where.media_types),
            ("sort", self.order),
        ):
            if len(entries) > LONGEST_LIST:
                raise TooManyEntries(field=field, asked=len(entries), limit=LONGEST_LIST)

    def keys(self) -> tuple[Order, ...]:
        """
        Return the order with each field once: a later mention changes nothing.

        An order that names no time ends with the start.
        """
        found: dict[SortField, Order] = {}
        for each in self.order:
            found.setdefault(each.field, each)
        if not {SortField.START_TIME, SortField.END_TIME} & found.keys():
            found[SortField.START_TIME] = Order()
        return tuple(found.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of interviews, and where it stands."""

    interviews: tuple[Interview, ...]
    place: int
    has_next: bool
    has_previous: bool

    def cursor(self, index: int) -> Cursor:
        """Return the cursor of the interview at *index* of this page."""
        return Cursor(id=self.interviews[index].id, index=self.place + index)
