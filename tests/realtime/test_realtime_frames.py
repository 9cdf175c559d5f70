"""The frames, byte for byte as contract 1 shows them."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from hirewire.realtime.frames import (
    connection_config,
    connection_metadata,
    heartbeat,
    message_update,
    update_payload,
)
from hirewire.realtime.model import EventType, Fault, Update, Verdict

EVENT = UUID("01939838-9d0a-7abc-8123-456789abcdef")
UPDATE = Update(
    uuid=UUID("e7eddfa0-b34b-11ef-8123-456789abcdef"),
    employer_id=UUID(int=1),
    conversation_id=UUID(int=2),
    event_type=EventType.NEW_MESSAGE,
    payload=update_payload(EVENT, "aXJp="),
    at=datetime(2024, 12, 5, 21, 0, 6, 682_999, tzinfo=UTC),
)


class TestFrames:
    @pytest.mark.fidelity("realtime.heartbeat.data")
    def test_heartbeat(self) -> None:
        """
        A heartbeat's data is the literal 0.
        """
        assert heartbeat("AAA") == b"event: heartbeat\nid: AAA\ndata: 0\n\n"
        assert heartbeat() == b"event: heartbeat\ndata: 0\n\n"

    @pytest.mark.fidelity("realtime.connection-metadata.data")
    def test_connection_metadata(self) -> None:
        """
        A connection has a UUID.
        """
        assert connection_metadata(UUID(int=1), "AAA") == (
            b"event: connection-metadata\nid: AAA\nretry: 3000\n"
            b'data: {"connectionUuid":"00000000-0000-0000-0000-000000000001"}\n\n'
        )

    @pytest.mark.fidelity("realtime.verdict.in-band")
    @pytest.mark.parametrize(
        ("verdict", "says"),
        [
            (Verdict(replayed=3), b'"recovered":true,"replayed":3,"reason":null'),
            (
                Verdict(fault=Fault.EXPIRED),
                b'"recovered":false,"replayed":0,"reason":"expired"',
            ),
            (
                Verdict(fault=Fault.UNKNOWN_CURSOR),
                b'"recovered":false,"replayed":0,"reason":"unknown_cursor"',
            ),
        ],
    )
    def test_a_verdict_stands_in_the_metadata(self, verdict: Verdict, says: bytes) -> None:
        """
        Who came with a cursor is told in band what became of it.
        """
        body = connection_metadata(UUID(int=1), "AAA", verdict).partition(b"data: ")[2]

        assert body == (
            b'{"connectionUuid":"00000000-0000-0000-0000-000000000001",' + says + b"}\n\n"
        )

    @pytest.mark.fidelity("realtime.connection-config.data")
    def test_connection_config(self) -> None:
        """
        The recommended reconnect policy has the documented values in the documented order.
        """
        assert connection_config("AAA") == (
            b"event: realtime-connection-config\nid: AAA\n"
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
        assert message_update(UPDATE, "AAA") == (
            b"event: message-update\nid: AAA\n"
            b'data: {"uuid":"e7eddfa0-b34b-11ef-8123-456789abcdef","eventType":"new-message",'
            b'"payload":"{\\"eventId\\":\\"01939838-9d0a-7abc-8123-456789abcdef\\",'
            b'\\"conversationId\\":\\"aXJp=\\"}","eventTime":1733432406682}\n\n'
        )

    def test_the_payload_is_json_itself(self) -> None:
        """
        A reader parses twice.
        """
        body = message_update(UPDATE, "AAA").partition(b"data: ")[2]

        payload = json.loads(json.loads(body)["payload"])

        assert payload == {"eventId": str(EVENT), "conversationId": "aXJp="}
