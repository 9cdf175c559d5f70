"""Revocations on record and in memory: who knows of them, when, and for how long."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.oauth.facts import TokensRevoked
from hirewire.oauth.revoked import Revoked, prune_revocations, revoke
from hirewire.runtime.db.database import Database
from tests.accounts.world import facts
from tests.fixtures.database import OpenDatabase

A, B = UUID(int=1), UUID(int=2)
HOUR = timedelta(hours=1)


async def loaded(database: Database, clock: MovableClock) -> Revoked:
    """Read the record, as a process does at its start."""
    revoked = Revoked(clock)
    async with database.read() as reader:
        await revoked.load(reader)
    return revoked


async def on_record(database: Database, clock: MovableClock, *ids: UUID) -> None:
    """Revoke in a unit of its own."""
    async with database.unit() as uow:
        await revoke(uow, ids)


async def undone(database: Database, *ids: UUID) -> None:
    """Revoke in a unit that fails."""
    async with database.unit() as uow:
        await revoke(uow, ids)
        raise ZeroDivisionError


class TestRevoke:
    @pytest.mark.fidelity("revocation.on-record")
    async def test_is_on_record_and_told(self, database: Database, clock: MovableClock) -> None:
        """
        A process that starts later knows it, and those that run are told.
        """
        await on_record(database, clock, A, B)

        assert (await loaded(database, clock)).ids == {A, B}
        kind, body = (await facts(database))[-1]
        assert kind == TokensRevoked.kind
        assert TokensRevoked.decode(body) == TokensRevoked(
            employer_id=None, ids=(A, B), until=clock.now() + HOUR
        )

    async def test_twice_lasts_as_long_as_the_later_one(
        self, database: Database, clock: MovableClock
    ) -> None:
        """
        A family may be revoked again while it is known as revoked.
        """
        await on_record(database, clock, A)
        await clock.advance(HOUR / 2)
        await on_record(database, clock, A)
        await clock.advance(HOUR / 2)

        assert (await loaded(database, clock)).ids == {A}

    async def test_is_swept_out_when_the_last_token_has_expired(
        self, database: Database, clock: MovableClock
    ) -> None:
        """
        After an hour nothing is left that it could refuse.
        """
        await on_record(database, clock, A)
        await clock.advance(HOUR / 2)
        await on_record(database, clock, B)
        await clock.advance(HOUR / 2)

        async with database.unit() as uow:
            removed = await prune_revocations(uow, 10)

        assert removed == 1
        assert (await loaded(database, clock)).ids == {B}


class TestRevoked:
    @pytest.mark.fidelity("revocation.same-process")
    async def test_knows_of_its_own_process_when_the_unit_is_over(
        self, database: Database, clock: MovableClock
    ) -> None:
        """
        Before whoever revoked goes on, and not when nothing was committed.
        """
        revoked = Revoked(clock)
        heard: list[Collection[UUID]] = []
        revoked.listeners.append(heard.append)
        database.committed.append(revoked.committed)

        with pytest.raises(ZeroDivisionError):
            await undone(database, B)
        await on_record(database, clock, A)

        assert (revoked.ids, heard) == ({A}, [[A]])

    async def test_hears_of_another_process_from_the_log(
        self, database: Database, open_database: OpenDatabase, clock: MovableClock
    ) -> None:
        """
        What the log tells counts, and what is told twice is heard once.
        """
        revoked = Revoked(clock)
        heard: list[Collection[UUID]] = []
        revoked.listeners.append(heard.append)
        await on_record(await open_database(), clock, A)
        body = (await facts(database))[-1][1]

        for _ in range(2):
            revoked.hear(TokensRevoked.decode(body))

        assert (revoked.ids, heard) == ({A}, [[A]])

    async def test_misses_nothing_between_following_and_loading(
        self, sqlite_database: Database, clock: MovableClock
    ) -> None:
        """
        Told and loaded, in either order, is known once.
        """
        await on_record(sqlite_database, clock, A)
        revoked = await loaded(sqlite_database, clock)

        revoked.hear(TokensRevoked(employer_id=None, ids=(A, B), until=clock.now() + HOUR))

        assert revoked.ids == {A, B}

    async def test_lets_go_of_what_expired(self, clock: MovableClock) -> None:
        """
        The set does not grow for ever; an id that was prolonged stays.
        """
        revoked = Revoked(clock)
        ids = revoked.ids
        now = clock.now()
        for revoked_id, until in ((A, now + HOUR), (B, now + HOUR), (A, now + 2 * HOUR)):
            revoked.hear(TokensRevoked(employer_id=None, ids=(revoked_id,), until=until))

        await clock.advance(HOUR)
        revoked.hear(TokensRevoked(employer_id=None, ids=(UUID(int=3),), until=now + 2 * HOUR))

        assert ids == {A, UUID(int=3)}
