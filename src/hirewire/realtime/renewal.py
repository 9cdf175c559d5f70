"""
Renewal: an open stream goes on with a later token, whichever process holds it.

Who may renew a connection, its id tells (`realtime.connections`). A connection that is not open
here may be open in another process: where the bus is shared, the others are told of the token's
ids and its end. Nobody relies on being told: a stream that is not renewed says so when it ends.
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

TOPIC: Final = "streams-renewals"


@dataclass(frozen=True, slots=True)
class Renewed:
    """A connection goes on; *until* when is None where another process may have it."""

    connection_id: UUID
    until: datetime | None


class _Told(msgspec.Struct, frozen=True, array_like=True):
    """What the other processes are told."""

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
        holders = holders_of(connection_id, caller)
        until = self._renew_here(holders, caller.expires_at)
        if until is not None:
            self.on_renewed("here")
            return Renewed(connection_id, until)
        if self.bus is None:
            raise UnknownConnection
        told = _ENCODE(_Told(holders, caller.expires_at))
        await self.bus.publish(TOPIC, told, message_id=f"{TOPIC}-{self.new_id().hex}")
        self.on_renewed("told")
        return Renewed(connection_id, None)

    async def run(self) -> None:
        """Hear what other processes were asked to renew, until cancelled."""
        if self.bus is not None:
            await hear_forever(self.bus, self.clock, TOPIC, self.hear)

    def hear(self, body: bytes) -> None:
        """Renew the connection that a process tells of, if it is open here."""
        told = _DECODE(body)
        if self._renew_here(told.holders, told.until) is not None:
            self.on_renewed("heard")

    def _renew_here(self, holders: tuple[UUID, ...], until: datetime) -> datetime | None:
        """Say until when the stream that *holders* name first is good; None without one."""
        for slot in self.hub.held_by(holders[0]):
            lifetime_s = (until - self.clock.now()).total_seconds()
            # A token that ends earlier takes nothing away: a page may renew out of order.
            if self.clock.monotonic() + lifetime_s > slot.expires_at_s:
                self.hub.renew(slot, lifetime_s=lifetime_s, holders=holders)
            if slot.reason is not None:
                return None  # The token was revoked meanwhile.
            self.hub.send(slot, self.notices.renewed(slot))
            return expiry_of(slot, self.clock)
        return None


_ENCODE: Final = msgspec.msgpack.Encoder().encode
_DECODE: Final = msgspec.msgpack.Decoder(_Told).decode
