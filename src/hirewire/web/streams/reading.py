"""What was known when it was read who may see what: a mark for the stream that opens by it."""

from dataclasses import dataclass

from hirewire.kit.facts import Position


@dataclass(frozen=True, slots=True)
class Reading:
    """
    A reading of who may see what, as whoever ends streams asks for it beforehand.

    So many departures were *heard* of before it, and it knew the log *upto* there at least.
    """

    heard: int
    upto: Position
