"""Listening to what other processes say on a topic of the bus, across its interruptions."""

from collections.abc import Callable

import msgspec
import structlog

from hirewire.kit.clock import Clock
from hirewire.runtime.bus import Bus, BusUnavailable, ListenerLagged
from hirewire.runtime.rest import LIVE_PAUSE_S, pause_s

_log = structlog.get_logger(__name__)


async def hear_forever(
    bus: Bus,
    clock: Clock,
    topic: str,
    hear: Callable[[bytes], object],
    *,
    is_kept: bool = True,
) -> None:
    """
    Call *hear* with each message of *topic*, until the bus is closed.

    What is not *is_kept* is mentioned only. What is said while the bus is out of reach is not
    heard: it must be of a kind that is said again, or that nobody relies on.
    """
    listen = bus.listen if is_kept else bus.overhear
    failures = 0
    while True:
        try:
            async with listen(topic) as messages:
                failures = 0
                async for body in messages:
                    _hear(hear, body, topic)
                return
        except ListenerLagged:
            continue
        except BusUnavailable as error:
            failures += 1
            wait = pause_s(failures, LIVE_PAUSE_S)
            _log.warning("realtime.deaf", topic=topic, error=str(error), retry_in_s=wait)
            await clock.sleep(wait)


def _hear(hear: Callable[[bytes], object], body: bytes, topic: str) -> None:
    """Pass over what a process of another version says in another way."""
    try:
        hear(body)
    except msgspec.MsgspecError:
        _log.warning("realtime.misheard", topic=topic)
