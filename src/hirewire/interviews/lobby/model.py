"""What a lobby is, who is in it, and the rules it keeps."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

from hirewire.accounts.addresses import email_key
from hirewire.interviews.lobby.errors import (
    NoSuchDecision,
    NoteTooLong,
)
from hirewire.interviews.model import Decision, Interview, Interviewer

OPENS_BEFORE: Final = timedelta(minutes=15)
CLOSES_AFTER: Final = timedelta(hours=2)
LEASE: Final = timedelta(seconds=30)
"""How long somebody counts as present who is not heard of."""
RENEWED_AFTER: Final = timedelta(seconds=5)
"""How old a lease is that is worth a write to renew."""
RECORDING_KEPT: Final = timedelta(days=90)
LONGEST_NOTE: Final = 10_000
MOST_KNOCKS: Final = 5
KNOCKS_WITHIN: Final = timedelta(minutes=1)
KNOCK_AGAIN_AFTER: Final = timedelta(seconds=30)


class Role(StrEnum):
    """As what somebody enters; the token of the address decides."""

    INTERVIEWER = "interviewer"
    INTERVIEWEE = "interviewee"


class Phase(StrEnum):
    """Whether a lobby can be entered, and if not, why."""

    EARLY = "early"
    OPEN = "open"
    OVER = "over"
    CANCELED = "canceled"


class GuestState(StrEnum):
    """How far a browser of the interviewee's has come."""

    WAITING = "WAITING"
    ADMITTED = "ADMITTED"
    DECLINED = "DECLINED"
    LEFT = "LEFT"


class RecordingState(StrEnum):
    """What there is of a session's recording; only READY has an address."""

    NEVER = "NEVER"
    PROCESSING = "PROCESSING"
    READY = "READY"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Window:
    """When a lobby is open: from *opens_at* up to, and without, *closes_at*."""

    opens_at: datetime
    closes_at: datetime

    @classmethod
    def of(cls, interview: Interview) -> Self:
        """Return the window of *interview*, as it is scheduled now."""
        return cls(interview.starts_at - OPENS_BEFORE, interview.ends_at + CLOSES_AFTER)


def phase(interview: Interview, now: datetime) -> Phase:
    """Say whether the lobby of *interview* can be entered at *now*."""
    if interview.canceled_at is not None:
        return Phase.CANCELED
    window = Window.of(interview)
    if now < window.opens_at:
        return Phase.EARLY
    return Phase.OPEN if now < window.closes_at else Phase.OVER


@dataclass(frozen=True, slots=True)
class Door:
    """What the token of an address opens, and for whom."""

    interview: Interview
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """A browser of the interviewee's that knocked, under the *name* that it gave."""

    id: UUID
    interview_id: UUID
    name: str
    state: GuestState
    knocked_at: datetime
    decided_at: datetime | None
    present_until: datetime

    def is_present(self, now: datetime) -> bool:
        """Tell whether it was heard of lately, and did not leave."""
        return self.state in {GuestState.WAITING, GuestState.ADMITTED} and (
            now < self.present_until
        )

    def may_knock_at(self) -> datetime:
        """Say when it may knock again."""
        if self.state is GuestState.DECLINED and self.decided_at is not None:
            return self.decided_at + KNOCK_AGAIN_AFTER
        return self.knocked_at


@dataclass(frozen=True, slots=True)
class NewGuest:
    """A guest just made: the only moment at which the *text* can be given out."""

    guest: Guest
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Host:
    """An interviewer who is, or was, in the lobby."""

    interviewer_id: UUID
    name: str
    present_until: datetime


@dataclass(frozen=True, slots=True)
class OpenRecord:
    """A session that has not ended."""

    id: UUID
    began_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Who is in a lobby at one moment; those who are gone are left out."""

    hosts: tuple[Host, ...]
    waiting: tuple[Guest, ...]
    admitted: tuple[Guest, ...]
    session: OpenRecord | None

    @classmethod
    def at(
        cls,
        now: datetime,
        hosts: Sequence[Host],
        guests: Sequence[Guest],
        session: OpenRecord | None,
    ) -> Self:
        """See those of *hosts* and *guests* who are present at *now*."""
        present = [each for each in guests if each.is_present(now)]
        return cls(
            hosts=tuple(each for each in hosts if now < each.present_until),
            waiting=tuple(each for each in present if each.state is GuestState.WAITING),
            admitted=tuple(each for each in present if each.state is GuestState.ADMITTED),
            session=session,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One record with the times that pages show, as one of its interviewers sees it."""

    id: UUID
    interview_id: UUID
    began_at: datetime
    ended_at: datetime | None
    recording_state: RecordingState
    decision: Decision | None = None
    note: str = field(default="", repr=False)

    def has_expired(self, now: datetime) -> bool:
        """Tell whether its recording is kept no more (seed 001, "event recordings")."""
        return self.ended_at is not None and self.ended_at + RECORDING_KEPT <= now


@dataclass(frozen=True, slots=True)
class EnterOutcome:
    """The command to say what an interviewer made of a session."""

    record_id: UUID
    decision: Decision
    note: str = field(repr=False)


def read_outcome(record_id: UUID, decision: str, note: str) -> EnterOutcome:
    """
    Read what a form says of a session; a browser ends lines with CR LF, we with LF.

    Raises:
        NoSuchDecision, NoteTooLong: it says something else.
    """
    text = note.replace("\r\n", "\n").strip()
    if decision not in set(Decision):
        raise NoSuchDecision
    if len(text) > LONGEST_NOTE:
        raise NoteTooLong(longest=LONGEST_NOTE)
    return EnterOutcome(record_id, Decision(decision), text)


def interviewer_called(interview: Interview, email: str) -> Interviewer | None:
    """Find the interviewer with the address *email*."""
    key = email_key(email)
    return next((each for each in interview.interviewers if email_key(each.email) == key), None)
