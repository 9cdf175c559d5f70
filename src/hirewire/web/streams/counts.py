"""What a hub has done so far, for the metrics."""

from dataclasses import dataclass, field

from hirewire.web.streams.slot import Reason


@dataclass(slots=True)
class Counts:
    """Totals since the process began; *closed* has every reason, from the start."""

    opened: int = 0
    published: int = 0
    delivered: int = 0
    delivered_bytes: int = 0
    closed: dict[Reason, int] = field(default_factory=lambda: dict.fromkeys(Reason, 0))
