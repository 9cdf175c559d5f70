"""The ring: the frames of late, so that who comes back soon costs the database nothing."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from hirewire.kit.facts import Position

MOST_FRAMES: Final = 8_192
MOST_BYTES: Final = 8 * 1_048_576

_SLACK: Final = 1.25
_POSITION: Final = attrgetter("position")


@dataclass(frozen=True, slots=True)
class Kept:
    """One frame: its place in the log, who hears it, what it is about, and its bytes."""

    position: Position
    topics: tuple[str, ...]
    event: str
    body: bytes


class Ring:
    """
    All frames after *floor*, in the order of the log; the oldest go when there are too many.

    It is cut back now and then only, so it holds up to a quarter more than it is to.
    """

    def __init__(
        self, floor: Position, *, frames: int = MOST_FRAMES, size: int = MOST_BYTES
    ) -> None:
        self.floor = floor
        self._most_frames = frames
        self._most_bytes = size
        self._kept: list[Kept] = []
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def reaches(self, after: Position) -> bool:
        """Whether it holds every frame that came after *after*."""
        return after >= self.floor

    def add(self, kept: Kept) -> None:
        """Keep the frame that comes next."""
        self._kept.append(kept)
        self._bytes += len(kept.body)
        if (
            len(self._kept) > _SLACK * self._most_frames
            or self._bytes > _SLACK * self._most_bytes
        ):
            self._cut_back()

    def since(self, after: Position) -> Sequence[Kept]:
        """List the frames after *after*, which it `reaches`."""
        return self._kept[bisect_right(self._kept, after, key=_POSITION) :]

    def _cut_back(self) -> None:
        frames, size = len(self._kept), self._bytes
        gone = 0
        while frames - gone > self._most_frames or size > self._most_bytes:
            size -= len(self._kept[gone].body)
            gone += 1
        self.floor = self._kept[gone - 1].position
        del self._kept[:gone]
        self._bytes = size
