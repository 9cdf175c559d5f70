"""npm clients of event streams listen, lose their server, and come back."""

import pytest

from tests.clients.realtime.journey import travel
from tests.clients.realtime.node_client import HERE, listening
from tests.clients.realtime.station import Station

pytestmark = pytest.mark.timeout(120)  # Real processes start and stop.


class TestEventsource:
    @pytest.mark.fidelity("realtime.clients.npm")
    def test_loses_nothing_when_the_server_restarts(self, station: Station) -> None:
        """It comes back by itself, by the last id that it saw."""
        with listening(
            HERE / "eventsource.mjs", station.stream, TOKEN=station.token()
        ) as notes:
            verdict = travel(notes, station)

        assert (verdict["recovered"], verdict["reason"]) == (True, None)


class TestFetchEventSource:
    @pytest.mark.fidelity("realtime.clients.npm")
    def test_loses_nothing_when_the_server_restarts(self, station: Station) -> None:
        """It comes back after as long as the last event's `retry` says."""
        with listening(
            HERE / "fetch_event_source.mjs", station.stream, TOKEN=station.token()
        ) as notes:
            verdict = travel(notes, station)

        assert (verdict["recovered"], verdict["reason"]) == (True, None)
        retries = {event["type"]: event["retry"] for event in notes.seen if event.get("retry")}
        assert retries["connection-metadata"] == 3000
        farewell = next(each for each in notes.seen if each["type"] == "reconnect")
        assert farewell["retry"] == farewell["data"]["waitMs"]
