"""The time that one operation has, on the clock that everything else waits on."""

import asyncio
from types import TracebackType

from hirewire.kit.clock import Clock, Timer
from hirewire.web.graphql.errors import DeadlinePassed


class Deadline:
    """
    Ends what runs in its block after some seconds, as `asyncio.timeout` does.

    Raises:
        DeadlinePassed: at the end of the block, if it had to.
    """

    __slots__ = ("_clock", "_has_passed", "_seconds", "_task", "_timer")

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._has_passed = False
        self._task: asyncio.Task[object] | None = None
        self._timer: Timer | None = None

    async def __aenter__(self) -> None:
        self._task = asyncio.current_task()
        self._timer = self._clock.call_later(self._seconds, self._pass)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if not self._has_passed or self._task is None:
            return
        still_cancelled = self._task.uncancel() > 0
        if kind is asyncio.CancelledError and not still_cancelled:
            raise DeadlinePassed(seconds=self._seconds) from None

    def _pass(self) -> None:
        self._has_passed = True
        if self._task is not None:
            self._task.cancel()
