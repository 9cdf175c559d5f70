"""Which stretch of a thread is asked for, in places and without a store."""

from dataclasses import dataclass
from typing import Final

from hirewire.conversations.errors import BadPageSize, FirstAndLast

LARGEST_PAGE: Final = 100
DEFAULT_PAGE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """
    Messages between the cursors *after* and *before*: the *first* of them, or the *last*.

    Raises:
        BadPageSize: none are asked for, or too many.
        FirstAndLast: both ends are asked for.
    """

    first: int | None = None
    last: int | None = None
    after: str | None = None
    before: str | None = None

    def __post_init__(self) -> None:
        if self.first is not None and self.last is not None:
            raise FirstAndLast
        for size in (self.first, self.last):
            if size is not None:
                page_size(size)

    @property
    def cursors(self) -> frozenset[str]:
        return frozenset(each for each in (self.after, self.before) if each is not None)

    def span(self, after: int, before: int) -> "Span":
        """Work out the places, between those of the cursors or those around the thread."""
        end = max(before - 1, after)
        if self.last is not None:
            return Span(max(after, end - self.last), end)
        first = DEFAULT_PAGE if self.first is None else self.first
        return Span(after, min(after + first, end))


@dataclass(frozen=True, slots=True)
class Span:
    """The places behind *after*, up to and with *upto*."""

    after: int
    upto: int

    @property
    def is_empty(self) -> bool:
        return self.upto <= self.after


def page_size(size: int) -> int:
    """
    Check how much may be asked for at once.

    Raises:
        BadPageSize: nothing, or too much.
    """
    if not 1 <= size <= LARGEST_PAGE:
        raise BadPageSize(size=size, limit=LARGEST_PAGE)
    return size
