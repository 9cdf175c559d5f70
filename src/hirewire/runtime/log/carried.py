"""A fact on the bus: the bytes that the relay publishes and followers read."""

from datetime import datetime
from typing import Final, Self
from uuid import UUID

import msgspec

from hirewire.kit.facts import Position
from hirewire.runtime.bus import LARGEST_BODY_BYTES, Message
from hirewire.runtime.log.store import Entry

TOPIC: Final = "facts"


class Carried(msgspec.Struct, frozen=True, array_like=True):
    """
    One entry of the log, and the one before it (*after*), so that a gap is noticed.

    *body* is None where it is too long for the bus; the log has it.
    """

    after_tx: int
    after_seq: int
    tx: int
    seq: int
    id: UUID
    kind: str
    employer_id: UUID | None
    at: datetime
    body: str | None

    @classmethod
    def of(cls, entry: Entry, after: Position) -> Self:
        """Carry *entry*, which follows *after*."""
        return cls(
            after_tx=after.tx,
            after_seq=after.seq,
            tx=entry.position.tx,
            seq=entry.position.seq,
            id=entry.id,
            kind=entry.kind,
            employer_id=entry.employer_id,
            at=entry.at,
            body=entry.body,
        )

    @property
    def after(self) -> Position:
        return Position(self.after_tx, self.after_seq)

    @property
    def position(self) -> Position:
        return Position(self.tx, self.seq)

    def message(self) -> Message:
        """Spell it for the bus, under the fact's own id."""
        encoded = _ENCODE(self)
        if len(encoded) > LARGEST_BODY_BYTES:
            encoded = _ENCODE(msgspec.structs.replace(self, body=None))
        return Message(str(self.id), encoded)

    def entry(self) -> Entry | None:
        """Return the entry, or None where only the log has all of it."""
        if self.body is None:
            return None
        return Entry(self.position, self.id, self.kind, self.employer_id, self.at, self.body)


def read_message(body: bytes) -> Carried:
    """Read what `Carried.message` wrote."""
    return _DECODE(body)


_ENCODE: Final = msgspec.msgpack.Encoder().encode
_DECODE: Final = msgspec.msgpack.Decoder(Carried).decode
