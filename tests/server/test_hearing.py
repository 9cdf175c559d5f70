"""A process that starts while its database is away: it waits, and then hears everything."""

import sqlite3
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.runtime.db import Database
from hirewire.server.listeners import hear
from hirewire.server.settings import Settings
from tests.fixtures.background import in_background, until
from tests.fixtures.database import MORNING
from tests.server.processes import process


class Away:
    """A database that cannot be read at the *nth* time that somebody wants to."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch, nth: int) -> None:
        self.was_away = False
        self._nth = nth
        self._read = database.read
        monkeypatch.setattr(database, "read", self.read)

    def read(self) -> AbstractAsyncContextManager[object]:
        self._nth -= 1
        if self._nth == 0:
            self.was_away = True
            msg = "disk I/O error"
            raise sqlite3.OperationalError(msg)
        return self._read()


class TestHearing:
    @pytest.mark.parametrize("nth", [1, 2, 3])
    async def test_begins_once_the_database_is_there(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch, nth: int
    ) -> None:
        """
        Whichever of its first looks fails, the process goes on, and lets streams open later.
        """
        clock = MovableClock(MORNING, frozen=True)
        async with process(settings, clock) as (store, parts):
            away = Away(store.db, monkeypatch, nth)
            async with in_background(hear(parts)):
                await until(lambda: away.was_away)
                was_following = parts.streams.announcer.is_following
                await clock.advance(timedelta(seconds=1))

                head = await parts.streams.announcer.ready()

            assert not was_following
            assert head == await parts.log.end()

    async def test_says_when_it_last_looked(
        self, settings: Settings, clock: MovableClock
    ) -> None:
        """
        However long nothing happens, the log that others may write to is looked at, and noted.
        """
        async with process(settings, clock) as (_, parts), in_background(hear(parts)):
            announcer = parts.streams.announcer
            await until(lambda: announcer.head_age_s is not None)
            await clock.advance(timedelta(minutes=1))

            await until(lambda: announcer.head_age_s == 0.0)

    async def test_forgets_what_was_known_of_apps_before(
        self, settings: Settings, clock: MovableClock
    ) -> None:
        """
        What changed of an app before the log is followed is told to nobody here.
        """
        async with process(settings, clock) as (_, parts):
            before = parts.known_apps.changes

            async with in_background(hear(parts)):
                await parts.streams.announcer.ready()

            assert parts.known_apps.changes == before + 1
