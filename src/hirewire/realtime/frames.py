"""The frames of the Real-time API, byte for byte (contract 1)."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from hirewire.kit.clock import EPOCH
from hirewire.realtime.model import Update
from hirewire.web.streams.frames import frame

_MILLISECOND: Final = timedelta(milliseconds=1)

HEARTBEAT: Final = frame(event="heartbeat", data="0")
CONNECTION_CONFIG: Final = frame(
    event="realtime-connection-config",
    data='{"retryConfig":{"waitMs":3000,"maxWaitMs":20000,"multiplier":2.0,'
    '"maxAttempts":5,"jitter":0.2}}',
)


def connection_metadata(connection_id: UUID) -> bytes:
    """Tell a reader the name of its connection."""
    return frame(event="connection-metadata", data=_json({"connectionUuid": connection_id}))


def message_update(update: Update) -> bytes:
    """Tell a reader that something happened."""
    data = {
        "uuid": update.uuid,
        "eventType": update.event_type.value,
        "payload": update.payload,
        "eventTime": (update.at - EPOCH) // _MILLISECOND,
    }
    return frame(event="message-update", data=_json(data))


def new_message_payload(event_id: UUID, conversation_id: str) -> str:
    """Name a new message and its thread, by GraphQL's *conversation_id*, as JSON."""
    return _json({"eventId": event_id, "conversationId": conversation_id})


def _json(value: dict[str, object]) -> str:
    return msgspec.json.encode(value).decode()
