"""Why an interview can be refused."""

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
        return "An interview takes at least one interviewer."


@dataclass(eq=False)
class TooManyInterviewers(HirewireError):
    """An interview was asked to hold more interviewers than it may."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.too_many_interviewers"

    asked: int
    limit: int

    def __str__(self) -> str:
        return f"An interview takes at most {self.limit} interviewers, got {self.asked}."


@dataclass(eq=False)
class TooLong(HirewireError):
    """An interview was asked to last longer than one may."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.too_long"

    limit_h: int

    def __str__(self) -> str:
        return f"An interview lasts at most {self.limit_h} hours."


@dataclass(eq=False)
class EndsBeforeStart(HirewireError):
    """An interview was asked to end at or before its start."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.ends_before_start"

    def __str__(self) -> str:
        return "An interview ends after it starts."


@dataclass(eq=False)
class StartsTooLongAgo(HirewireError):
    """An interview was asked to start further in the past than can be entered later."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.starts_too_long_ago"

    limit_h: int

    def __str__(self) -> str:
        return f"An interview starts at most {self.limit_h} hours in the past."


@dataclass(eq=False)
class BadText(HirewireError):
    """A title or a name is empty, too long, or holds control characters."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.bad_text"

    field: str
    longest: int

    def __str__(self) -> str:
        return f"{self.field} takes 1 to {self.longest} characters, and no control characters."


@dataclass(eq=False)
class BadLanguage(HirewireError):
    """A language is none of ISO 639-1, nor a BCP 47 tag that begins with one."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.bad_language"

    language: str

    def __str__(self) -> str:
        return f"'{self.language}' is no language code, such as fr or pt-BR."


@dataclass(eq=False)
class TooManyIds(HirewireError):
    """More interviews were asked for at once than one request may name."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.too_many_ids"

    asked: int
    limit: int

    def __str__(self) -> str:
        return f"At most {self.limit} ids can be asked for at once, got {self.asked}."


@dataclass(eq=False)
class BadPageSize(HirewireError):
    """A page was asked to hold fewer or more interviews than it may."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "interviews.bad_page_size"

    first: int
    limit: int

    def __str__(self) -> str:
        return f"first is a number from 1 to {self.limit}, got {self.first}."


@dataclass(eq=False)
class NotYourInterview(HirewireError):
    """An interview does not exist, or is not the caller's to see: they cannot tell which."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "interviews.not_yours"

    id: UUID

    def __str__(self) -> str:
        return f"You have no access to an interview with the id {self.id}."
