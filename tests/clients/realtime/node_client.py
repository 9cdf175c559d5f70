"""Runs a client that is a program of Node, and collects its notes."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Final

from tests.clients.realtime.journey import Notes
from tests.clients.realtime.station import Station
from tests.clients.servers import NODE

HERE: Final = Path(__file__).parent


@contextmanager
def listening(station: Station, program: Path) -> Iterator[Notes]:
    """Run *program*; each line that it prints is a note."""
    process = subprocess.Popen(
        [NODE, str(program)],
        env={**os.environ, "STREAM": station.stream, "TOKEN": station.token()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    notes = Notes()
    assert process.stdout is not None
    reader = Thread(target=_collect, args=(process, notes))
    reader.start()
    try:
        yield notes
    finally:
        process.kill()
        reader.join()
        _, complaints = process.communicate()
        assert complaints == ""


def _collect(process: "subprocess.Popen[str]", notes: Notes) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        notes.events.put(json.loads(line))
