"""Which open streams are held by which ids: those of the token that opened them."""

from typing import Final
from uuid import UUID

from hirewire.web.streams.slot import Slot

_NOBODY: Final[dict[Slot, None]] = {}


class Held:
    """
    An index of slots by their `holders`.

    Most ids hold one stream only, and so one is kept as it is.
    """

    __slots__ = ("_by_id",)

    def __init__(self) -> None:
        self._by_id: dict[UUID, Slot | dict[Slot, None]] = {}

    def add(self, slot: Slot) -> None:
        """Let *slot* be found by each of its holders."""
        for holder in slot.holders:
            known = self._by_id.get(holder)
            if known is None:
                self._by_id[holder] = slot
            elif isinstance(known, Slot):
                self._by_id[holder] = {known: None, slot: None}
            else:
                known[slot] = None

    def drop(self, slot: Slot) -> None:
        """Forget *slot*."""
        for holder in slot.holders:
            known = self._by_id[holder]
            if known is slot:
                del self._by_id[holder]
            elif not isinstance(known, Slot):
                del known[slot]
                if not known:
                    del self._by_id[holder]

    def by(self, holder: UUID) -> tuple[Slot, ...]:
        """List the slots that *holder* holds, in the order in which they came."""
        known = self._by_id.get(holder, _NOBODY)
        return (known,) if isinstance(known, Slot) else tuple(known)
