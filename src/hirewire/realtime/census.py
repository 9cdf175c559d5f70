"""
The census: what each process tells the others of the seats that are taken in it.

Processes that share a bus tell their counts each second in which they changed, and now and
then when they did not; who is silent for five seconds is no longer counted. So limits hold for
all processes together, but for what opens within a second, and for those who have only a few
streams in each: single people, addresses and apps are told of from a part of their limit on.
Without a bus that is shared, or while it is out of reach, each process counts by itself.
"""

import asyncio
from collections import Counter
from collections.abc import Hashable
from typing import Final, TypeVar
from uuid import UUID

import msgspec
import structlog

from hirewire.kit.clock import Clock
from hirewire.realtime.hearsay import hear_forever
from hirewire.realtime.limits import Counts, Limits, Seats, count_down
from hirewire.runtime.bus import Bus, BusUnavailable
from hirewire.runtime.rest import lasting

TOPIC: Final = "streams-census"
TOLD_EVERY_S: Final = 1.0
REPEATED_AFTER_S: Final = 3.0
SILENT_AFTER_S: Final = 5.0
MOST_TOLD: Final = 2_000

_TOLD_FROM: Final = 10
_APPS_TOLD_FROM: Final = 1_000

K = TypeVar("K", bound=Hashable)

_log = structlog.get_logger(__name__)


class Snapshot(msgspec.Struct, frozen=True, array_like=True):
    """What one process counts; *node* is the id that it gave itself when it started."""

    node: str
    total: int
    apps: dict[str, int]
    people: dict[UUID, int]
    addresses: dict[str, int]

    @classmethod
    def of(cls, node: str, counts: Counts, limits: Limits) -> "Snapshot":
        """Tell of those who have a part of what they may have, the largest of them."""
        return cls(
            node,
            counts.total,
            _largest(counts.apps, limits.per_app // _APPS_TOLD_FROM),
            _largest(counts.people, limits.per_person // _TOLD_FROM),
            _largest(counts.addresses, limits.per_address // _TOLD_FROM),
        )


class Census:
    """What this process, *node*, knows of the others; *bus* is None where there are none."""

    def __init__(self, bus: Bus | None, clock: Clock, node: str) -> None:
        self.bus = bus
        self.clock = clock
        self.node = node
        self._sum = Counts()
        self._snapshots: dict[str, Snapshot] = {}
        self._heard_at_s: dict[str, float] = {}
        self._told = 0

    def others(self) -> Counts:
        """Return what the other processes count together."""
        self._forget_silent()
        return self._sum

    @property
    def nodes(self) -> int:
        """How many other processes are counted."""
        self._forget_silent()
        return len(self._snapshots)

    async def run(self, seats: Seats) -> None:
        """Tell of *seats*, and hear of others', until cancelled."""
        if self.bus is None:
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(lasting(hear_forever(self.bus, self.clock, TOPIC, self.hear)))
            group.create_task(lasting(self._tell_forever(self.bus, seats)))

    def hear(self, body: bytes) -> None:
        """Hear what a process tells."""
        snapshot = _DECODE(body)
        if snapshot.node == self.node:
            return
        self._forget(snapshot.node)
        self._snapshots[snapshot.node] = snapshot
        self._heard_at_s[snapshot.node] = self.clock.monotonic()
        self._sum.total += snapshot.total
        self._sum.apps.update(snapshot.apps)
        self._sum.people.update(snapshot.people)
        self._sum.addresses.update(snapshot.addresses)

    async def _tell_forever(self, bus: Bus, seats: Seats) -> None:
        last, told_at_s = None, 0.0
        while True:
            snapshot = Snapshot.of(self.node, seats.here, seats.limits)
            now_s = self.clock.monotonic()
            if snapshot != last or now_s >= told_at_s + REPEATED_AFTER_S:
                try:
                    await self._tell(bus, snapshot)
                    last, told_at_s = snapshot, now_s
                except BusUnavailable as error:
                    _log.warning("census.untold", error=str(error))
            await self.clock.sleep(TOLD_EVERY_S)

    async def _tell(self, bus: Bus, snapshot: Snapshot) -> None:
        self._told += 1
        message_id = f"{TOPIC}-{self.node}-{self._told}"
        await bus.publish(TOPIC, _ENCODE(snapshot), message_id=message_id)

    def _forget_silent(self) -> None:
        since_s = self.clock.monotonic() - SILENT_AFTER_S
        for node in [node for node, at_s in self._heard_at_s.items() if at_s <= since_s]:
            self._forget(node)

    def _forget(self, node: str) -> None:
        old = self._snapshots.pop(node, None)
        if old is None:
            return
        del self._heard_at_s[node]
        self._sum.total -= old.total
        _count_down_all(self._sum.apps, old.apps)
        _count_down_all(self._sum.people, old.people)
        _count_down_all(self._sum.addresses, old.addresses)


def _largest(counts: Counter[K], least: int) -> dict[K, int]:
    # Most have one stream: only the few others need to be put in order.
    told = Counter({key: count for key, count in counts.items() if count >= least})
    return dict(told.most_common(MOST_TOLD)) if len(told) > MOST_TOLD else dict(told)


def _count_down_all(counts: Counter[K], by: dict[K, int]) -> None:
    for key, count in by.items():
        count_down(counts, key, count)


_ENCODE: Final = msgspec.msgpack.Encoder().encode
_DECODE: Final = msgspec.msgpack.Decoder(Snapshot).decode
