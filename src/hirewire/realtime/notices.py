"""What a stream tells of itself, in band: that it will end, was renewed, and why it ended."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from hirewire.kit.clock import EPOCH, Clock
from hirewire.realtime.connections import connection_of
from hirewire.web.streams.frames import frame
from hirewire.web.streams.slot import Reason, Slot

_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """Writes the frames; *place_of* mints the cursor of what a slot was sent, if it is live."""

    clock: Clock
    place_of: Callable[[Slot], str | None]

    def expiring(self, slot: Slot) -> bytes:
        """Tell when the token of a stream is over (`StreamKind.warning`)."""
        return self._about("token-expiring", slot)

    def renewed(self, slot: Slot) -> bytes:
        """Tell that a stream lives by another token, and until when."""
        return self._about("token-renewed", slot)

    def farewell(self, slot: Slot, reason: Reason, wait_ms: int) -> bytes:
        """Tell why a stream ends, and when to come back (`StreamKind.farewell`)."""
        data = {"reason": reason.value, "waitMs": wait_ms}
        return frame(
            event="reconnect", id=self.place_of(slot), retry_ms=wait_ms, data=_json(data)
        )

    def _about(self, event: str, slot: Slot) -> bytes:
        expires_at = expiry_of(slot, self.clock)
        data = said_of(connection_of(slot), expires_at)
        return frame(event=event, id=self.place_of(slot), data=_json(data))


def expiry_of(slot: Slot, clock: Clock) -> datetime:
    """Say when the token of *slot* is over, which is at a full second."""
    left = timedelta(seconds=slot.expires_at_s - clock.monotonic())
    return EPOCH + round((clock.now() + left - EPOCH) / _SECOND) * _SECOND


def said_of(connection_id: UUID, expires_at: datetime | None) -> dict[str, object]:
    """Spell how long a connection's token is good, as answers and frames do, if it is known."""
    if expires_at is None:
        return {"connectionUuid": str(connection_id)}
    expires_at_ms = (expires_at - EPOCH) // _SECOND * 1000
    return {"connectionUuid": str(connection_id), "expiresAt": expires_at_ms}


def _json(value: Mapping[str, object]) -> str:
    return msgspec.json.encode(value).decode()
