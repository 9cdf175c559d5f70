"""
What an interview looks like in GraphQL; attributes are worked out when asked for.

The views are Structs, of which many are made for one answer: they cost a fifth of a frozen
dataclass.
"""

from collections.abc import Collection
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, Self
from uuid import UUID

from msgspec import Struct

from hirewire.interviews.lobby_urls import LobbyUrls
from hirewire.interviews.model import (
    Decision,
    Interview,
    Interviewee,
    Interviewer,
    Outcome,
    Record,
    Status,
)
from hirewire.interviews.service import Interviews
from hirewire.kit.cursors import Cursor
from hirewire.kit.node_ids import NodeIds
from hirewire.web.graphql import Context

EVENT: Final = "VirtualInterviewEvent"
INTERVIEWER: Final = "VirtualInterviewInterviewer"
RECORD: Final = "VirtualInterviewRecord"


def _shows(path: str) -> Any:
    """Make a property of what lies at *path*, read without a call in between."""
    return property(attrgetter(path))


class RecordsOf:
    """
    The records of *interviews*, which are shown together.

    Whoever is asked for theirs first reads those of all, so that the number of statements does
    not depend on the number of interviews; they are not read unless somebody is asked.
    """

    __slots__ = ("_found", "_interviews")

    def __init__(self, interviews: Collection[Interview]) -> None:
        self._interviews = interviews
        self._found: dict[UUID, tuple[Record, ...]] | None = None

    async def one(self, ctx: Context, id: UUID) -> tuple[Record, ...]:
        """Return the records of the interview *id*."""
        if self._found is None:
            ids = [each.id for each in self._interviews if each.interviewee is not None]
            self._found = await ctx.part(Interviews).records(ctx.reader, ids)
        return self._found.get(id, ())


class View(Struct, frozen=True):
    """What it takes to show interviews: how ids are spelled, where pages are, the time."""

    node_ids: NodeIds
    lobby: LobbyUrls
    now: datetime
    records: RecordsOf

    @classmethod
    def of(cls, ctx: Context, interviews: Collection[Interview]) -> Self:
        """Look at *interviews* from *ctx*."""
        return cls(ctx.node_ids, ctx.part(LobbyUrls), ctx.now, RecordsOf(interviews))


class PageInfo(Struct, frozen=True, kw_only=True):
    """Where a page stands in its list."""

    start_cursor: str | None
    end_cursor: str | None
    has_next_page: bool = False
    has_previous_page: bool = False

    @classmethod
    def of_all(cls, *ids: UUID) -> Self:
        """Describe a list that is one page."""
        if not ids:
            return cls(start_cursor=None, end_cursor=None)
        last = len(ids) - 1
        return cls(start_cursor=str(Cursor(ids[0], 0)), end_cursor=str(Cursor(ids[last], last)))


class InterviewerView(Struct, frozen=True):
    """`VirtualInterviewInterviewer`."""

    _interviewer: Interviewer
    _view: View

    @property
    def id(self) -> str:
        return self._view.node_ids.mint(INTERVIEWER, self._interviewer.id)

    email = _shows("_interviewer.email")
    name = _shows("_interviewer.name")


class Interviewers(Struct, frozen=True):
    """`VirtualInterviewInterviewersConnection`."""

    _all: tuple[Interviewer, ...]
    _view: View

    @property
    def interviewers(self) -> list[InterviewerView]:
        return [InterviewerView(each, self._view) for each in self._all]

    @property
    def page_info(self) -> PageInfo:
        return PageInfo.of_all(*(each.id for each in self._all))


class DecisionView(Struct, frozen=True):
    """`VirtualInterviewDecision`."""

    value: Decision
    note_text: str


class OutcomeView(Struct, frozen=True):
    """`VirtualInterviewOutcome`."""

    _outcome: Outcome
    _view: View

    @property
    def interviewer(self) -> InterviewerView:
        return InterviewerView(self._outcome.interviewer, self._view)

    @property
    def decision(self) -> DecisionView:
        return DecisionView(self._outcome.decision, self._outcome.note)


class Outcomes(Struct, frozen=True):
    """`VirtualInterviewOutcomesConnection`."""

    _all: tuple[Outcome, ...]
    _view: View

    @property
    def outcomes(self) -> list[OutcomeView]:
        return [OutcomeView(each, self._view) for each in self._all]

    @property
    def page_info(self) -> PageInfo:
        return PageInfo.of_all(*(each.interviewer.id for each in self._all))


class RecordView(Struct, frozen=True):
    """`VirtualInterviewRecord`."""

    _record: Record
    _view: View

    @property
    def id(self) -> str:
        return self._view.node_ids.mint(RECORD, self._record.id)

    @property
    def recording_url(self) -> str | None:
        path = self._record.recording_url
        return None if path is None else f"{self._view.lobby.base_url}{path}"

    @property
    def interview_outcomes_connection(self) -> Outcomes:
        return Outcomes(self._record.outcomes, self._view)


class Records(Struct, frozen=True):
    """`VirtualInterviewRecordsConnection`."""

    _all: tuple[Record, ...]
    _view: View

    @property
    def records(self) -> list[RecordView]:
        return [RecordView(each, self._view) for each in self._all]

    @property
    def page_info(self) -> PageInfo:
        return PageInfo.of_all(*(each.id for each in self._all))


class IntervieweeView(Struct, frozen=True):
    """`VirtualInterviewInterviewee`, who is *shown* of an *interview*."""

    shown: Interviewee
    interview: Interview
    view: View

    name = _shows("shown.name")
    email = _shows("shown.email")

    @property
    def interviewee_lobby_url(self) -> str | None:
        token = self.shown.lobby_token
        return self.view.lobby.of(token) if token else None


async def interview_records_connection(interviewee: IntervieweeView, ctx: Context) -> Records:
    """Show the sessions in which an interviewee was connected."""
    view = interviewee.view
    return Records(await view.records.one(ctx, interviewee.interview.id), view)


class Interviewees(Struct, frozen=True):
    """`VirtualInterviewIntervieweesConnection`."""

    _interview: Interview
    _view: View

    @property
    def interviewees(self) -> list[IntervieweeView]:
        one = self._interview.interviewee
        return [] if one is None else [IntervieweeView(one, self._interview, self._view)]

    @property
    def page_info(self) -> PageInfo:
        one = self._interview.interviewee
        return PageInfo.of_all(*(() if one is None else (one.id,)))


class VirtualInterviewEvent(Struct, frozen=True):
    """`VirtualInterviewEvent`."""

    _interview: Interview
    _view: View

    @property
    def id(self) -> str:
        return self._view.node_ids.mint(EVENT, self._interview.id)

    @property
    def status(self) -> Status:
        return self._interview.status(self._view.now)

    title = _shows("_interview.title")
    start_time = _shows("_interview.starts_at")
    end_time = _shows("_interview.ends_at")
    timezone = _shows("_interview.zone")
    language_code = _shows("_interview.language")
    country_code = _shows("_interview.country")
    media_type = _shows("_interview.media_type")

    @property
    def interviewer_lobby_url(self) -> str:
        return self._view.lobby.of(self._interview.lobby_token)

    @property
    def interviewers_connection(self) -> Interviewers:
        return Interviewers(self._interview.interviewers, self._view)

    @property
    def interviewees_connection(self) -> Interviewees:
        return Interviewees(self._interview, self._view)
