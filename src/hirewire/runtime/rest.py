"""How background workers wait: until woken or until a moment, and when they are idle."""

import asyncio
import traceback
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

import structlog

from hirewire.kit.clock import Clock
from hirewire.kit.lines import storable
from hirewire.runtime.db import OUTAGES

T = TypeVar("T")

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0
LIVE_PAUSE_S: Final = 5.0
"""The longest pause of who keeps others up to date, and of all after an outage."""

_log = structlog.get_logger(__name__)

_LONGEST_ERROR: Final = 500


class Worker(Protocol):
    """Something that works in the background."""

    @property
    def handled(self) -> int:
        """How much it did since it started; goes up with everything it does."""

    async def idle(self) -> None:
        """Return when nothing is left to do at this moment, or it does not run."""


async def all_idle(*workers: Worker) -> None:
    """Return when none of *workers* has anything to do, also not for one another."""
    while True:
        handled_before = sum(worker.handled for worker in workers)
        for worker in workers:
            await worker.idle()
        if sum(worker.handled for worker in workers) == handled_before:
            return


def pause_s(failures: int, longest_s: float = LONGEST_PAUSE_S) -> float:
    """How long to pause after so many *failures* in a row: 1, 2, 4 seconds, and so on."""
    return min(longest_s, FIRST_PAUSE_S * 2.0 ** min(failures - 1, 16))


def retry_s(failures: int, error: BaseException) -> float:
    """Do as `pause_s` after *error*, and look soon whether a database that is away is back."""
    return pause_s(failures, LIVE_PAUSE_S if isinstance(error, OUTAGES) else LONGEST_PAUSE_S)


def is_being_cancelled() -> bool:
    """
    Tell whether somebody wants the current task to end.

    If nobody does, a `CancelledError` comes of a future that a library cancelled.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def until_reached(
    clock: Clock, attempt: Callable[[], Awaitable[T]], passing: tuple[type[Exception], ...]
) -> T:
    """Return what *attempt* does, tried again with pauses after errors that are *passing*."""
    failures = 0
    while True:
        try:
            return await attempt()
        except passing as error:
            failures += 1
            wait = pause_s(failures, LIVE_PAUSE_S)
            _log.warning("job.waits", error=type(error).__name__, retry_in_s=wait)
        await clock.sleep(wait)


async def lasting(job: Coroutine[Any, Any, object]) -> None:
    """
    Do a *job* of a `TaskGroup`, and let no `CancelledError` but a cancel end it silently.

    The group takes a child that ends so for one that was cancelled, and goes on without it.
    """
    try:
        await job
    except asyncio.CancelledError as error:
        if is_being_cancelled():
            raise
        msg = f"{job!r} was cancelled by nobody"
        raise RuntimeError(msg) from error


def said_of(error: BaseException) -> str:
    """Say in short what went wrong, in a text that can be noted in the database."""
    return storable(f"{type(error).__name__}: {error}")[:_LONGEST_ERROR]


def trace_of(error: BaseException) -> str:
    """Say where *error* comes from, without the values of variables: they may be secrets."""
    return "".join(traceback.format_exception(error))


def fault_of(error: BaseException) -> dict[str, str]:
    """Say in a log line what *error* is, and where it comes from; of an outage, who said so."""
    name = type(error).__name__
    if isinstance(error, OUTAGES):
        return {"error": name, "cause": type(error.__cause__).__name__}
    return {"error": name, "trace": trace_of(error)}


@dataclass(slots=True)
class Rest:
    """
    Where one worker rests between looks at its work.

    `wake` may be called by anyone at any time, and a wake is never lost: the worker looks at
    least once after it.
    """

    clock: Clock

    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _quiet: asyncio.Event = field(default_factory=asyncio.Event)
    _is_at_work: bool = False
    _is_pausing: bool = False

    @asynccontextmanager
    async def at_work(self) -> AsyncGenerator[None, None]:
        """Enclose all that the worker does, rests included."""
        self._is_at_work = True
        try:
            yield
        finally:
            self._is_at_work = False
            self._quiet.set()

    def wake(self) -> None:
        """End the rest now, or let the next one end at once."""
        self._woken.set()
        if not self._is_pausing:
            self._quiet.clear()

    async def until_woken(self, seconds: float | None = None, *, is_idle: bool = True) -> None:
        """Rest until somebody wakes the worker or *seconds* have passed."""
        alarm = None if seconds is None else self.clock.call_later(seconds, self.wake)
        if is_idle and not self._woken.is_set():
            self._quiet.set()
        try:
            await self._woken.wait()
        finally:
            self._woken.clear()
            self._quiet.clear()
            if alarm is not None:
                alarm.cancel()

    async def pause(self, seconds: float) -> None:
        """Rest after a failure; nobody can shorten it."""
        self._is_pausing = True
        self._quiet.set()
        try:
            await self.clock.sleep(seconds)
        finally:
            self._is_pausing = False
            self._quiet.clear()

    async def idle(self) -> None:
        """Let the worker look once more, and return when it rests after that."""
        if not self._is_at_work:
            return
        self.wake()
        await self._quiet.wait()


@asynccontextmanager
async def deadline(clock: Clock, seconds: float | None) -> AsyncGenerator[None, None]:
    """
    Give the body *seconds* by *clock*.

    Raises:
        TimeoutError: they were over before the body.
    """
    async with asyncio.timeout(None) as limit:
        alarm = None if seconds is None else clock.call_later(seconds, lambda: _end(limit))
        try:
            yield
        finally:
            if alarm is not None:
                alarm.cancel()


def _end(limit: asyncio.Timeout) -> None:
    limit.reschedule(asyncio.get_running_loop().time())
