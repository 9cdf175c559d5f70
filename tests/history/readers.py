"""Clients that listen, lose their connection now and then, and come back with their cursor."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from hirewire.kit.entropy import Entropy
from tests.history.records import METADATA, TYPING, Client, Connection, Frame
from tests.history.wire import OK, Frames, Wire, request

OPEN_WITHIN_S: Final = 10.0
_STALLS: Final = 0.1
_LEAST_AWAY_S: Final = 0.02


@dataclass(slots=True, kw_only=True)
class Habits:
    """
    How long a reader's connections live, and how long it stays away, in seconds.

    Both are drawn up to twice as long. *stays* is a reader that ends none by itself, *forges*
    how often one comes with a cursor that is not the server's.
    """

    life_s: float = 2.0
    away_s: float = 0.3
    stays: bool = False
    forges: float = 0.0


@dataclass(slots=True, kw_only=True)
class Reader:
    """
    One client; *where* finds the address of a node that is up, None for none, and *now* tells
    the time by the clock of the log, if that is known.

    What it hears is in `client`. While it `may_come` it comes back, at once where it
    `is_called`. *said* and *fault* are noted with its next connections.
    """

    client: Client
    bearer: str
    where: Callable[[], str | None]
    now: Callable[[], datetime | None]
    entropy: Entropy
    frames: Frames
    habits: Habits = field(default_factory=Habits)
    cursor: str | None = None
    last: UUID | None = None
    deliveries: int = 0
    signals: int = 0
    refusals: Counter[int] = field(default_factory=Counter)
    said: int | None = None
    fault: str | None = None
    may_come: asyncio.Event = field(default_factory=asyncio.Event)
    is_called: asyncio.Event = field(default_factory=asyncio.Event)
    is_open: asyncio.Event = field(default_factory=asyncio.Event)
    _wire: Wire | None = None

    async def run(self) -> None:
        """Listen until cancelled."""
        try:
            while True:
                await self.may_come.wait()
                await self._visit()
                self.is_open.clear()
                await asyncio.sleep(_LEAST_AWAY_S)
                with suppress(TimeoutError):
                    # Who was not there yet has nothing to miss, and keeps the others waiting.
                    away_s = self._about(self.habits.away_s) if self.cursor else 0.0
                    async with asyncio.timeout(away_s):
                        await self.is_called.wait()
        finally:
            self.leave()

    def leave(self) -> None:
        """Cut the connection, if there is one."""
        if self._wire is not None:
            self._wire.cut()

    @property
    def state(self) -> str:
        """Say how far it is, for whoever looks for a fault."""
        status = None if self._wire is None else self._wire.status
        frames = self.client.connections[-1].frames if self.client.connections else []
        return (
            f"{self.client.name}: {len(self.client.connections)} connections, status {status}, "
            f"{len(frames)} events, last {frames[-1] if frames else None}, "
            f"refused {dict(self.refusals)}"
        )

    async def _visit(self) -> None:
        base_url = self.where()
        if base_url is None:
            return
        connection = self._coming()
        wanted = request(
            self.bearer, cursor=connection.asked, event_types=self.client.event_types
        )
        wire = Wire(wanted, self.frames, lambda frame: self._hear(connection, frame))
        host, _, port = urlsplit(base_url).netloc.partition(":")
        try:
            async with asyncio.timeout(OPEN_WITHIN_S):
                await asyncio.get_running_loop().create_connection(
                    lambda: wire, host, int(port)
                )
        except OSError:  # A node that is down; so is what takes too long.
            self.refusals[0] += 1
            return
        self._wire = wire
        self.client.connections.append(connection)
        try:
            await self._stay(wire)
        finally:
            wire.cut()
            self._wire = None
        if wire.status not in {0, OK}:
            self.refusals[wire.status] += 1

    def _coming(self) -> Connection:
        """Come with the cursor, or with one of the same shape that nobody signed."""
        if self.cursor is None or self.entropy.fraction() >= self.habits.forges:
            return Connection(asked=self.cursor, said=self.said, fault=self.fault)
        forged = ("A" if self.cursor[-1] != "A" else "B").rjust(len(self.cursor), "A")
        return Connection(asked=forged, said=self.said, fault="unknown_cursor")

    async def _stay(self, wire: Wire) -> None:
        if self.habits.stays:
            await wire.ended
            return
        life_s = self._about(self.habits.life_s)
        stalls = self.entropy.fraction() < _STALLS
        with suppress(TimeoutError):
            async with asyncio.timeout(life_s / 2 if stalls else life_s):
                await asyncio.shield(wire.ended)
        if stalls and not wire.ended.done():
            wire.stall()
            await asyncio.sleep(life_s / 2)
            wire.go_on()
            await asyncio.sleep(0)

    def _hear(self, connection: Connection, frame: Frame) -> None:
        if frame.event == METADATA:
            connection.opened_at = self.now()
            self.is_open.set()
        connection.frames.append(frame)
        if frame.id is not None:
            self.cursor = frame.id
        self.signals += frame.event == TYPING
        if frame.uuid is not None:
            self.last = frame.uuid
            self.deliveries += 1

    def _about(self, seconds: float) -> float:
        return self.entropy.fraction() * 2 * seconds
