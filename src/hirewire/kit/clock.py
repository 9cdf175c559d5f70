"""
The time, and waiting for it: the only place that reads a clock or sleeps.

`SystemClock` is real time. `MovableClock` can be frozen, advanced and scaled; whoever sleeps
on it wakes in the order of the moments they sleep for, as real time would have woken them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import count
from typing import ClassVar, Final, Protocol, TypeAlias

from hirewire.kit.refusals import HirewireError, Kind

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
END_OF_TIME: Final = datetime(2100, 1, 1, tzinfo=UTC)
"""Where a movable clock stands still; what lies years after any moment has room behind it."""

_MICROSECOND: Final = timedelta(microseconds=1)
_END: Final = (END_OF_TIME - EPOCH) // _MICROSECOND
_SETTLING_TURNS: Final = 20
_FEW_ALARMS: Final = 128
_LONGEST_NAP_S: Final = 3600.0

Prepare: TypeAlias = Callable[[datetime], Awaitable[None]]
"""Awaited before a clock leaps to a moment."""


class Timer(Protocol):
    """Something that will be called, unless it is cancelled first."""

    def cancel(self) -> None:
        """Never call it; harmless when it was called already."""


class Clock(Protocol):
    """Where the time comes from. Everything that waits, waits here."""

    def now(self) -> datetime:
        """The moment it is, aware and in UTC."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Timer:
        """Call *callback* from the event loop once *seconds* have passed."""

    async def sleep(self, seconds: float) -> None:
        """Return once *seconds* have passed."""

    async def sleep_until(self, moment: datetime) -> None:
        """Return at *moment*, or at once if it has passed."""


@dataclass(eq=False)
class ClockRunsForward(HirewireError):
    """The clock was asked to go back."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "clock.runs_forward"

    now: datetime
    asked: datetime

    def __str__(self) -> str:
        return f"The clock only runs forward: it is {self.now.isoformat()} already."


class SystemClock:
    """Real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Timer:
        return asyncio.get_running_loop().call_later(seconds, callback)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def sleep_until(self, moment: datetime) -> None:
        left_s = (moment - self.now()).total_seconds()
        while left_s > _LONGEST_NAP_S:  # someone may set the machine's clock while we sleep
            await asyncio.sleep(_LONGEST_NAP_S)
            left_s = (moment - self.now()).total_seconds()
        await asyncio.sleep(max(0.0, left_s))


@dataclass(slots=True)
class _Alarm:
    """A timer of the movable clock; called at most once."""

    callback: Callable[[], object] | None

    def cancel(self) -> None:
        self.callback = None


