"""Which open streams are held by which ids: those of the token that opened them."""

from typing import Final
from uuid import UUID

from hirewire.web.streams.slot import Slot

_BUCKETS: Final = 4096
_FEW: Final = 64


class Held:
    """
    An index of slots by their `holders`.

    A stream has several holders, almost all of them its own, so an entry for each would weigh
    more than the rest of a slot. An id names a bucket by its last bits, which are random, and
    a bucket is the few slots that one of its ids holds.
    """

    __slots__ = ("_buckets",)

    def __init__(self) -> None:
        self._buckets: list[list[Slot] | dict[Slot, None]] = [[] for _ in range(_BUCKETS)]

    def add(self, slot: Slot) -> None:
        """Let *slot* be found by each of its holders."""
        for number in _numbers(slot):
            bucket = self._buckets[number]
            if isinstance(bucket, dict):
                bucket[slot] = None
            elif len(bucket) < _FEW:
                bucket.append(slot)
            else:
                self._buckets[number] = dict.fromkeys([*bucket, slot])

    def drop(self, slot: Slot) -> None:
        """Forget *slot*."""
        for number in _numbers(slot):
            bucket = self._buckets[number]
            if isinstance(bucket, list):
                bucket.remove(slot)
                continue
            bucket.pop(slot, None)
            if not bucket:
                self._buckets[number] = []

    def by(self, holder: UUID) -> tuple[Slot, ...]:
        """List the slots that *holder* holds, in the order in which they came."""
        bucket = self._buckets[holder.int % _BUCKETS]
        return tuple(dict.fromkeys(slot for slot in bucket if slot.is_held_by(holder)))


def _numbers(slot: Slot) -> set[int]:
    """Name its buckets, each once: two of its ids may fall into one."""
    ids = slot.packed_holders
    ends = range(16, len(ids) + 1, 16)
    return {int.from_bytes(ids[end - 2 : end], "big") % _BUCKETS for end in ends}
