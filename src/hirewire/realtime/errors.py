"""Why a stream can be refused."""

from dataclasses import dataclass
from typing import ClassVar

from hirewire.kit.refusals import HirewireError, Kind


@dataclass(eq=False)
class UnknownEventType(HirewireError):
    """A filter names an event type that is never sent, which would be a silent stream."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "realtime.unknown_event_type"

    event_type: str
    known: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"'{self.event_type}' in eventTypes is no event type; "
            f"known are: {', '.join(self.known)}."
        )


@dataclass(eq=False)
class RepeatedEventTypes(HirewireError):
    """A request carries the filter more than once."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "realtime.repeated_event_types"

    def __str__(self) -> str:
        return "eventTypes is given once, as a comma-separated list."


@dataclass(eq=False)
class UntrustedOrigin(HirewireError):
    """A page of a domain that the app does not trust asks for a stream."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "realtime.untrusted_origin"

    origin: str

    def __str__(self) -> str:
        return f"'{self.origin}' is not a trusted domain of the app."


@dataclass(eq=False)
class EmployerLost(HirewireError):
    """A token represents an employer that its person or app acts for no more."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "realtime.employer_lost"

    def __str__(self) -> str:
        return "The access token represents an employer that its owner acts for no more."
