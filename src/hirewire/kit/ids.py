"""Minting ids: UUIDs of version 7 (RFC 9562, section 5.7), in the order they were minted."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from msgspec import convert

from hirewire.kit.clock import EPOCH, Clock
from hirewire.kit.entropy import Entropy

_MILLISECOND: Final = timedelta(milliseconds=1)
_COUNTER_BITS: Final = 12
_COUNTER_LIMIT: Final = 1 << _COUNTER_BITS
_VERSION_7: Final = 7 << 76
_VARIANT: Final = 2 << 62
_RANDOM_MASK: Final = (1 << 62) - 1


class IdMaker:
    """
    Mints UUIDv7s that sort as they were minted, also within one millisecond.

    The 12 bits after the time are a counter (RFC 9562, section 6.2, method 1) that starts in
    its lower half in each millisecond; the last 62 bits are random.
    """

    def __init__(self, clock: Clock, entropy: Entropy) -> None:
        self._clock = clock
        self._entropy = entropy
        self._last_ms = 0
        self._counter = 0

    def start_over(self) -> None:
        """Forget the time of what was minted: for a clock that was set back on purpose."""
        self._last_ms = 0
        self._counter = 0

    def new(self) -> UUID:
        """Mint one."""
        now_ms = (self._clock.now() - EPOCH) // _MILLISECOND
        drawn = int.from_bytes(self._entropy.token(10), "big")
        if now_ms > self._last_ms:
            self._last_ms = now_ms
            self._counter = (drawn >> 62) & (_COUNTER_LIMIT // 2 - 1)
        else:
            self._counter += 1
            if self._counter == _COUNTER_LIMIT:
                self._last_ms += 1
                self._counter = 0
        made = (
            self._last_ms << 80
            | _VERSION_7
            | self._counter << 64
            | _VARIANT
            | drawn & _RANDOM_MASK
        )
        return convert(made.to_bytes(16, "big"), UUID)  # In C; the class itself checks much.
