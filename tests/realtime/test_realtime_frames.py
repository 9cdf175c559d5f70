"""The frames, byte for byte as contract 1 shows them."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from hirewire.realtime.frames import (
    CONNECTION_CONFIG,
    HEARTBEAT,
    connection_metadata,
    message_update,
    new_message_payload,
)
from hirewire.realtime.model import EventType, Update

EVENT = UUID("01939838-9d0a-7abc-8123-456789abcdef")
UPDATE = Update(
    uuid=UUID("e7eddfa0-b34b-11ef-8123-456789abcdef"),
    employer_id=UUID(int=1),
    event_type=EventType.NEW_MESSAGE,
    payload=new_message_payload(EVENT, "aXJp="),
    at=datetime(2024, 12, 5, 21, 0, 6, 682_999, tzinfo=UTC),
)


class TestFrames:
    @pytest.mark.fidelity("realtime.heartbeat.data")
    def test_heartbeat(self) -> None:
        """
        A heartbeat's data is the literal 0.
        """
        assert HEARTBEAT == b"event: heartbeat\ndata: 0\n\n"

    @pytest.mark.fidelity("realtime.connection-metadata.data")
    def test_connection_metadata(self) -> None:
        """
        A connection has a UUID.
        """
        assert connection_metadata(UUID(int=1)) == (
            b"event: connection-metadata\n"
            b'data: {"connectionUuid":"00000000-0000-0000-0000-000000000001"}\n\n'
        )

    @pytest.mark.fidelity("realtime.connection-config.data")
    def test_connection_config(self) -> None:
        """
        The recommended reconnect policy has the documented values in the documented order.
        """
        assert CONNECTION_CONFIG == (
            b"event: realtime-connection-config\n"
            b'data: {"retryConfig":{"waitMs":3000,"maxWaitMs":20000,"multiplier":2.0,'
            b'"maxAttempts":5,"jitter":0.2}}\n\n'
        )

    @pytest.mark.fidelity(
        "realtime.message-update.data",
        "realtime.message-update.payload-is-a-string",
        "realtime.message-update.event-time",
    )
    def test_message_update(self) -> None:
        """
        The payload is JSON in a string, the time is in whole milliseconds.
        """
        assert message_update(UPDATE) == (
            b"event: message-update\n"
            b'data: {"uuid":"e7eddfa0-b34b-11ef-8123-456789abcdef","eventType":"new-message",'
            b'"payload":"{\\"eventId\\":\\"01939838-9d0a-7abc-8123-456789abcdef\\",'
            b'\\"conversationId\\":\\"aXJp=\\"}","eventTime":1733432406682}\n\n'
        )

    def test_the_payload_is_json_itself(self) -> None:
        """
        A reader parses twice.
        """
        body = message_update(UPDATE).partition(b"data: ")[2]

        payload = json.loads(json.loads(body)["payload"])

        assert payload == {"eventId": str(EVENT), "conversationId": "aXJp="}
