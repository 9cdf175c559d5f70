"""The clients that the page about the Real-time API shows: they run, and lose nothing."""

import os
import queue
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from tests.clients.realtime.node_client import HERE
from tests.clients.realtime.snippets import SNIPPETS
from tests.clients.realtime.station import Station
from tests.clients.servers import NODE

pytestmark = pytest.mark.timeout(120)  # Real processes start and stop.

PATIENCE_S = 15.0


def followed(command: list[str], station: Station) -> list[str]:
    """Run a client through a restart of the server, and return what it printed."""
    process = subprocess.Popen(
        command,
        env={**os.environ, "STREAM": station.stream, "TOKEN": station.token()},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines: queue.Queue[str] = queue.Queue()
    reader = Thread(target=_collect, args=(process, lines))
    reader.start()
    try:
        printed = [_first(lines, station)]
        station.restart()
        count = len(station.said)
        station.say()
        station.say()
        while len(printed) < 3:
            line = lines.get(timeout=PATIENCE_S)
            if line.split()[1] in station.said[count:]:
                printed.append(line)
        assert lines.empty()
        return [station.said[count], station.said[count + 1], *printed[1:]]
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stdout.close()


def _collect(process: "subprocess.Popen[str]", lines: "queue.Queue[str]") -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)


def _first(lines: "queue.Queue[str]", station: Station) -> str:
    """Write until the client hears it, for it does not say when it listens."""
    for _ in range(int(PATIENCE_S)):
        station.say()
        try:
            return lines.get(timeout=1.0)
        except queue.Empty:
            continue
    pytest.fail("the client hears nothing")


class TestSnippets:
    @pytest.mark.fidelity("realtime.clients.snippets")
    def test_of_node_loses_nothing(self, station: Station) -> None:
        """It prints each message once, in order."""
        program = HERE / "_snippet.mjs"  # Beside the packages that it imports.
        program.write_text(SNIPPETS["Node"], "utf-8")
        try:
            one, two, *printed = followed([NODE, str(program)], station)
        finally:
            program.unlink()

        assert printed == [f"new-message {one}\n", f"new-message {two}\n"]

    @pytest.mark.fidelity("realtime.clients.snippets")
    def test_of_python_loses_nothing(self, station: Station, tmp_path: Path) -> None:
        """It prints each message once, in order."""
        program = tmp_path / "snippet.py"
        program.write_text(SNIPPETS["Python"], "utf-8")

        one, two, *printed = followed([sys.executable, str(program)], station)

        assert printed == [f"new-message {one}\n", f"new-message {two}\n"]
