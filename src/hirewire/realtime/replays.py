"""The replays under way: what each waits for and since when, and why some were given up."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum


class Wait(StrEnum):
    """What a replay waits for."""

    READER = "reader"
    DATABASE = "database"


class Cause(StrEnum):
    """
    Why a replay was given up; the reader comes back with their cursor for the rest.

    OUTPACED is one for which more was announced than can be sent at once while its stream
    opened, INTERRUPTED one that ended with its task.
    """

    READER_STALLED = "reader_stalled"
    DATABASE_SLOW = "database_slow"
    DATABASE_FAILED = "database_failed"
    FACTS_REMOVED = "facts_removed"
    OUTPACED = "outpaced"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """
    How long a replay waits, in real seconds: for the log, and for its reader.

    It gives up when a page of the log does not come within *database_s*, or what was sent is
    not taken within *reader_s*. After *notice_s* it is logged that it waits.
    """

    database_s: float = 10.0
    reader_s: float = 30.0
    notice_s: float = 3.0

    def within_s(self, wait: Wait) -> float:
        """Say for how long *wait* may go on."""
        return self.reader_s if wait is Wait.READER else self.database_s


@dataclass(slots=True, eq=False, kw_only=True)
class Progress:
    """
    How far a replay is: *sent* of the *missed* updates that its reader was told of.

    More may follow those. Its last headway was at *since_s*, and it *waits_for* something now.
    """

    missed: int = 0
    sent: int = 0
    waits_for: Wait = Wait.READER
    since_s: float = 0.0

    def wait(self, waits_for: Wait, now_s: float) -> None:
        """Note that it came so far, and what it waits for to go on."""
        self.waits_for, self.since_s = waits_for, now_s


@dataclass(slots=True)
class Replays:
    """All replays that take longer than a turn of the event loop, and what ended some."""

    given_up: Counter[Cause] = field(default_factory=lambda: Counter(dict.fromkeys(Cause, 0)))
    _under_way: dict[Progress, None] = field(default_factory=dict)

    @contextmanager
    def under_way(self, progress: Progress) -> Iterator[None]:
        """Count *progress* among those under way, until the end of the block."""
        self._under_way[progress] = None
        try:
            yield
        finally:
            del self._under_way[progress]

    def waiting(self) -> dict[Wait, int]:
        """Count the replays under way by what they wait for."""
        counts = Counter(each.waits_for for each in self._under_way)
        return {wait: counts[wait] for wait in Wait}

    def stalled_s(self, now_s: float) -> dict[Wait, float]:
        """Say how long the one that waits longest has come no further; 0 where none waits."""
        longest = dict.fromkeys(Wait, 0.0)
        for each in self._under_way:
            stalled_s = now_s - each.since_s
            longest[each.waits_for] = max(longest[each.waits_for], stalled_s)
        return longest
