"""What an interview is, and the rules it keeps."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

from hirewire.accounts.addresses import email_key, parse_email
from hirewire.accounts.errors import BadEmail as NoEmail
from hirewire.accounts.errors import UnknownCountry as NoCountry
from hirewire.accounts.errors import UnknownTimeZone as NoTimeZone
from hirewire.accounts.places import parse_country, parse_time_zone
from hirewire.interviews.errors import (
    BadEmail,
    BadText,
    EndsBeforeStart,
    NoInterviewers,
    OnBothSides,
    StartsTooFarAhead,
    StartsTooLongAgo,
    TooLong,
    TooManyInterviewers,
    UnknownCountry,
    UnknownTimeZone,
)
from hirewire.interviews.languages import read_language
from hirewire.kit.lines import is_line

MOST_INTERVIEWERS: Final = 49
LONGEST_INTERVIEW: Final = timedelta(hours=24)
EARLIEST_START: Final = timedelta(hours=24)
LATEST_START: Final = timedelta(days=10 * 366)
_YEAR: Final = timedelta(days=366)
LONGEST_TEXT: Final = 200
_HOUR: Final = timedelta(hours=1)
_LONGEST_SHOWN: Final = 100


class Status(StrEnum):
    """Where an interview stands; the clock moves it, unless it was canceled."""

    SCHEDULED = "SCHEDULED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    CANCELED = "CANCELED"


class MediaType(StrEnum):
    """How people meet."""

    VIDEO = "VIDEO"
    PHONE = "PHONE"
    IN_PERSON = "IN_PERSON"


class Decision(StrEnum):
    """What an interviewer thinks of an interviewee."""

    YES = "YES"
    NO = "NO"
    MAYBE = "MAYBE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """An interviewer as a command names them; *name* is known for people with an account."""

    email: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInterviewee:
    """The interviewee as a command names them."""

    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleInterview:
    """The command to put an interview on the calendar."""

    title: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    interviewers: tuple[Invited, ...]
    ats_name: str
    employer_name: str | None = None
    interviewee: NewInterviewee | None = None
    language: str | None = None
    country: str | None = None
    media_type: MediaType = MediaType.VIDEO


@dataclass(frozen=True, slots=True)
class Interviewer:
    """Someone who interviews."""

    id: UUID
    email: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one interviewer made of one record."""

    interviewer: Interviewer
    decision: Decision
    note: str


@dataclass(frozen=True, slots=True)
class Record:
    """One session in which the interviewee was connected."""

    id: UUID
    recording_url: str | None
    outcomes: tuple[Outcome, ...] = ()


@dataclass(frozen=True, slots=True)
class Interviewee:
    """
    The candidate, who enters the lobby with *lobby_token*.

    It is empty where an interview is shown to somebody who may not know it.
    """

    id: UUID
    name: str
    email: str
    lobby_token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """
    An interview on the calendar.

    *sequence* counts the changes that people are told of, the last of which was at
    *changed_at*.
    """

    id: UUID
    employer_id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    media_type: MediaType
    language: str | None
    country: str | None
    ats_name: str
    employer_name: str | None
    lobby_token: str = field(repr=False)
    created_at: datetime
    changed_at: datetime
    sequence: int = 0
    canceled_at: datetime | None = None
    interviewers: tuple[Interviewer, ...] = field(default=())
    interviewee: Interviewee | None = None

    def status(self, now: datetime) -> Status:
        """Say where the interview stands at *now*."""
        if self.canceled_at is not None:
            return Status.CANCELED
        if self.ends_at <= now:
            return Status.COMPLETED
        return Status.IN_PROGRESS if self.starts_at <= now else Status.SCHEDULED

    def without_interviewee_link(self) -> Self:
        """Return it for those who may not enter as the candidate; it is not to be saved."""
        if self.interviewee is None:
            return self
        return replace(self, interviewee=replace(self.interviewee, lobby_token=""))

    def is_interviewed_by(self, email: str) -> bool:
        """Tell whether the person with the address *email* is one of the interviewers."""
        key = email_key(email)
        return any(email_key(each.email) == key for each in self.interviewers)


