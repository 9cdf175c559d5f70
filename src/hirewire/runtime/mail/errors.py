"""Why a mail does not leave."""

from dataclasses import dataclass
from typing import ClassVar

from hirewire.kit.refusals import HirewireError, Kind


@dataclass(eq=False)
class MailRefused(HirewireError):
    """
    A mail was not taken; *is_permanent* says whether trying again is of no use.

    *reply* is the SMTP reply code, None where there was none.
    """

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code: ClassVar[str] = "mail.refused"

    is_permanent: bool
    reply: int | None
    reason: str

    def __str__(self) -> str:
        way = "permanently" if self.is_permanent else "temporarily"
        reply = "" if self.reply is None else f" {self.reply}"
        return f"The mail was refused {way}:{reply} {self.reason}"


@dataclass(eq=False)
class MailServerUnusable(HirewireError):
    """The mail server cannot be reached, or does not let us in."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code: ClassVar[str] = "mail.server_unusable"

    server: str
    reason: str

    def __str__(self) -> str:
        return f"The mail server {self.server} cannot be used: {self.reason}"