@dataclass(slots=True)
class MovableClock:
    """
    A clock that a test or a sandbox holds in its hand.

    It starts at *start*, runs at *rate* times real time unless it is *frozen*, and never
    goes back, unless it is started over; at the `END_OF_TIME` it stands still. `on_step`
    callbacks are awaited after each moment at which something woke, so that work which left
    the event loop (a commit in a thread) is done before time moves on; they may not move the
    clock themselves.
    """

    start: datetime
    frozen: bool = False
    rate: float = 1.0
    on_step: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    _real: SystemClock = field(default_factory=SystemClock)
    _anchor: int = field(init=False)
    _anchor_real: float = field(init=False)
    _zero: int = field(init=False)
    _alarms: list[tuple[int, int, _Alarm]] = field(default_factory=list)
    _many_alarms: int = _FEW_ALARMS
    _order: "count[int]" = field(default_factory=count)
    _wake: asyncio.TimerHandle | None = None
    _moves: asyncio.Lock = field(default_factory=asyncio.Lock)
    _moving: bool = False

    def __post_init__(self) -> None:
        self._anchor = self._zero = _micros(self.start)
        self._anchor_real = self._real.monotonic()

    def now(self) -> datetime:
        return EPOCH + self._now() * _MICROSECOND

    def monotonic(self) -> float:
        return (self._now() - self._zero) / 1e6

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Timer:
        return self._set_alarm(self._now() + round(seconds * 1e6), callback)

    async def sleep(self, seconds: float) -> None:
        await self._sleep_to(self._now() + round(seconds * 1e6))

    async def sleep_until(self, moment: datetime) -> None:
        due = _micros(moment)
        await self._sleep_to(due)
        while self._now() < due:  # the clock was started over meanwhile
            await self._sleep_to(due)

    def freeze(self) -> None:
        """Let time stand still at this moment."""
        self._settle_anchor()
        self.frozen = True
        self._rearm()

    def run(self, rate: float = 1.0) -> None:
        """Let time pass again, *rate* times as fast as real time."""
        if rate <= 0:
            msg = "A clock's rate is above zero; freeze it to stop it."
            raise ValueError(msg)
        self._settle_anchor()
        self.frozen = False
        self.rate = rate
        self._rearm()

    async def advance(self, by: timedelta, prepare: Prepare | None = None) -> None:
        """
        Move *by* ahead, waking on the way whoever sleeps, each at its own moment.

        *prepare* is awaited first, with the moment where the move ends. Time stands still for
        it, and nobody else moves: what it sees is so when the move begins. If it fails, the
        clock is not moved.

        Raises:
            ClockRunsForward: *by* is negative.
        """
        if by < timedelta():
            raise ClockRunsForward(now=self.now(), asked=self.now() + by)
        async with self._moves:
            await self._move_to(_micros(self.now() + by), prepare)

    async def move_to(self, moment: datetime, prepare: Prepare | None = None) -> None:
        """
        Move ahead to *moment*, as `advance` does.

        Raises:
            ClockRunsForward: *moment* has passed.
        """
        async with self._moves:
            if moment < self.now():
                raise ClockRunsForward(now=self.now(), asked=moment)
            await self._move_to(_micros(moment), prepare)

    async def start_over(self, moment: datetime) -> None:
        """
        Run from *moment* on, be it earlier, at the pace of real time.

        Only for a world that is forgotten with its time. Going back leaves whoever sleeps as
        long to sleep as before, and `monotonic` goes on from where it was.
        """
        async with self._moves:
            target = _micros(moment)
            if target < self._now():
                self._go_back(target)
            else:
                await self._move_to(target)
            self.run()

    def _now(self) -> int:
        if self.frozen or self._moving:
            return self._anchor
        elapsed = self._real.monotonic() - self._anchor_real
        ran_to = self._anchor + int(elapsed * self.rate * 1e6)
        return max(self._anchor, min(ran_to, _END))

    def _go_back(self, target: int) -> None:
        shift = target - self._now()
        self._zero += shift
        self._alarms = [(due + shift, order, alarm) for due, order, alarm in self._alarms]
        self._anchor = target
        self._anchor_real = self._real.monotonic()

    def _settle_anchor(self) -> None:
        self._anchor = self._now()
        self._anchor_real = self._real.monotonic()

    async def _sleep_to(self, due: int) -> None:
        done = asyncio.get_running_loop().create_future()
        alarm = self._set_alarm(due, lambda: _resolve(done))
        try:
            await done
        finally:
            alarm.cancel()

    def _set_alarm(self, due: int, callback: Callable[[], object]) -> _Alarm:
        alarm = _Alarm(callback)
        heappush(self._alarms, (due, next(self._order), alarm))
        if len(self._alarms) > self._many_alarms:
            self._forget_canceled()
        if self._alarms[0][2] is alarm:
            self._rearm()
        return alarm

    def _forget_canceled(self) -> None:
        """Drop what was canceled, so that short waits do not pile up behind long ones."""
        self._alarms = [entry for entry in self._alarms if entry[2].callback is not None]
        heapify(self._alarms)
        self._many_alarms = max(_FEW_ALARMS, 2 * len(self._alarms))

    def _rearm(self) -> None:
        """Aim the one real timer at the first alarm."""
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        moment = self._next_moment()
        if moment is None or self._moving or moment > _END:
            return
        wait_s = max(0.0, (moment - self._now()) / 1e6 / self.rate)
        if self.frozen and wait_s:
            return
        self._wake = asyncio.get_running_loop().call_later(wait_s, self._ring)

    def _ring(self) -> None:
        self._wake = None
        self._call_due(self._now())
        self._rearm()

    def _call_due(self, until: int) -> None:
        """
        Have everyone due *until* then called, in order.

        The event loop calls them, so that one that fails does not take the others along, and
        one that asks to be called again at once does not keep the loop from its other work.
        """
        loop = asyncio.get_running_loop()
        while self._alarms and self._alarms[0][0] <= until:
            loop.call_soon(_call, heappop(self._alarms)[2])

    def _next_moment(self) -> int | None:
        """When the next sleeper wants to wake; None if nobody sleeps."""
        while self._alarms and self._alarms[0][2].callback is None:
            heappop(self._alarms)
        return self._alarms[0][0] if self._alarms else None

    async def _move_to(self, target: int, prepare: Prepare | None = None) -> None:
        self._settle_anchor()
        self._moving = True
        try:
            if prepare is not None:
                await prepare(EPOCH + target * _MICROSECOND)
            await self._settle()
            while (moment := self._next_moment()) is not None and moment <= target:
                self._anchor = max(self._anchor, moment)
                self._call_due(self._anchor)
                await self._settle()
            self._anchor = max(self._anchor, target)
        finally:
            self._moving = False
            self._anchor_real = self._real.monotonic()
            self._rearm()

    async def _settle(self) -> None:
        """Let everyone who woke act before the next one wakes."""
        await _turn()
        for step in self.on_step:
            await step()
            await _turn()


async def _turn() -> None:
    for _ in range(_SETTLING_TURNS):
        await asyncio.sleep(0)


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // _MICROSECOND


def _call(alarm: _Alarm) -> None:
    callback, alarm.callback = alarm.callback, None
    if callback is not None:
        callback()


def _resolve(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)
