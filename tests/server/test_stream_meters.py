"""The meters of streams, and the page that lists them."""

import asyncio
import re
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry

from hirewire.kit.clock import MovableClock
from hirewire.runtime.db import Database
from hirewire.server.stream_meters import StreamMeters
from tests.realtime.listening import Hall

PAGE: Final = Path(__file__).parents[2] / "docs" / "operations" / "one-machine.md"
BESIDE: Final = {"hirewire_streams_open"}  # the server has it, with or without an API


class TestPage:
    async def test_lists_every_meter(
        self, sqlite_database: Database, clock: MovableClock
    ) -> None:
        """
        By the name under which it is scraped, and none that there is not.
        """
        async with asyncio.TaskGroup() as tasks:
            hall = await Hall.built(sqlite_database, clock, tasks)
        hall.streams.announcer.looked()
        registry = CollectorRegistry()
        StreamMeters(registry, hall.streams)

        names = {
            f"{family.name}_total" if family.type == "counter" else family.name
            for family in registry.collect()
        }

        listed = re.findall(r"^\| `(hirewire_stream\w+)` \|", PAGE.read_text(), re.MULTILINE)
        assert names == set(listed) - BESIDE

    async def test_has_no_age_of_a_head_that_nobody_looks_at(
        self, sqlite_database: Database, clock: MovableClock
    ) -> None:
        """
        Where no other process writes, the log is read when it goes on, and is never old.
        """
        async with asyncio.TaskGroup() as tasks:
            hall = await Hall.built(sqlite_database, clock, tasks)
        registry = CollectorRegistry()
        StreamMeters(registry, hall.streams)

        names = {family.name for family in registry.collect()}

        assert "hirewire_stream_lag_seconds" in names
        assert "hirewire_stream_head_age_seconds" not in names
