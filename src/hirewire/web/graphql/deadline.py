"""The time that every operation has, on the clock that everything else waits on."""

import asyncio
from types import TracebackType
from typing import Final

from hirewire.kit.clock import Clock, Timer
from hirewire.web.graphql.errors import DeadlinePassed

_TOLERANCE_S: Final = 0.001


class Deadlines:
    """
    Ends operations some *seconds* after they began.

    All have the same time, so that they end in the order in which they began, and one timer
    for the oldest is enough.
    """

    __slots__ = ("_clock", "_running", "_timer", "seconds")

    def __init__(self, clock: Clock, seconds: float) -> None:
        self.seconds = seconds
        self._clock = clock
        self._running: dict[Deadline, None] = {}
        self._timer: Timer | None = None

    def begin(self) -> "Deadline":
        """Return a block to run one operation in."""
        return Deadline(self)

    def add(self, deadline: "Deadline") -> float:
        """Watch over *deadline*, and return when it ends."""
        self._running[deadline] = None
        if self._timer is None:
            self._timer = self._clock.call_later(self.seconds, self._look)
        return self._clock.monotonic() + self.seconds

    def remove(self, deadline: "Deadline") -> None:
        """Watch over *deadline* no longer; the timer finds out by itself."""
        self._running.pop(deadline, None)

    def _look(self) -> None:
        """End what is over, and come back for the next."""
        self._timer = None
        now = self._clock.monotonic()
        for deadline in list(self._running):
            left_s = deadline.ends_at - now
            if left_s > _TOLERANCE_S:
                self._timer = self._clock.call_later(left_s, self._look)
                return
            self.remove(deadline)
            deadline.end()


class Deadline:
    """
    Ends what runs in its block when its time is over, as `asyncio.timeout` does.

    Raises:
        DeadlinePassed: at the end of the block, if it had to.
    """

    __slots__ = ("_has_passed", "_owner", "_task", "ends_at")

    def __init__(self, owner: Deadlines) -> None:
        self._owner = owner
        self._has_passed = False
        self._task: asyncio.Task[object] | None = None
        self.ends_at = 0.0

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        self.ends_at = self._owner.add(self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._owner.remove(self)
        if not self._has_passed or self._task is None:
            return
        still_cancelled = self._task.uncancel() > 0
        if kind is asyncio.CancelledError and not still_cancelled:
            raise DeadlinePassed(seconds=self._owner.seconds) from None

    def end(self) -> None:
        """Cancel what runs in the block."""
        self._has_passed = True
        if self._task is not None:
            self._task.cancel()
