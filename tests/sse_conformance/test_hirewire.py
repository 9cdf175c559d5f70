"""The suite on hirewire itself: everything passes."""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from hirewire.sse_conformance.options import read_options
from hirewire.sse_conformance.suite import Outcome, findings
from tests.clients.realtime.station import ORIGIN, Station, open_station

LIMIT: Final = 6
SAY: Final = """mutation { sendConversationMessage(
  input: {conversationId: "%s", text: "Hello {n}"}) { message { id } } }"""


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    """A server that beats each second, and has few places."""
    with open_station(tmp_path, heartbeat_s="1", streams_per_app=str(LIMIT)) as station:
        yield station


def arguments(station: Station) -> list[str]:
    """Tell the suite all that there is to tell."""
    return [
        station.stream,
        "--profile=hirewire",
        f"--token={station.token()}",
        f"--origin={ORIGIN}",
        f"--publish-url={station.base_url}/graphql",
        f"--publish-body={json.dumps({'query': SAY % station.thread})}",
        "--heartbeat-s=1",
        f"--limit={LIMIT}",
        f"--drain-command=kill -TERM {station.program.process.pid}",
    ]


class TestHirewire:
    @pytest.mark.timeout(150)
    @pytest.mark.fidelity("sse-conformance.hirewire-passes")
    async def test_passes_everything(self, station: Station) -> None:
        """
        Also while it stops and starts again.
        """
        options = read_options(await asyncio.to_thread(arguments, station))
        again = asyncio.create_task(asyncio.to_thread(_start_again, station))

        found = [finding async for finding in findings(options)]
        await again

        others = {
            finding.check.id: (finding.outcome.value, finding.reason)
            for finding in found
            if finding.outcome is not Outcome.PASSED
        }
        assert others == {"auth.expired": ("skipped", "--expired-token is not given")}

    async def test_refuses_a_token_that_has_expired(self, station: Station) -> None:
        """
        An hour later, on its own clock.
        """
        expired = await asyncio.to_thread(_expired, station)
        given = [*await asyncio.to_thread(arguments, station), f"--expired-token={expired}"]

        found = [each async for each in findings(read_options([*given, "--only=auth"]))]

        assert {each.outcome for each in found} == {Outcome.PASSED}


def _expired(station: Station) -> str:
    """Get a token, and let an hour pass."""
    token = station.token()
    order = {"advance": "PT61M"}
    httpx.post(f"{station.base_url}/_sandbox/clock", json=order).raise_for_status()
    return token


def _start_again(station: Station) -> None:
    """Start the server when it has stopped, as whoever keeps it running would."""
    os.waitid(os.P_PID, station.program.process.pid, os.WEXITED | os.WNOWAIT)
    station.start()
