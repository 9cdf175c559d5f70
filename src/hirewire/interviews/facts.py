"""What happened to interviews."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from hirewire.kit.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewScheduled(Fact):
    """An interview was put on the calendar; enough is told to invite everybody."""

    kind: ClassVar[str] = "interview.scheduled"

    interview_id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    media_type: str
    language: str | None
    country: str | None
    ats_name: str
    employer_name: str | None
    interviewers: tuple[str, ...]
    interviewee_name: str | None
    interviewee_email: str | None
    app_id: str
    person_id: UUID | None
