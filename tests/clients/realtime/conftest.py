"""The server that clients listen to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.realtime.station import Station, open_station


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    """A server for one test, which may stop it; it beats each second."""
    with open_station(tmp_path, heartbeat_s="1") as station:
        yield station
