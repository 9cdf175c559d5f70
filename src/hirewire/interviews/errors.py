"""Why an interview can be refused; *field* is always the place in the caller's own input."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from hirewire.kit.refusals import HirewireError, Kind


@dataclass(eq=False)
class NoInterviewers(HirewireError):
    """An interview was left without anybody who interviews."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.no_interviewers"

    def __str__(self) -> str:
        return "interviewers: an interview takes at least one."


@dataclass(eq=False)
class TooManyInterviewers(HirewireError):
    """An interview was asked to hold more interviewers than it may."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.too_many_interviewers"

    asked: int
    limit: int

    def __str__(self) -> str:
        return f"interviewers: an interview takes at most {self.limit}, got {self.asked}."


@dataclass(eq=False)
class TooLong(HirewireError):
    """An interview was asked to last longer than one may."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.too_long"

    limit_h: int

    def __str__(self) -> str:
        return f"endTime: an interview lasts at most {self.limit_h} hours."


@dataclass(eq=False)
class EndsBeforeStart(HirewireError):
    """An interview was asked to end at or before its start."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.ends_before_start"

    def __str__(self) -> str:
        return "endTime: an interview ends after it starts, not at or before startTime."


@dataclass(eq=False)
class StartsTooLongAgo(HirewireError):
    """An interview was asked to start further in the past than can be entered later."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.starts_too_long_ago"

    limit_h: int

    def __str__(self) -> str:
        return f"startTime: an interview starts at most {self.limit_h} hours in the past."


@dataclass(eq=False)
class StartsTooFarAhead(HirewireError):
    """An interview was asked to start later than anybody plans."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.starts_too_far_ahead"

    limit_years: int

    def __str__(self) -> str:
        return f"startTime: an interview starts at most {self.limit_years} years ahead."


@dataclass(eq=False)
class BadText(HirewireError):
    """
    A title or a name shows nothing, is too long, or holds control characters.

    Those that turn the direction of writing around are among them.
    """

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.bad_text"

    field: str
    longest: int

    def __str__(self) -> str:
        return (
            f"{self.field}: takes 1 to {self.longest} characters in one line, at least one of "
            "them visible, and no control characters, not even for the direction of writing."
        )


@dataclass(eq=False)
class BadEmail(HirewireError):
    """Somebody's address is no e-mail address."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.bad_email"

    field: str
    email: str

    def __str__(self) -> str:
        return f"{self.field}: '{self.email}' is not an e-mail address."


@dataclass(eq=False)
class UnknownTimeZone(HirewireError):
    """A time zone is not in the IANA database."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.unknown_time_zone"

    time_zone: str

    def __str__(self) -> str:
        return (
            f"timezone: '{self.time_zone}' is not a time zone of the IANA database, such as "
            "America/Los_Angeles."
        )


@dataclass(eq=False)
class UnknownCountry(HirewireError):
    """A country is no ISO 3166-1 alpha-2 code."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.unknown_country"

    country: str

    def __str__(self) -> str:
        return f"countryCode: '{self.country}' is not a country of ISO 3166-1, such as CA."


@dataclass(eq=False)
class BadLanguage(HirewireError):
    """A language is none of ISO 639-1, nor a BCP 47 tag that begins with one."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.bad_language"

    language: str

    def __str__(self) -> str:
        return f"languageCode: '{self.language}' is not a language, such as fr or pt-BR."


@dataclass(eq=False)
class TooManyIds(HirewireError):
    """More interviews were asked for at once than one request may name."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.too_many_ids"

    asked: int
    limit: int

    def __str__(self) -> str:
        return f"ids: at most {self.limit} can be asked for at once, got {self.asked}."


@dataclass(eq=False)
class BadPageSize(HirewireError):
    """A page was asked to hold fewer or more interviews than it may."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.bad_page_size"

    first: int
    limit: int

    def __str__(self) -> str:
        return f"first: a page holds 1 to {self.limit}, got {self.first}."


@dataclass(eq=False)
class TooManyEntries(HirewireError):
    """A list of a search is longer than one may be."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.too_many_entries"

    field: str
    asked: int
    limit: int

    def __str__(self) -> str:
        return f"{self.field}: takes at most {self.limit} entries, got {self.asked}."


@dataclass(eq=False)
class NotYourInterview(HirewireError):
    """An interview does not exist, or is not the caller's to see: they cannot tell which."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "interviews.not_yours"

    id: UUID

    def __str__(self) -> str:
        return f"You have no access to an interview with the id {self.id}."


@dataclass(eq=False)
class EmployerLost(HirewireError):
    """The person of the access token acts for its employer no more."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "interviews.employer_lost"

    def __str__(self) -> str:
        return "The person acts for the employer of the access token no more."


@dataclass(eq=False)
class RoleMayNot(HirewireError):
    """The person acts for the employer in a role that may not do this."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "interviews.role_may_not"

    role: str

    def __str__(self) -> str:
        return f"The role of the person at the employer, {self.role}, does not allow this."


@dataclass(eq=False)
class IsCanceled(HirewireError):
    """A canceled interview was asked to change."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.canceled"

    def __str__(self) -> str:
        return "id: the interview is canceled, and cannot change any more."


@dataclass(eq=False)
class HasInterviewee(HirewireError):
    """An interview that has an interviewee was asked to take another one."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.has_interviewee"

    def __str__(self) -> str:
        return (
            "interviewee: the interview has one, who cannot be changed; cancel it, and "
            "schedule another."
        )


@dataclass(eq=False)
class OnBothSides(HirewireError):
    """One person was named as interviewer and as interviewee of one interview."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.on_both_sides"

    field: str
    email: str

    def __str__(self) -> str:
        return (
            f"{self.field}: '{self.email}' is on the other side of the interview; nobody is "
            "both interviewer and interviewee."
        )


@dataclass(eq=False)
class NotOneChange(HirewireError):
    """An update asked for no change, or for several at once."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.not_one_change"

    choices: tuple[str, ...]
    asked: tuple[str, ...]

    def __str__(self) -> str:
        got = " and ".join(self.asked) or "none"
        return f"input: takes exactly one of {', '.join(self.choices)}; got {got}."
