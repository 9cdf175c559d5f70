"""Why the sandbox can refuse a request."""

from dataclasses import dataclass
from typing import ClassVar

from hirewire.kit.refusals import HirewireError, Kind


@dataclass(eq=False)
class BadBody(HirewireError):
    """A request's body is not the JSON object that was expected."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "sandbox.bad_body"

    problem: str

    def __str__(self) -> str:
        return f"The body is not as expected: {self.problem}."


@dataclass(eq=False)
class BadField(HirewireError):
    """A field of a request says something that cannot be done."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "sandbox.bad_field"

    field: str
    problem: str

    def __str__(self) -> str:
        return f"`{self.field}` {self.problem}."


@dataclass(eq=False)
class LargeBody(HirewireError):
    """A request's body is larger than any order to the sandbox."""

    kind: ClassVar[Kind] = Kind.TOO_LARGE
    code: ClassVar[str] = "sandbox.large_body"

    limit: int

    def __str__(self) -> str:
        return f"The body is larger than {self.limit} bytes."


@dataclass(eq=False)
class ForeignHost(HirewireError):
    """The sandbox was called by a name that is not its own (DNS rebinding)."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "sandbox.foreign_host"

    host: str

    def __str__(self) -> str:
        return f"The sandbox answers on this machine only, not as '{self.host}'."


@dataclass(eq=False)
class ForeignPage(HirewireError):
    """A web page of another site tried to drive the sandbox."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "sandbox.foreign_page"

    origin: str

    def __str__(self) -> str:
        return f"The sandbox does not obey pages of '{self.origin}'."


@dataclass(eq=False)
class UnknownConversation(HirewireError):
    """There is no such conversation."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND
    code: ClassVar[str] = "sandbox.unknown_conversation"

    conversation: str

    def __str__(self) -> str:
        return f"There is no conversation '{self.conversation}'; GET /_sandbox/demo names one."


@dataclass(eq=False)
class UnknownMail(HirewireError):
    """Somebody asks for a mail that is not, or no more, in the mailbox."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND
    code: ClassVar[str] = "sandbox.unknown_mail"

    mail: str

    def __str__(self) -> str:
        return f"There is no mail '{self.mail}' in the mailbox."
