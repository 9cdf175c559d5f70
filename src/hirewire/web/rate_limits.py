"""Rate limits: token buckets on the clock, one for each key that is limited."""

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import ClassVar, Final

from hirewire.kit.clock import Clock
from hirewire.kit.refusals import HirewireError, Kind

MOST_KEYS: Final = 10_000

_ROUNDING_S: Final = 1e-9


@dataclass(eq=False)
class TooManyRequests(HirewireError):
    """A caller asked more often than it may (seed 002, "Rate limits")."""

    kind: ClassVar[Kind] = Kind.TOO_MANY
    code: ClassVar[str] = "web.too_many_requests"

    retry_after_s: float

    def __str__(self) -> str:
        return f"Too many requests: try again in {math.ceil(self.retry_after_s)} s."


class RateLimit:
    """
    Lets each key do something *per_second* times a second, and *burst* times at once.

    A bucket is one number, the moment at which it will be full again (the generic cell rate
    algorithm), so buckets fill without anyone filling them. Beyond *most_keys* the key that
    was longest silent is forgotten.
    """

    def __init__(
        self, clock: Clock, *, per_second: float, burst: int, most_keys: int = MOST_KEYS
    ) -> None:
        if per_second <= 0 or burst < 1 or most_keys < 1:
            msg = "A rate limit allows something: rate, burst and keys are above zero."
            raise ValueError(msg)
        self._clock = clock
        self._interval_s = 1 / per_second
        self._depth_s = burst / per_second
        self._most_keys = most_keys
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def retry_after_s(self, key: str) -> float:
        """Say how long *key* has to wait for its next turn; 0 when it need not."""
        now = self._clock.monotonic()
        full_at = max(self._full_at.get(key, now), now)
        wait = full_at + self._interval_s - self._depth_s - now
        return wait if wait > _ROUNDING_S else 0.0

    def take(self, key: str) -> None:
        """
        Take one turn of *key*; a refused one costs nothing.

        Raises:
            TooManyRequests: the bucket is empty, and says when it is not.
        """
        wait = self.retry_after_s(key)
        if wait:
            raise TooManyRequests(retry_after_s=wait)
        now = self._clock.monotonic()
        self._full_at[key] = max(self._full_at.get(key, now), now) + self._interval_s
        self._full_at.move_to_end(key)
        if len(self._full_at) > self._most_keys:
            self._full_at.popitem(last=False)
