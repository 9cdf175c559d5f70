"""The list of an employer's interviews: coming or past, by status, a page at a time."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response

from hirewire.accounts.model import Employer
from hirewire.console.desk import INTERVIEWS, Visit
from hirewire.console.errors import NotOffered
from hirewire.console.interviews.access import Calendars, calendars, caller
from hirewire.console.interviews.times import When
from hirewire.console.interviews.words import MEDIA, STATUSES
from hirewire.interviews.model import Interview, Status
from hirewire.interviews.search import (
    Filter,
    Order,
    Page,
    Search,
    SortDirection,
    SortField,
    Span,
)

COMING: Final = "coming"
PAST: Final = "past"
SIZE: Final = 20

_INSTANT: Final = timedelta(microseconds=1)
_STATUSES: Final = {
    COMING: (Status.SCHEDULED, Status.IN_PROGRESS, Status.CANCELED),
    PAST: (Status.COMPLETED, Status.CANCELED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the address asks for."""

    employer: Employer
    when: str
    status: Status | None
    after: str

    @classmethod
    def by(cls, visit: Visit, known: Calendars) -> "_Asked":
        """
        Read it.

        Raises:
            NotOffered: it names what the page does not offer.
        """
        when = visit.query("when") or COMING
        if when not in _STATUSES:
            raise NotOffered
        status = visit.query("status")
        if status not in {"", *_STATUSES[when]}:
            raise NotOffered
        asked = visit.query("employer")
        employer = next((e for e in known.read if asked in {"", e.id.hex}), None)
        if employer is None:
            raise NotOffered
        return cls(
            employer=employer,
            when=when,
            status=Status(status) if status else None,
            after=visit.query("after"),
        )

    def address(self, *, when: str, status: Status | None = None, after: str = "") -> str:
        """Return where such a list of the same employer is."""
        query = {
            "employer": self.employer.id.hex,
            "when": when,
            "status": status or "",
            "after": after,
        }
        return f"{INTERVIEWS}?{urlencode({n: text for n, text in query.items() if text})}"


async def show_calendar(visit: Visit) -> Response:
    """Show a page of the list."""
    desk, now = visit.desk, visit.desk.clock.now()
    async with desk.db.read() as reader:
        known = await calendars(visit, reader)
        if not known.read:
            return visit.show("interviews/none")
        asked = _Asked.by(visit, known)
        seen = caller(visit, asked.employer.id)
        is_past = asked.when == PAST
        split = now + _INSTANT
        search = Search(
            first=SIZE,
            after=asked.after or None,
            where=Filter(
                ends=Span(before=split) if is_past else Span(after=split),
                statuses=(asked.status,) if asked.status else (),
            ),
            order=(
                Order(
                    SortField.START_TIME,
                    SortDirection.DESC if is_past else SortDirection.ASC,
                ),
            ),
        )
        page, _ = await desk.interviews.find(reader, seen, search, now)
    return visit.show(
        "interviews/list",
        interviews=[
            (each, When.of(each), *STATUSES[each.status(now)], _people(each))
            for each in page.interviews
        ],
        media=MEDIA,
        may_schedule=asked.employer in known.written,
        **_frame(asked, known, page),
    )


def _frame(asked: _Asked, known: Calendars, page: Page) -> dict[str, Any]:
    """Return what stands around the list: its filters, and the way to its other pages."""
    last = str(page.cursor(len(page.interviews) - 1)) if page.has_next else ""
    return {
        "employer": asked.employer,
        "employers": [(each.id.hex, each.name) for each in known.read],
        "when": asked.when,
        "tabs": [
            (asked.address(when=when), label, when == asked.when)
            for when, label in ((COMING, "Coming"), (PAST, "Past"))
        ],
        "chosen": asked.status or "",
        "statuses": [
            ("", "Any"),
            *((each.value, STATUSES[each][0]) for each in _STATUSES[asked.when]),
        ],
        "first": asked.address(when=asked.when, status=asked.status) if asked.after else "",
        "more": asked.address(when=asked.when, status=asked.status, after=last) if last else "",
    }


def _people(interview: Interview) -> str:
    count = len(interview.interviewers)
    told = "1 interviewer" if count == 1 else f"{count} interviewers"
    return f"{told}, {'1 interviewee' if interview.interviewee else 'no interviewee'}"
