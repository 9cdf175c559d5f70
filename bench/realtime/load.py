"""The client of this benchmark, on core 1: what it is asked to do, and what it found."""

import json
import subprocess
from pathlib import Path
from typing import Final

from bench.realtime.contenders import Contender, Started, started

Figures = dict[str, float]

FRAME_DATA_BYTES: Final = 200
_CLIENT_CORE: Final = "1"


def fresh(client: Path, contender: Contender, **asked: int | str) -> Figures:
    """Start *contender*, and put a load on it."""
    with started(contender) as server:
        return against(client, server, bytes=FRAME_DATA_BYTES + contender.longer, **asked)


def against(client: Path, server: Started, **asked: int | str) -> Figures:
    """Put a load on *server*."""
    finished = subprocess.run(command(client, server, **asked), check=True, capture_output=True)
    figures: Figures = json.loads(finished.stdout)
    return figures


def command(client: Path, server: Started, **asked: int | str) -> list[str]:
    """Spell what the client is asked to do."""
    given = {"port": server.port, "server": server.pid, **asked}
    pairs = [f"{key}={value}" for key, value in given.items()]
    return ["taskset", "-c", _CLIENT_CORE, str(client), *pairs]
