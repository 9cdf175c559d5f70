"""What happened in lobbies; names and notes stay in their rows."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from hirewire.kit.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervieweeKnocked(Fact):
    """Somebody with the interviewee's link asks to be let in."""

    kind: ClassVar[str] = "interview.interviewee_knocked"

    interview_id: UUID
    guest_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervieweeAdmitted(Fact):
    """An interviewer let the interviewee in."""

    kind: ClassVar[str] = "interview.interviewee_admitted"

    interview_id: UUID
    guest_id: UUID
    interviewer_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervieweeDeclined(Fact):
    """An interviewer did not let in who knocked; they may knock again."""

    kind: ClassVar[str] = "interview.interviewee_declined"

    interview_id: UUID
    guest_id: UUID
    interviewer_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionBegan(Fact):
    """The interviewee is admitted and connected: there is one record more."""

    kind: ClassVar[str] = "interview.session_began"

    interview_id: UUID
    record_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Fact):
    """The interviewee is connected no more."""

    kind: ClassVar[str] = "interview.session_ended"

    interview_id: UUID
    record_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeEntered(Fact):
    """An interviewer said what they make of a session, for the first time or anew."""

    kind: ClassVar[str] = "interview.outcome_entered"

    interview_id: UUID
    record_id: UUID
    interviewer_id: UUID
