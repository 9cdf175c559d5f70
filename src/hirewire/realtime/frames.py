"""The frames of the Real-time API, byte for byte (contract 1)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from hirewire.kit.clock import EPOCH
from hirewire.realtime.model import Update, Verdict
from hirewire.web.streams.frames import frame

RETRY_MS: Final = 3_000
TYPING_EXPIRES_MS: Final = 6_000

_MILLISECOND: Final = timedelta(milliseconds=1)
_CONFIG: Final = (
    '{"retryConfig":{"waitMs":3000,"maxWaitMs":20000,"multiplier":2.0,'
    '"maxAttempts":5,"jitter":0.2}}'
)


def heartbeat(id: str | None = None) -> bytes:
    """Tell a reader that the connection is healthy, and up to where all was sent."""
    return frame(event="heartbeat", id=id, data="0")


HEARTBEAT: Final = heartbeat()
"""The heartbeat of who is still sent what came before: it moves no cursor."""


def connection_config(id: str) -> bytes:
    """Recommend how to come back."""
    return frame(event="realtime-connection-config", id=id, data=_CONFIG)


def connection_metadata(connection_id: UUID, id: str, verdict: Verdict | None = None) -> bytes:
    """Tell a reader the name of its connection, and what became of its cursor if it had one."""
    data: dict[str, object] = {"connectionUuid": connection_id}
    if verdict is not None:
        data |= {
            "recovered": verdict.fault is None,
            "replayed": verdict.replayed,
            "reason": verdict.fault,
        }
    return frame(event="connection-metadata", id=id, retry_ms=RETRY_MS, data=_json(data))


def message_update(update: Update, id: str) -> bytes:
    """Tell a reader that something happened."""
    data = {
        "uuid": update.uuid,
        "eventType": update.event_type.value,
        "payload": update.payload,
        "eventTime": (update.at - EPOCH) // _MILLISECOND,
    }
    return frame(event="message-update", id=id, data=_json(data))


def update_payload(event_id: UUID, conversation_id: str) -> str:
    """Name what happened and its thread, by GraphQL's *conversation_id*, as JSON."""
    return _json({"eventId": event_id, "conversationId": conversation_id})


def typing_payload(event_id: UUID, conversation_id: str, **who: object) -> str:
    """Say *who* types, and how long that holds unless it is said again, as JSON."""
    named = {"eventId": event_id, "conversationId": conversation_id}
    return _json({**named, **who, "expiresInMs": TYPING_EXPIRES_MS})


def _json(value: Mapping[str, object]) -> str:
    return msgspec.json.encode(value).decode()
