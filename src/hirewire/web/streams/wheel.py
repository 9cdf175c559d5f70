"""A timer wheel: one timer for thousands of streams, instead of one timer each."""

from collections.abc import Callable, Sequence
from math import ceil
from typing import Final, Generic, Protocol, TypeVar

from hirewire.kit.clock import Clock, Timer

TICK_S: Final = 0.25
_NEVER: Final = -1


class Turning(Protocol):
    """Something that rides on a wheel; the wheel keeps its place in *tick*."""

    tick: "Tick | None"


T = TypeVar("T", bound=Turning)


class Tick:
    """A quarter of a second and who is due in it: one object that all of them share."""

    __slots__ = ("number", "riders")

    def __init__(self, number: int) -> None:
        self.number = number
        self.riders: list[Turning] = []

    @property
    def at_s(self) -> float:
        """The moment at which it is over."""
        return self.number * TICK_S


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
        self._ticks: dict[int, Tick] = {}
        self._timer: Timer | None = None
        self._armed_for = _NEVER
        self._is_turning = False

    def put(self, rider: T, at_s: float) -> None:
        """Call back for *rider* at *at_s* on the clock's monotonic scale, and only then."""
        self.drop(rider)
        number = max(0, ceil(at_s / TICK_S))
        tick = self._ticks.get(number)
        if tick is None:
            tick = self._ticks[number] = Tick(number)
        tick.riders.append(rider)
        rider.tick = tick
        if not self._is_turning and (self._timer is None or number < self._armed_for):
            self._arm(number)

    def drop(self, rider: T) -> None:
        """Forget *rider*; harmless when it is not on the wheel."""
        if rider.tick is not None:
            rider.tick.riders.remove(rider)
            rider.tick = None

    def _arm(self, number: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._armed_for = number
        wait_s = number * TICK_S - self._clock.monotonic()
        self._timer = self._clock.call_later(max(0.0, wait_s), self._turn)

    def _turn(self) -> None:
        self._timer = None
        # A timer may ring a hair early: what it was set for counts as reached.
        reached = max(self._armed_for, int(self._clock.monotonic() / TICK_S))
        self._is_turning = True
        try:
            for number in sorted(number for number in self._ticks if number <= reached):
                self._call_all(self._ticks.pop(number))
        finally:
            self._is_turning = False
            if self._ticks:
                self._arm(min(self._ticks))

    def _call_all(self, tick: Tick) -> None:
        riders, tick.riders = tick.riders, []
        for rider in riders:
            rider.tick = None
        if riders:
            self._due(riders, max(tick.at_s, self._clock.monotonic()))  # type: ignore[arg-type]