@dataclass(frozen=True, slots=True)
class Times:
    """When an interview is."""

    starts_at: datetime
    ends_at: datetime

    @classmethod
    def checked(
        cls, starts_at: datetime, ends_at: datetime, now: datetime, past: timedelta
    ) -> Self:
        """
        Check that an interview can be at these times; *past* is how long ago it may start.

        Raises:
            EndsBeforeStart, TooLong, StartsTooLongAgo, StartsTooFarAhead: it cannot.
        """
        if ends_at <= starts_at:
            raise EndsBeforeStart
        if ends_at - starts_at > LONGEST_INTERVIEW:
            raise TooLong(limit_h=LONGEST_INTERVIEW // _HOUR)
        if now - starts_at > past:
            raise StartsTooLongAgo(limit_h=past // _HOUR)
        if starts_at - now > LATEST_START:
            raise StartsTooFarAhead(limit_years=LATEST_START // _YEAR)
        return cls(starts_at, ends_at)


def checked(
    command: ScheduleInterview,
    now: datetime,
    *,
    past: timedelta = EARLIEST_START,
    organizer: Invited | None = None,
) -> ScheduleInterview:
    """
    Return *command* in canonical spelling, or say what is wrong with it.

    The *organizer* becomes the first interviewer.

    Raises:
        HirewireError: one of this slice's refusals.
    """
    times = Times.checked(command.starts_at, command.ends_at, now, past)
    interviewers = invited(command.interviewers, organizer)
    interviewee = None
    if command.interviewee is not None:
        interviewee = checked_interviewee(command.interviewee)
        check_other_side(interviewee.email, interviewers)
    return ScheduleInterview(
        title=checked_text("title", command.title),
        starts_at=times.starts_at,
        ends_at=times.ends_at,
        zone=checked_zone(command.zone),
        interviewers=interviewers,
        ats_name=checked_text("requestMetadata.atsName", command.ats_name),
        employer_name=_optional("requestMetadata.employerName", command.employer_name),
        interviewee=interviewee,
        language=None if command.language is None else read_language(command.language),
        country=None if command.country is None else _country(command.country),
        media_type=command.media_type,
    )


def checked_interviewee(interviewee: NewInterviewee) -> NewInterviewee:
    """
    Return *interviewee* in canonical spelling.

    Raises:
        BadText, BadEmail: the name or the address is none.
    """
    return NewInterviewee(
        name=checked_text("interviewee.name", interviewee.name),
        email=_email("interviewee.email", interviewee.email),
    )


def invited(asked: Iterable[Invited], organizer: Invited | None = None) -> tuple[Invited, ...]:
    """
    Merge who is named twice, and count the rest.

    Raises:
        BadEmail: an address is none.
        NoInterviewers, TooManyInterviewers: nobody is left, or too many are.
    """
    named: dict[str, tuple[str, Invited]] = {}
    if organizer is not None:
        named[email_key(organizer.email)] = ("organizer", organizer)
    for index, each in enumerate(asked):
        field, known = named.setdefault(
            key := email_key(each.email), (f"interviewers[{index}].email", each)
        )
        if known.name is None and each.name is not None:
            named[key] = (field, replace(known, name=each.name))
    if not named:
        raise NoInterviewers
    if len(named) > MOST_INTERVIEWERS:
        raise TooManyInterviewers(asked=len(named), limit=MOST_INTERVIEWERS)
    valid = [_with_valid_email(field, each) for field, each in named.values()]
    return tuple({email_key(each.email): each for each in valid}.values())


def check_other_side(email: str, interviewers: Iterable[Invited | Interviewer]) -> None:
    """
    See that the interviewee, whose address is *email*, is none of the *interviewers*.

    Raises:
        OnBothSides: they are.
    """
    key = email_key(email)
    if any(email_key(each.email) == key for each in interviewers):
        raise OnBothSides(field="interviewee.email", email=email[:_LONGEST_SHOWN])


def _with_valid_email(field: str, person: Invited) -> Invited:
    email = _email(field, person.email)
    return person if email == person.email else replace(person, email=email)


def checked_text(field: str, text: str) -> str:
    """
    Return *text*, which stands at *field*, without the space around it.

    Raises:
        BadText: nothing to see is left, it is too long, or it holds control characters, such
            as those that turn the writing around.
    """
    found = text.strip()
    if len(found) > LONGEST_TEXT or not is_line(found):
        raise BadText(field=field, longest=LONGEST_TEXT)
    return found


def checked_zone(text: str) -> str:
    """
    Return the time zone that *text* names.

    Raises:
        UnknownTimeZone: it names none.
    """
    try:
        return parse_time_zone(text)
    except NoTimeZone:
        raise UnknownTimeZone(time_zone=text[:_LONGEST_SHOWN]) from None


def _optional(field: str, text: str | None) -> str | None:
    return None if text is None or not text.strip() else checked_text(field, text)


def _email(field: str, text: str) -> str:
    try:
        return parse_email(text)
    except NoEmail:
        raise BadEmail(field=field, email=text[:_LONGEST_SHOWN]) from None


def _country(text: str) -> str:
    refusal = UnknownCountry(country=text[:_LONGEST_SHOWN])
    if not text.isascii():
        raise refusal  # Or the capitals of "ß" would be South Sudan.
    try:
        return parse_country(text)
    except NoCountry:
        raise refusal from None
