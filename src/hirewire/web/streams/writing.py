"""How bytes get to a stream: to its socket, or through its pipe while that is behind."""

import os
from collections.abc import Callable, Collection, Iterable

from hirewire.web.streams.counts import Counts
from hirewire.web.streams.peers import socket_of
from hirewire.web.streams.slot import INDIRECT, Reason, Slot


class Writer:
    """Writes to slots, counts it, and has the hub *forget* who is gone or too far behind."""

    __slots__ = ("_counts", "_forget")

    def __init__(self, counts: Counts, forget: Callable[[Slot, Reason], None]) -> None:
        self._counts = counts
        self._forget = forget

    def write_all(self, slots: Collection[Slot], data: bytes, frames: int) -> None:
        """Write *data*, that is *frames* frames, to each slot: the loop that costs the most."""
        write = os.write
        size, unheard = len(data), 0
        for slot in slots:
            try:
                sent = write(slot.fd, data)
            except OSError:
                unheard += not self._carry(slot, data)
            else:
                if sent != size:
                    _spill(slot, data[sent:])
        self._counts.delivered += frames * (len(slots) - unheard)
        self._counts.delivered_bytes += size * (len(slots) - unheard)

    def write_one(
        self, slot: Slot, frames: Iterable[bytes], *, head: bytes = b"", tail: bytes = b""
    ) -> None:
        """Write framed *frames* to one slot, between *head* and *tail*, which are none."""
        bodies = [body for body in frames if body]
        data = b"".join((head, *bodies, tail))
        if data and self._carry(slot, data):
            self._counts.delivered += len(bodies)
            self._counts.delivered_bytes += len(data) - len(head) - len(tail)

    def _carry(self, slot: Slot, data: bytes) -> bool:
        """
        Write to one slot by whichever way is open; drop it when it is too far behind.

        Says whether its connection has *data* now.
        """
        if slot.reason is not None:
            return False
        backlog = slot.pipe.get_write_buffer_size()
        if slot.kind.is_behind(backlog, len(data)):
            self._forget(slot, Reason.SLOW)
            slot.pipe.abort()
            return False
        if not backlog and slot.fd == INDIRECT:
            slot.fd = socket_of(slot.pipe)
        if slot.fd == INDIRECT:
            slot.pipe.write(data)
            return True
        try:
            sent = os.write(slot.fd, data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._forget(slot, Reason.CLIENT)
            slot.pipe.abort()
            return False
        if sent != len(data):
            _spill(slot, data[sent:])
        return True


def _spill(slot: Slot, rest: bytes) -> None:
    slot.fd = INDIRECT
    slot.pipe.write(rest)
