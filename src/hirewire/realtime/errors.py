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
class EmployerLost(HirewireError):
    """A token represents an employer that its person or app acts for no more."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "realtime.employer_lost"

    def __str__(self) -> str:
        return "The access token represents an employer that its owner acts for no more."


@dataclass(eq=False)
class AppSwitchedOff(HirewireError):
    """An app is gone, is switched off, or has nothing left to prove itself with."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "realtime.app_switched_off"

    def __str__(self) -> str:
        return "The access token is of an app that is switched off."


@dataclass(eq=False)
class NotYourConnection(HirewireError):
    """A caller names a connection that its app, its person or its employer did not open."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "realtime.not_your_connection"

    def __str__(self) -> str:
        return "connectionUuid names no connection of the access token's owner."


@dataclass(eq=False)
class UnknownConnection(HirewireError):
    """A caller names a connection of theirs that is not open."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND
    code: ClassVar[str] = "realtime.unknown_connection"

    def __str__(self) -> str:
        return "connectionUuid names a connection that is not open: open a new stream."


@dataclass(eq=False)
class BadRenewal(HirewireError):
    """The body of a renewal is not what it is to be."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "realtime.bad_renewal"

    def __str__(self) -> str:
        return 'A renewal has the body {"connectionUuid": "<a UUID>"}, as JSON.'


@dataclass(eq=False)
class TooManyStreams(HirewireError):
    """As many streams are open as may be; *limit* says of whom, *most* how many."""

    kind: ClassVar[Kind] = Kind.TOO_MANY
    code: ClassVar[str] = "realtime.too_many_streams"

    limit: str
    most: int
    retry_after_s: int

    def __str__(self) -> str:
        return f"Too many streams are open: {self.limit} may have {self.most}."


@dataclass(eq=False)
class UnknownCursor(HirewireError):
    """A cursor is none of this log's; the stream begins live, and says so."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "realtime.unknown_cursor"

    def __str__(self) -> str:
        return "The cursor is none of this server's."


@dataclass(eq=False)
class CursorExpired(HirewireError):
    """A cursor is older than what can be replayed; the stream begins live, and says so."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "realtime.cursor_expired"

    def __str__(self) -> str:
        return "What followed the cursor is not kept any more."


@dataclass(eq=False)
class StreamsNotReady(HirewireError):
    """This process stops, or does not follow the log up to where the caller has been yet."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code: ClassVar[str] = "realtime.not_ready"

    retry_after_s: int = 2

    def __str__(self) -> str:
        return "Streams cannot be opened now; try again soon."
