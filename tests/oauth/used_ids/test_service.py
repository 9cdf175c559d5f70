"""Ids that are good once."""

import asyncio
from datetime import timedelta
from hashlib import sha256
from typing import Final

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.oauth.used_ids.service import prune_used_ids, use_once
from hirewire.runtime.db.database import Database

ONE: Final = sha256(b"one").digest()
OTHER: Final = sha256(b"other").digest()
A_MINUTE: Final = timedelta(minutes=1)


async def use(database: Database, digest: bytes, lasts: timedelta = A_MINUTE) -> bool:
    """Use an id in a unit of its own."""
    async with database.unit() as uow:
        return await use_once(uow, digest, uow.now + lasts)


class TestUseOnce:
    @pytest.mark.fidelity("oauth.assertions.once")
    async def test_is_good_once(self, database: Database) -> None:
        """
        The second use of an id fails, and another id is not affected.
        """
        used = [await use(database, digest) for digest in (ONE, ONE, OTHER, ONE)]

        assert used == [True, False, True, False]

    async def test_of_many_at_once_one_succeeds(self, database: Database) -> None:
        """
        However many try at the same time, one of them has it.
        """
        used = await asyncio.gather(*(use(database, ONE) for _ in range(8)))

        assert sorted(used) == [False] * 7 + [True]

    async def test_a_use_that_is_undone_never_was(self, database: Database) -> None:
        """
        When the unit fails, the id is still good.
        """
        with pytest.raises(RuntimeError):
            await _use_and_fail(database)

        assert await use(database, ONE)

    async def test_a_failed_use_does_not_prolong_the_first(
        self, database: Database, clock: MovableClock
    ) -> None:
        """
        An id is remembered as long as its first use said.
        """
        await use(database, ONE)
        await use(database, ONE, timedelta(days=1))

        await clock.advance(A_MINUTE)

        assert await use(database, ONE)


class TestPrune:
    async def test_removes_what_is_past_its_time(
        self, database: Database, clock: MovableClock
    ) -> None:
        """
        What might still be shown again stays.
        """
        for number in range(3):
            await use(database, bytes([number]) * 32)
        await use(database, ONE, 2 * A_MINUTE)
        await clock.advance(A_MINUTE)

        removed = []
        for _ in range(3):
            async with database.unit() as uow:
                removed.append(await prune_used_ids(uow, 2))

        assert removed == [2, 1, 0]
        assert not await use(database, ONE)


async def _use_and_fail(database: Database) -> None:
    async with database.unit() as uow:
        await use_once(uow, ONE, uow.now + A_MINUTE)
        raise RuntimeError
