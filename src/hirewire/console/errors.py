"""Why a page of the console can be refused."""

from dataclasses import dataclass
from typing import ClassVar

from hirewire.kit.refusals import HirewireError, Kind


@dataclass(eq=False)
class NoSuchPage(HirewireError):
    """There is nothing at an address, or nothing that this person may see."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND
    code: ClassVar[str] = "console.no_such_page"

    def __str__(self) -> str:
        return "There is nothing at this address, or it is not yours to see."


@dataclass(eq=False)
class NotOffered(HirewireError):
    """A form or an address names a choice that the page did not offer."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "console.not_offered"

    def __str__(self) -> str:
        return "Choose one of those that are offered."


@dataclass(eq=False)
class SentBefore(HirewireError):
    """A form that makes something new came a second time."""

    kind: ClassVar[Kind] = Kind.CONFLICT
    code: ClassVar[str] = "console.sent_before"

    def __str__(self) -> str:
        return "This form was sent before, and nothing was made twice. Go back and look."


@dataclass(eq=False)
class LastSecret(HirewireError):
    """The last secret of an app was to go, and nobody said that they know."""

    kind: ClassVar[Kind] = Kind.CONFLICT
    code: ClassVar[str] = "console.last_secret"

    def __str__(self) -> str:
        return "Tick the box: this is the only secret that is left."
