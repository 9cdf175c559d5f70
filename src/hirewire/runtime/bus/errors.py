"""Why the bus can refuse."""

from dataclasses import dataclass
from typing import ClassVar

from hirewire.kit.refusals import HirewireError, Kind


@dataclass(eq=False)
class UnknownBus(HirewireError):
    """An address names no bus; only its scheme is shown, for it may hold a secret."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "bus.unknown"

    scheme: str

    def __str__(self) -> str:
        return (
            "A bus is memory: or nats://HOST:PORT, or nats://HOST:PORT/INSTALLATION;"
            f" the address given starts with {self.scheme!r} and is neither."
        )


@dataclass(eq=False)
class BusUnavailable(HirewireError):
    """The bus could not do what it was asked; what was told may or may not be heard."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code: ClassVar[str] = "bus.unavailable"

    where: str
    reason: str

    def __str__(self) -> str:
        return f"The bus at {self.where} is not available: {self.reason}."


@dataclass(eq=False)
class ListenerLagged(HirewireError):
    """A listener missed messages; it listens anew and replays from the log."""

    kind: ClassVar[Kind] = Kind.TOO_MANY
    code: ClassVar[str] = "bus.listener_lagged"

    topic: str
    reason: str

    def __str__(self) -> str:
        return f"A listener of {self.topic!r} missed messages: {self.reason}."


@dataclass(eq=False)
class MessageTooLarge(HirewireError):
    """A message was longer than every bus carries."""

    kind: ClassVar[Kind] = Kind.TOO_LARGE
    code: ClassVar[str] = "bus.message_too_large"

    size: int
    limit: int

    def __str__(self) -> str:
        return f"A message holds at most {self.limit} bytes, got {self.size}."
