"""What the migration of threads makes of conversations that were there before it."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.kit.ids import IdMaker
from hirewire.runtime.db import Database, connect
from tests.fixtures.database import MORNING

THREAD, EMPTY = UUID(int=1), UUID(int=2)


@pytest.fixture
async def old(
    empty_database_url: str, clock: MovableClock, ids: IdMaker
) -> AsyncIterator[Database]:
    """A database of the program before."""
    database = await connect(empty_database_url, clock=clock, new_id=ids.new)
    await database.migrate(16)
    yield database
    await database.close()


class TestThreads:
    async def test_counts_what_was_said(self, old: Database) -> None:
        """
        Threads find their place in lists, and messages their number among the candidate's.
        """
        async with old.unit() as uow:
            for thread in (THREAD, EMPTY):
                await uow.run(
                    "INSERT INTO conversations (id, employer_id, candidate_name,"
                    " candidate_email, created_at, message_count)"
                    " VALUES (:id, :id, 'Robin', 'Robin@Example.org', :at, 3)",
                    id=thread,
                    at=uow.now,
                )
            for place, side in enumerate(("CANDIDATE", "EMPLOYER", "CANDIDATE"), start=1):
                await uow.run(
                    "INSERT INTO conversation_messages (id, conversation_id, position, side,"
                    " sender_name, text, sent_at)"
                    " VALUES (:id, :thread, :place, :side, 'x', 'x', :at)",
                    id=UUID(int=10 + place),
                    thread=THREAD,
                    place=place,
                    side=side,
                    at=uow.now,
                )

        await old.migrate()

        async with old.read() as reader:
            threads = await reader.all(
                lambda *row: row,
                "SELECT candidate_key, candidate_count, active_ms FROM conversations"
                " ORDER BY id",
            )
            messages = await reader.all(
                int, "SELECT candidate_seq FROM conversation_messages ORDER BY position"
            )
        now_ms = int(MORNING.timestamp() * 1000)
        assert threads == [("robin@example.org", 2, now_ms), ("robin@example.org", 0, now_ms)]
        assert messages == [1, 1, 2]
