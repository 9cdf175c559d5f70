"""Why a lobby, an outcome or a recording can be refused."""

import math
from dataclasses import dataclass
from typing import ClassVar

from hirewire.kit.refusals import HirewireError, Kind


@dataclass(eq=False)
class NoSuchLobby(HirewireError):
    """An address leads to no lobby, no session and no recording that the visitor may see."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND
    code: ClassVar[str] = "lobby.not_found"

    def __str__(self) -> str:
        return "There is no page at this address. Check the link in your invitation."


@dataclass(eq=False)
class NotAnInterviewer(HirewireError):
    """Somebody is signed in who is none of the interviewers."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "lobby.not_an_interviewer"

    def __str__(self) -> str:
        return (
            "This link is for interviewers, and you are signed in with an account that is not "
            "one of them. Sign in with the address that was invited."
        )


@dataclass(eq=False)
class EmailNotVerified(HirewireError):
    """Somebody has not shown yet that the address of their account is theirs."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "lobby.email_not_verified"

    def __str__(self) -> str:
        return "Confirm the e-mail address of your account first, then open this link again."


@dataclass(eq=False)
class LobbyClosed(HirewireError):
    """A lobby was entered too early, too late, or after the interview was canceled."""

    kind: ClassVar[Kind] = Kind.CONFLICT
    code: ClassVar[str] = "lobby.closed"

    def __str__(self) -> str:
        return "The lobby is not open now."


@dataclass(eq=False)
class NoSuchGuest(HirewireError):
    """Nobody of that id knocked at this lobby, or waits there now."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND
    code: ClassVar[str] = "lobby.no_such_guest"

    def __str__(self) -> str:
        return "Nobody waits here under that id."


@dataclass(eq=False)
class TooManyKnocks(HirewireError):
    """Somebody knocked again too soon."""

    kind: ClassVar[Kind] = Kind.TOO_MANY
    code: ClassVar[str] = "lobby.too_many_knocks"

    retry_after_s: float

    def __str__(self) -> str:
        return f"Please wait {math.ceil(self.retry_after_s)} s before you knock again."


@dataclass(eq=False)
class TooManyListeners(HirewireError):
    """A visitor, or one side of a lobby, has as many streams open as may be."""

    kind: ClassVar[Kind] = Kind.TOO_MANY
    code: ClassVar[str] = "lobby.too_many_listeners"

    most: int
    retry_after_s: float = 5.0

    def __str__(self) -> str:
        return f"Too many pages of this lobby are live: at most {self.most} may be."


@dataclass(eq=False)
class NoSuchDecision(HirewireError):
    """An outcome has no decision that we know."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "lobby.no_such_decision"

    def __str__(self) -> str:
        return "Choose yes, no or maybe."


@dataclass(eq=False)
class NoteTooLong(HirewireError):
    """An outcome's note is longer than one may be."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "lobby.note_too_long"

    longest: int

    def __str__(self) -> str:
        return f"A note has at most {self.longest} characters."
