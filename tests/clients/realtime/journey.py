"""What every client goes through: a message, a restart, and what came meanwhile."""

import queue
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from tests.clients.realtime.station import Station

PATIENCE_S: Final = 12.0


@dataclass(slots=True)
class Notes:
    """What a client noted down, as it came: `{type, data, id}` for each event."""

    events: "queue.Queue[dict[str, Any]]" = field(default_factory=queue.Queue)
    seen: list[dict[str, Any]] = field(default_factory=list)

    def wait_for(self, is_it: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        """Wait until the client notes something down."""
        while True:
            try:
                event = self.events.get(timeout=PATIENCE_S)
            except queue.Empty:
                msg = f"no {what} came, but {[each['type'] for each in self.seen]}"
                raise AssertionError(msg) from None
            self.seen.append(event)
            if is_it(event):
                return event

    def wait_for_type(self, name: str) -> dict[str, Any]:
        """Wait for an event of a type."""
        return self.wait_for(lambda event: bool(event["type"] == name), name)

    def wait_for_message(self, event_id: str) -> None:
        """Wait for the update about a message."""
        self.wait_for(lambda event: event_id in (told([event]) or [""]), f"message {event_id}")


def told(events: list[dict[str, Any]]) -> list[str]:
    """Name the messages that updates are about, in order."""
    return [
        event["data"]["payload"]["eventId"]
        for event in events
        if event["type"] == "message-update"
    ]


def travel(notes: Notes, station: Station) -> dict[str, Any]:
    """
    Have the client hear a message, lose its server, and hear what came since.

    Returns the verdict that it was given when it came back.
    """
    notes.wait_for_type("heartbeat")
    notes.wait_for_message(station.say("one"))
    station.restart()
    station.say("two")
    notes.wait_for_message(station.say("three"))
    notes.wait_for_message(station.say("four"))
    notes.wait_for_type("heartbeat")
    assert told(notes.seen) == station.said, "nothing lost, nothing doubled, in order"
    metadata = [each["data"] for each in notes.seen if each["type"] == "connection-metadata"]
    reasons = [each["data"]["reason"] for each in notes.seen if each["type"] == "reconnect"]
    assert reasons == ["drained"]
    assert len(metadata) == 2
    assert "recovered" not in metadata[0]
    verdict: dict[str, Any] = metadata[1]
    return verdict
