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
from tests.clients.servers import NODE

HERE: Final = Path(__file__).parent


@contextmanager
def listening(program: Path, stream: str, **told: str) -> Iterator[Notes]:
    """Run *program*, which is *told* more in its environment; what it prints are notes."""
    process = subprocess.Popen(
        [NODE, str(program)],
        env={**os.environ, "STREAM": stream, **told},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
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
