"""The form of an interview: what was typed, what is wrong with it, and what it asks for."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Final, Self, TypeAlias

from hirewire.accounts.addresses import parse_email
from hirewire.accounts.model import Employer, Person
from hirewire.accounts.places import parse_country
from hirewire.console.app_form import Problem
from hirewire.console.errors import NotOffered
from hirewire.console.interviews import times
from hirewire.console.interviews.words import at_field
from hirewire.interviews.languages import read_language
from hirewire.interviews.model import (
    Interview,
    Invited,
    MediaType,
    NewInterviewee,
    ScheduleInterview,
    Times,
    check_other_side,
    checked_text,
    checked_zone,
    invited,
)
from hirewire.kit.refusals import HirewireError
from hirewire.web.pages import Form

ATS_NAME: Final = "hirewire console"

_WHEN: Final = ("zone", "date", "time", "minutes")
_INTERVIEWEE: Final = ("interviewee_name", "interviewee_email")

Check: TypeAlias = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewForm:
    """The form as it was filled in; *interviewers* are addresses of one line each."""

    employer: str = ""
    title: str = ""
    date: str = ""
    time: str = ""
    minutes: str = "60"
    zone: str = ""
    media_type: str = MediaType.VIDEO.value
    interviewers: str = ""
    interviewee_name: str = ""
    interviewee_email: str = ""
    language: str = ""
    country: str = ""

    @classmethod
    def of(cls, interview: Interview) -> Self:
        """Fill the form in with what can be changed about an interview."""
        local = times.local_start(interview)
        return cls(
            title=interview.title,
            date=f"{local:%Y-%m-%d}",
            time=f"{local:%H:%M}",
            minutes=times.length(interview),
            zone=interview.zone,
        )

    @classmethod
    def read(cls, form: Form) -> Self:
        """Take what was sent, as it was typed."""
        return cls(**{each.name: form.one(each.name) for each in fields(cls)})

    def is_at(self, interview: Interview) -> bool:
        """Tell whether date and time are still those that the form began with."""
        usual = InterviewForm.of(interview)
        return (self.date, self.time, self.zone) == (usual.date, usual.time, usual.zone)

    def is_as_long_as(self, interview: Interview) -> bool:
        """Tell whether the minutes are still those that the form began with."""
        return self.minutes == InterviewForm.of(interview).minutes

    def in_zone_of(self, employer: Employer) -> Self:
        """Take the employer's time zone where none was chosen."""
        return self if self.zone else replace(self, zone=employer.time_zone)

    def times(self, now: datetime, past: timedelta) -> Times:
        """
        Work out from when to when it is.

        Raises:
            SkippedTime, StartsTooLongAgo: it cannot be then.
        """
        day, clock = times.read_date(self.date), times.read_time(self.time)
        begin = times.moment(day, clock, self.zone)
        return Times.checked(begin, begin + times.read_minutes(self.minutes), now, past)

    def people(self) -> tuple[Invited, ...]:
        """Return who is to interview."""
        lines = (line.strip() for line in self.interviewers.splitlines())
        return tuple(Invited(email=line) for line in lines if line)

    def interviewee(self) -> NewInterviewee | None:
        """Return the candidate, if one is named."""
        if not self.interviewee_name.strip() and not self.interviewee_email.strip():
            return None
        return NewInterviewee(name=self.interviewee_name, email=self.interviewee_email)

    def problems(self, names: tuple[str, ...], now: datetime, past: timedelta) -> list[Problem]:
        """Say what is wrong in which of the fields *names*."""
        checks = self._checks()
        found = dict(_failures((name, checks[name]) for name in names if name in checks))
        if "time" in names and not found.keys() & set(_WHEN):
            found |= dict(_failures([("time", lambda: self.times(now, past))]))
        return [(name, found[name]) for name in names if name in found]

    def new_problems(self, organizer: Person, now: datetime, past: timedelta) -> list[Problem]:
        """Say what keeps the form from becoming a new interview."""
        names = [each.name for each in fields(self) if each.name != "interviewers"]
        if self.interviewee() is None:
            names = [name for name in names if name not in _INTERVIEWEE]
        found = dict(self.problems(tuple(names), now, past))
        email = organizer.verified_email
        first = Invited(email=email) if email else None
        found |= dict(_failures([("interviewers", lambda: invited(self.people(), first))]))
        if not found.keys() & {"interviewers", "interviewee_email"}:
            found |= dict(_failures([("interviewee_email", lambda: self._check_sides(first))]))
        return [(each.name, found[each.name]) for each in fields(self) if each.name in found]

    def command(self, employer: Employer, now: datetime, past: timedelta) -> ScheduleInterview:
        """Return what is asked for, where `new_problems` found none."""
        when = self.times(now, past)
        return ScheduleInterview(
            title=self.title,
            starts_at=when.starts_at,
            ends_at=when.ends_at,
            zone=self.zone,
            interviewers=self.people(),
            ats_name=ATS_NAME,
            employer_name=employer.name,
            interviewee=self.interviewee(),
            language=self.language.strip() or None,
            country=self.country.strip() or None,
            media_type=MediaType(self.media_type),
        )

    def _check_sides(self, organizer: Invited | None) -> None:
        if interviewee := self.interviewee():
            email = parse_email(interviewee.email)
            check_other_side(email, invited(self.people(), organizer))

    def _checks(self) -> dict[str, Check]:
        language, country = self.language.strip(), self.country.strip()
        return {
            "title": lambda: checked_text("title", self.title),
            "date": lambda: times.read_date(self.date),
            "time": lambda: times.read_time(self.time),
            "minutes": lambda: times.read_minutes(self.minutes),
            "zone": lambda: checked_zone(self.zone),
            "media_type": lambda: _choose_medium(self.media_type),
            "interviewers": lambda: invited(self.people()),
            "interviewee_name": lambda: checked_text("name", self.interviewee_name),
            "interviewee_email": lambda: parse_email(self.interviewee_email),
            "language": lambda: language and read_language(language),
            "country": lambda: country and parse_country(country),
        }


def _failures(checks: Iterable[tuple[str, Check]]) -> Iterator[Problem]:
    for name, check in checks:
        try:
            check()
        except HirewireError as error:
            yield name, at_field(error)


def _choose_medium(text: str) -> None:
    if text not in set(MediaType):
        raise NotOffered
