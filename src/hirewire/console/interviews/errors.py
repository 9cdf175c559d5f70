"""Why the console cannot read a time, or lets somebody look and no more."""

from dataclasses import dataclass
from typing import ClassVar

from hirewire.kit.refusals import HirewireError, Kind


@dataclass(eq=False)
class NoTime(HirewireError):
    """A field of a form holds no date, no time of day or no duration."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "console.no_time"

    expected: str

    def __str__(self) -> str:
        return f"{self.expected}."


@dataclass(eq=False)
class SkippedTime(HirewireError):
    """A local time does not exist: the clocks are put forward over it."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "console.skipped_time"

    time: str
    zone: str
    later: str

    def __str__(self) -> str:
        return (
            f"There is no {self.time} on that day in {self.zone}: the clocks are put forward, "
            f"and show {self.later} instead. Choose another time."
        )


@dataclass(eq=False)
class OnlyToRead(HirewireError):
    """Somebody who may read an employer's interviews tried to change one."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "console.only_to_read"

    def __str__(self) -> str:
        return (
            "You may look at this interview. Admins and recruiters of the employer change it, "
            "and those who interview."
        )
