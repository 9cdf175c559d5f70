"""What a hub has done so far, for the metrics."""

from dataclasses import dataclass, field

from hirewire.web.streams.slot import Reason


@dataclass(slots=True)
class Counts:
    """
    Totals since the process began; *closed* has every reason, from the start.

    *delivered* are the frames that were handed to connections, each once for each: those that
    were published, and beats, openings, replays and farewells. *delivered_bytes* are theirs
    alone, with the chunks around them, without the heads of answers.
    """

    opened: int = 0
    published: int = 0
    delivered: int = 0
    delivered_bytes: int = 0
    closed: dict[Reason, int] = field(default_factory=lambda: dict.fromkeys(Reason, 0))
