"""What was said, by the log, and what one client has of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

METADATA: Final = "connection-metadata"
CONFIG: Final = "realtime-connection-config"
UPDATE: Final = "message-update"
HEARTBEAT: Final = "heartbeat"
TYPING: Final = "typing"
"""Under which name histories have a signal: it is no update of the log, but has a cursor."""


@dataclass(frozen=True, slots=True)
class Said:
    """One update of the log, which lists them in order."""

    uuid: UUID
    employer: str
    event_type: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the first event said had become of the cursor that was asked with."""

    is_recovered: bool
    replayed: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """One event as it came, as far as histories are about it."""

    event: str
    id: str | None = None
    uuid: UUID | None = None
    verdict: Verdict | None = None


@dataclass(slots=True, kw_only=True)
class Connection:
    """
    One connection of a client, which *asked* with a cursor or with none.

    *opened_at* is when its first event came, by the clock of the log; None where that is not
    known. *fault* is the reason for which its cursor cannot be good. *said* is how many updates
    the log had then, where it was at rest and all were announced; None where it was not.
    """

    asked: str | None = None
    opened_at: datetime | None = None
    fault: str | None = None
    said: int | None = None
    frames: list[Frame] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Client:
    """
    One reader of some *employers*' updates, of all event types or of some.

    It was there when *since* updates of the log were said, and heard what came then; None if
    that is not known.
    """

    name: str
    employers: frozenset[str]
    event_types: frozenset[str] | None = None
    since: int | None = 0
    connections: list[Connection] = field(default_factory=list)

    def may_see(self, said: Said) -> bool:
        """Whether an update is due to this client."""
        wanted = self.event_types is None or said.event_type in self.event_types
        return wanted and said.employer in self.employers
