"""Why signing in, or a form of a signed-in person, can be refused."""

from dataclasses import dataclass
from math import ceil
from typing import ClassVar, Final

from hirewire.kit.refusals import HirewireError, Kind

_MINUTE_S: Final = 60


@dataclass(eq=False)
class CrossSite(HirewireError):
    """A form came from a page that is not ours, or from one that the browser forgot."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "accounts.cross_site"

    def __str__(self) -> str:
        return (
            "This form does not come from the page that we showed to this browser. Go back, "
            "load the page again, and send it once more; cookies have to be allowed."
        )


@dataclass(eq=False)
class SignInThrottled(HirewireError):
    """Too many attempts to sign in failed, with this account or from this address."""

    kind: ClassVar[Kind] = Kind.TOO_MANY
    code: ClassVar[str] = "accounts.sign_in_throttled"

    retry_after_s: float

    def __str__(self) -> str:
        return f"Too many attempts: try again in {_spoken(self.retry_after_s)}."


def _spoken(seconds: float) -> str:
    """Say how long that is, in whole seconds, or in whole minutes where it is long."""
    if seconds > 2 * _MINUTE_S:
        return f"{ceil(seconds / _MINUTE_S)} minutes"
    return "1 second" if ceil(seconds) == 1 else f"{ceil(seconds)} seconds"
