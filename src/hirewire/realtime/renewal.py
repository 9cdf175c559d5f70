"""
Renewal: an open stream goes on with another token, whichever process holds it.

Who may renew a connection, its id tells (`realtime.connections`). A connection that is not open
here may be open in another process: where the bus is shared, the others are told of the token's
ids and its end. Nobody relies on being told: a stream that is not renewed says so when it ends.

A renewed stream depends on the last token alone. Which renewal is the last, their ids tell:
they sort by the moment at which each was asked, so what the bus brings late, or twice, is let
go. Where the stream is open, what is asked comes after all that was heard, whatever the clocks
say, for the caller is told that it was done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from hirewire.kit.caller import Caller
from hirewire.kit.clock import Clock
from hirewire.realtime.connections import ConnectionIds, holders_of
from hirewire.realtime.errors import UnknownConnection
from hirewire.realtime.hearsay import hear_forever
from hirewire.realtime.notices import Notices, expiry_of
from hirewire.runtime.bus import Bus
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.slot import Slot

TOPIC: Final = "streams-renewals"


@dataclass(frozen=True, slots=True)
class Renewed:
    """A connection goes on; *until* when is None where another process may have it."""

    connection_id: UUID
    until: datetime | None


class _Told(msgspec.Struct, frozen=True, array_like=True):
    """What the other processes are told."""

    renewal_id: UUID
    holders: tuple[UUID, ...]
    until: datetime


def _count_nothing(outcome: str) -> None:
    """Keep no count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewals:
    """
    Renews streams on *hub*; *bus* is None where no other process can have one.

    *on_renewed* is told what became of a renewal: here, told or heard.
    """

    hub: Hub
    clock: Clock
    connections: ConnectionIds
    notices: Notices
    new_id: Callable[[], UUID]
    bus: Bus | None = None
    on_renewed: Callable[[str], object] = _count_nothing

    async def renew(self, connection_id: UUID, caller: Caller) -> Renewed:
        """
        Let a connection of *caller* live as long as the token that they call with.

        Raises:
            NotYourConnection: it is another's, or nobody's.
            UnknownConnection: it is not open.
            BusUnavailable: another process may have it, and cannot be told now.
        """
        self.connections.check(connection_id, caller)
        asked = _Told(self.new_id(), holders_of(connection_id, caller), caller.expires_at)
        for slot in self.hub.held_by(connection_id):
            last_id = max(asked.renewal_id, slot.renewal_id or asked.renewal_id)
            if not self._renew_here(slot, msgspec.structs.replace(asked, renewal_id=last_id)):
                raise UnknownConnection  # It was open here, so it is nowhere else.
            self.on_renewed("here")
            return Renewed(connection_id, expiry_of(slot, self.clock))
        if self.bus is None:
            raise UnknownConnection
        message_id = f"{TOPIC}-{asked.renewal_id.hex}"
        await self.bus.publish(TOPIC, _ENCODE(asked), message_id=message_id)
        self.on_renewed("told")
        return Renewed(connection_id, None)

    async def run(self) -> None:
        """Hear what other processes were asked to renew, until cancelled."""
        if self.bus is not None:
            await hear_forever(self.bus, self.clock, TOPIC, self.hear)

    def hear(self, body: bytes) -> None:
        """Renew the connection that a process tells of, if it is open here."""
        told = _DECODE(body)
        for slot in self.hub.held_by(told.holders[0]):
            is_last = slot.renewal_id is None or told.renewal_id > slot.renewal_id
            if is_last and self._renew_here(slot, told):
                self.on_renewed("heard")

    def _renew_here(self, slot: Slot, told: _Told) -> bool:
        """Let *slot* depend on what is *told* alone; False when that is revoked by now."""
        lifetime_s = (told.until - self.clock.now()).total_seconds()
        slot.renewal_id = told.renewal_id
        self.hub.renew(slot, lifetime_s=lifetime_s, holders=told.holders)
        self.hub.send(slot, self.notices.renewed(slot))
        return slot.reason is None


_ENCODE: Final = msgspec.msgpack.Encoder().encode
_DECODE: Final = msgspec.msgpack.Decoder(_Told).decode
