"""What can be changed about an interview that is on the calendar, and the rules of that."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from hirewire.accounts.addresses import email_key
from hirewire.interviews.errors import (
    HasInterviewee,
    IsCanceled,
    OnBothSides,
    TooManyInterviewers,
)
from hirewire.interviews.model import (
    MOST_INTERVIEWERS,
    Interview,
    Interviewee,
    Interviewer,
    Invited,
    NewInterviewee,
    Times,
    check_other_side,
    checked_text,
    checked_zone,
    invited,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RescheduleInterview:
    """The command to move an interview to another time."""

    id: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddInterviewers:
    """The command to have more people interview."""

    id: UUID
    interviewers: tuple[Invited, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddInterviewee:
    """The command to name the candidate."""

    id: UUID
    interviewee: NewInterviewee


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTitle:
    """The command to call an interview something else."""

    id: UUID
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetZone:
    """The command to show an interview's times in another time zone."""

    id: UUID
    zone: str


def check_changeable(interview: Interview) -> None:
    """
    See that *interview* can change: only what is canceled is final.

    One that is over can. It may have been missed, and take place another day.

    Raises:
        IsCanceled: it was canceled.
    """
    if interview.canceled_at is not None:
        raise IsCanceled


def rescheduled(interview: Interview, times: Times, now: datetime) -> Interview:
    """Move *interview*; the same one comes back where that changes nothing."""
    if (interview.starts_at, interview.ends_at) == (times.starts_at, times.ends_at):
        return interview
    return replace(_changed(interview, now), starts_at=times.starts_at, ends_at=times.ends_at)


def newcomers(interview: Interview, asked: tuple[Invited, ...]) -> tuple[Invited, ...]:
    """
    Return those of *asked*, each once, who do not interview yet.

    Raises:
        BadEmail, NoInterviewers: the command says nonsense.
        TooManyInterviewers: with them there would be too many.
        OnBothSides: one of them is the interviewee.
    """
    known = {email_key(each.email) for each in interview.interviewers}
    new = tuple(each for each in invited(asked) if email_key(each.email) not in known)
    if interview.interviewee is not None:
        _check_sides(asked, new, interview.interviewee)
    total = len(known) + len(new)
    if total > MOST_INTERVIEWERS:
        raise TooManyInterviewers(asked=total, limit=MOST_INTERVIEWERS)
    return new


def with_interviewers(
    interview: Interview, new: tuple[Interviewer, ...], now: datetime
) -> Interview:
    """Have *new* people interview; the same interview comes back where there are none."""
    if not new:
        return interview
    people = (*interview.interviewers, *new)
    return replace(_changed(interview, now), interviewers=people)


def with_interviewee(interview: Interview, new: Interviewee, now: datetime) -> Interview:
    """
    Name the candidate.

    Raises:
        HasInterviewee: there is one, even if it is the same person.
        OnBothSides: the candidate is one of the interviewers.
    """
    if interview.interviewee is not None:
        raise HasInterviewee
    check_other_side(new.email, interview.interviewers)
    return replace(_changed(interview, now), interviewee=new)


def retitled(interview: Interview, title: str, now: datetime) -> Interview:
    """
    Call *interview* something else; the same one comes back where that changes nothing.

    Raises:
        BadText: the title is none.
    """
    found = checked_text("title", title)
    if found == interview.title:
        return interview
    return replace(_changed(interview, now), title=found)


def moved_to_zone(interview: Interview, zone: str, now: datetime) -> Interview:
    """
    Show the times in *zone*; the same interview comes back where that changes nothing.

    Raises:
        UnknownTimeZone: there is no such zone.
    """
    found = checked_zone(zone)
    if found == interview.zone:
        return interview
    return replace(_changed(interview, now), zone=found)


def canceled(interview: Interview, now: datetime) -> Interview:
    """Cancel *interview*; the same one comes back where it was canceled before."""
    if interview.canceled_at is not None:
        return interview
    return replace(_changed(interview, now), canceled_at=now)


def _check_sides(
    asked: tuple[Invited, ...], new: tuple[Invited, ...], interviewee: Interviewee
) -> None:
    """See that the *interviewee* is none of the *new*; name the place in what was *asked*."""
    key = email_key(interviewee.email)
    email = next((each.email for each in new if email_key(each.email) == key), None)
    if email is not None:
        keys = [email_key(each.email.strip()) for each in asked]
        place = f"[{keys.index(key)}].email" if key in keys else ""
        raise OnBothSides(field=f"interviewers{place}", email=email)


def _changed(interview: Interview, now: datetime) -> Interview:
    return replace(interview, sequence=interview.sequence + 1, changed_at=now)
