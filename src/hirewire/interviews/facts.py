"""
What happened to interviews: ids, times, and who did it; no title, name or address.

The log outlives what it tells of, and its readers may be many. Who needs the people of an
interview asks for them by its id, and gets them as they are by then.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypedDict
from uuid import UUID

from hirewire.interviews.model import Interview
from hirewire.kit.caller import Caller
from hirewire.kit.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewScheduled(Fact):
    """An interview was put on the calendar."""

    kind: ClassVar[str] = "interview.scheduled"

    interview_id: UUID
    sequence: int = 0
    starts_at: datetime
    ends_at: datetime
    zone: str
    media_type: str
    app_id: str
    person_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewRescheduled(Fact):
    """An interview is at another time."""

    kind: ClassVar[str] = "interview.rescheduled"

    interview_id: UUID
    sequence: int
    starts_at: datetime
    ends_at: datetime
    app_id: str
    person_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewersAdded(Fact):
    """More people interview; *added* are their ids in the interview."""

    kind: ClassVar[str] = "interview.interviewers_added"

    interview_id: UUID
    sequence: int
    added: tuple[UUID, ...]
    app_id: str
    person_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervieweeAdded(Fact):
    """An interview that had no interviewee has one."""

    kind: ClassVar[str] = "interview.interviewee_added"

    interview_id: UUID
    sequence: int
    interviewee_id: UUID
    app_id: str
    person_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewTitleChanged(Fact):
    """An interview has another title."""

    kind: ClassVar[str] = "interview.title_changed"

    interview_id: UUID
    sequence: int
    app_id: str
    person_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewZoneChanged(Fact):
    """An interview's times are shown in another time zone."""

    kind: ClassVar[str] = "interview.zone_changed"

    interview_id: UUID
    sequence: int
    zone: str
    app_id: str
    person_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewCanceled(Fact):
    """An interview does not take place."""

    kind: ClassVar[str] = "interview.canceled"

    interview_id: UUID
    sequence: int
    app_id: str
    person_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewStarted(Fact):
    """The time of an interview has come."""

    kind: ClassVar[str] = "interview.started"

    interview_id: UUID
    sequence: int
    starts_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewEnded(Fact):
    """The time of an interview is over."""

    kind: ClassVar[str] = "interview.ended"

    interview_id: UUID
    sequence: int
    ends_at: datetime


class Told(TypedDict):
    """What the fact of every change tells."""

    employer_id: UUID
    interview_id: UUID
    sequence: int
    app_id: str
    person_id: UUID | None


def of_change(interview: Interview, caller: Caller) -> Told:
    """Say of a change which it is, and who made it."""
    return Told(
        employer_id=interview.employer_id,
        interview_id=interview.id,
        sequence=interview.sequence,
        app_id=caller.app_id,
        person_id=caller.person_id,
    )


def of_schedule(interview: Interview, caller: Caller) -> InterviewScheduled:
    """Say that the caller put an interview on the calendar."""
    return InterviewScheduled(
        starts_at=interview.starts_at,
        ends_at=interview.ends_at,
        zone=interview.zone,
        media_type=interview.media_type.value,
        **of_change(interview, caller),
    )
