"""
Facts on the move: who tells, who listens.

`Bus` is the seam. `memory` serves one process, `nats` serves many; both must pass
`tests/contracts/test_bus.py`. What the bus promises, and what it leaves to the log of facts,
is in `docs/decisions/0010-bus.md`.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from hirewire.runtime.bus.errors import (
    BusUnavailable,
    ListenerLagged,
    MessageTooLarge,
    UnknownBus,
)
from hirewire.runtime.bus.memory import MemoryBus
from hirewire.runtime.bus.seam import LARGEST_BODY_BYTES, Bus, Message

__all__ = [
    "LARGEST_BODY_BYTES",
    "Bus",
    "BusUnavailable",
    "ListenerLagged",
    "MemoryBus",
    "Message",
    "MessageTooLarge",
    "UnknownBus",
    "connect",
]

_INSTALLATION: Final = re.compile(r"[A-Za-z0-9_-]+")


async def connect(url: str) -> Bus:
    """
    Open the bus that *url* names: `memory:` or `nats://HOST:PORT[/INSTALLATION]`.

    Installations that share a nats-server have each their own stream, by name.

    Raises:
        UnknownBus: *url* is neither.
        BusUnavailable: the server does not answer, or not as the bus needs it.
    """
    if url == "memory:":
        return MemoryBus()
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UnknownBus(scheme=url.partition(":")[0]) from None
    installation = parts.path.removeprefix("/") or "hirewire"
    is_clear = parts.scheme == "nats" and parts.hostname and port and not parts.query
    if not is_clear or not _INSTALLATION.fullmatch(installation):
        raise UnknownBus(scheme=parts.scheme)
    # lint: allow inner-import - the client costs a start a tenth of a second, embedded or not
    from hirewire.runtime.bus.nats import NatsBus  # noqa: PLC0415

    return await NatsBus.connect(f"nats://{parts.netloc}", installation=installation)
