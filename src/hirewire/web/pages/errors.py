"""Why a form that came back cannot be read."""

from dataclasses import dataclass
from typing import ClassVar

from hirewire.kit.refusals import HirewireError, Kind


@dataclass(eq=False)
class BadForm(HirewireError):
    """A page's form came back malformed."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "pages.bad_form"

    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass(eq=False)
class FormTooLarge(HirewireError):
    """A page's form came back larger than we read."""

    kind: ClassVar[Kind] = Kind.TOO_LARGE
    code: ClassVar[str] = "pages.form_too_large"

    largest_bytes: int

    def __str__(self) -> str:
        return f"A form of this page has at most {self.largest_bytes} bytes."
