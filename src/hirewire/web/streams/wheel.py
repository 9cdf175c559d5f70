"""A timer wheel: one timer for thousands of streams, instead of one timer each."""

from collections.abc import Callable, Sequence
from math import ceil
from typing import Final, Generic, Protocol, TypeVar

from hirewire.kit.clock import Clock, Timer

TICK_S: Final = 0.25
OFF: Final = -1


class Turning(Protocol):
    """Something that rides on a wheel; the wheel keeps its place in *tick*."""

    tick: int


T = TypeVar("T", bound=Turning)


class Wheel(Generic[T]):
    """
    Calls *due* with the riders of each tick, the first that is not before their moments.

    *due* is told what time it is, too: never less than a moment it is called for. The riders
    of a tick share one timer of the clock, and a rider has one place at most.
    """

    __slots__ = ("_armed_for", "_clock", "_due", "_is_turning", "_ticks", "_timer")

    def __init__(self, clock: Clock, due: Callable[[Sequence[T], float], None]) -> None:
        self._clock = clock
        self._due = due
        self._ticks: dict[int, dict[T, None]] = {}
        self._timer: Timer | None = None
        self._armed_for = OFF
        self._is_turning = False

    def put(self, rider: T, at_s: float) -> None:
        """Call back for *rider* at *at_s* on the clock's monotonic scale, and only then."""
        self.drop(rider)
        rider.tick = max(0, ceil(at_s / TICK_S))
        self._ticks.setdefault(rider.tick, {})[rider] = None
        if not self._is_turning and (self._timer is None or rider.tick < self._armed_for):
            self._arm(rider.tick)

    def drop(self, rider: T) -> None:
        """Forget *rider*; harmless when it is not on the wheel."""
        riders = self._ticks.get(rider.tick)
        rider.tick = OFF
        if riders is not None:
            riders.pop(rider, None)

    def _arm(self, tick: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._armed_for = tick
        wait_s = tick * TICK_S - self._clock.monotonic()
        self._timer = self._clock.call_later(max(0.0, wait_s), self._turn)

    def _turn(self) -> None:
        self._timer = None
        # A timer may ring a hair early: what it was set for counts as reached.
        reached = max(self._armed_for, int(self._clock.monotonic() / TICK_S))
        self._is_turning = True
        try:
            for tick in sorted(tick for tick in self._ticks if tick <= reached):
                self._call_all(tick)
        finally:
            self._is_turning = False
            if self._ticks:
                self._arm(min(self._ticks))

    def _call_all(self, tick: int) -> None:
        riders = tuple(self._ticks.pop(tick, ()))
        for rider in riders:
            rider.tick = OFF
        if riders:
            self._due(riders, max(tick * TICK_S, self._clock.monotonic()))
