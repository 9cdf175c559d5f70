"""
Durable listeners: each fact has its effect exactly once, in the order of the log.

The cursor of a listener moves in the transaction of its effect, and the transaction holds the
cursor's row: of several processes one at a time goes on. A listener that fails stays where it
is and tries again; the others do not wait for it. A fact that it cannot handle at all is parked
in the end, and the next ones have their effect before it.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from hirewire.kit.clock import Clock
from hirewire.runtime.bus import Bus, BusUnavailable, ListenerLagged
from hirewire.runtime.db import Database
from hirewire.runtime.log.carried import TOPIC, read_message
from hirewire.runtime.log.runner import DurableListener, Runner
from hirewire.runtime.rest import LIVE_PAUSE_S, lasting, pause_s

POLL_S: Final = 5.0
TRIES: Final = 10
"""Four minutes, at the pauses that there are between them."""

_log = structlog.get_logger(__name__)


def _say_nothing(_: str) -> None:
    """Tell nobody of a parked fact."""


@dataclass(slots=True)
class Listeners:
    """
    Runs durable listeners.

    *poll_s* is how often they look by themselves, in case the bus lost something; None for
    never. A fact at which one fails *tries* times, by the fact's own fault, is parked, and
    *on_parked* is told the listener's name; 0 tries for never.
    """

    db: Database
    bus: Bus
    clock: Clock
    listeners: Sequence[DurableListener]
    poll_s: float | None = POLL_S
    tries: int = TRIES
    on_parked: Callable[[str], None] = _say_nothing

    _runners: list[Runner] = field(init=False)

    def __post_init__(self) -> None:
        names = [listener.name for listener in self.listeners]
        if len(set(names)) != len(names):
            msg = f"two durable listeners have one name: {sorted(names)}"
            raise ValueError(msg)
        self._runners = [
            Runner(self.db, self.clock, listener, self.poll_s, self.tries, self.on_parked)
            for listener in self.listeners
        ]

    @property
    def handled(self) -> int:
        """How many facts were handled since the start."""
        return sum(runner.handled for runner in self._runners)

    @property
    def parked(self) -> int:
        """How many facts were parked when the listeners last looked."""
        return sum(runner.parked for runner in self._runners)

    async def run(self) -> None:
        """Run every listener until cancelled."""
        async with asyncio.TaskGroup() as group:
            for runner in self._runners:
                group.create_task(lasting(runner.run()))
            group.create_task(lasting(self._hear_forever()))

    def start_over(self) -> None:
        """Begin anew with an empty log, where the cursors were removed with all the facts."""
        for runner in self._runners:
            runner.start_over()

    def wake(self) -> None:
        """Have every listener look for what other processes did, without waiting for it."""
        for runner in self._runners:
            runner.rest.wake()

    async def idle(self) -> None:
        """Return when every listener has handled all that can be read, or waits to retry."""
        for runner in self._runners:
            await runner.rest.idle()

    async def _hear_forever(self) -> None:
        """Wake a listener when the bus tells of something that concerns it."""
        failures = 0
        is_open = True
        while is_open:
            try:
                async with self.bus.listen(TOPIC) as messages:
                    failures = 0
                    self.wake()
                    async for body in messages:
                        self._wake(read_message(body).kind)
                    is_open = False
            except ListenerLagged:
                continue
            except BusUnavailable as error:
                failures += 1
                wait = pause_s(failures, LIVE_PAUSE_S)
                _log.warning("listeners.deaf", error=str(error), retry_in_s=wait)
                await self.clock.sleep(wait)

    def _wake(self, kind: str) -> None:
        for runner in self._runners:
            if kind in runner.listener.kinds:
                runner.rest.wake()
