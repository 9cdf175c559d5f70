"""The suite on hirewire itself: everything passes."""

import asyncio
import json
import os
from dataclasses import dataclass
from typing import Final

import httpx
import pytest
import pytest_asyncio

from hirewire.sse_conformance.options import read_options
from hirewire.sse_conformance.suite import Finding, Outcome, findings
from tests.clients.realtime.station import ORIGIN, Station, open_station

pytestmark = [pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="module")]

LIMIT: Final = 6
SAY: Final = """mutation { sendConversationMessage(
  input: {conversationId: "%s", text: "Hello {n}"}) { message { id } } }"""


@dataclass(frozen=True, slots=True)
class Found:
    """What the suite finds: all that there is to find, and an hour later how tokens fare."""

    at_first: list[Finding]
    later: list[Finding]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Check a server that beats each second, has few places, and is stopped on the way."""
    data = tmp_path_factory.mktemp("station")
    with open_station(data, heartbeat_s="1", streams_per_app=str(LIMIT)) as station:
        told = await asyncio.to_thread(arguments, station)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(asyncio.to_thread(_start_again, station))
            at_first = [each async for each in findings(read_options(told))]
        expired = await asyncio.to_thread(_expired, station)
        told = await asyncio.to_thread(arguments, station)
        options = read_options([*told, f"--expired-token={expired}", "--only=auth"])
        return Found(at_first, [each async for each in findings(options)])


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
        "--quiet-s=0.25",
        "--return-s=60",
        f"--limit={LIMIT}",
        f"--drain-command=kill -TERM {station.program.process.pid}",
    ]


class TestHirewire:
    @pytest.mark.fidelity("sse-conformance.hirewire-passes")
    async def test_passes_everything(self, found: Found) -> None:
        """
        Also while it stops and starts again.
        """
        others = {
            finding.check.id: (finding.outcome.value, finding.reason)
            for finding in found.at_first
            if finding.outcome is not Outcome.PASSED
        }

        assert others == {"auth.expired": ("skipped", "--expired-token is not given")}

    async def test_refuses_a_token_that_has_expired(self, found: Found) -> None:
        """
        An hour later, on its own clock.
        """
        assert {each.outcome for each in found.later} == {Outcome.PASSED}
        assert "auth.expired" in {each.check.id for each in found.later}


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
