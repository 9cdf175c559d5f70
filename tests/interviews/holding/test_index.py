"""The index of who interviews in what, on both databases."""

from uuid import UUID

from hirewire.interviews.holding.listener import holders_listener
from hirewire.interviews.holding.store import Held
from hirewire.kit.clock import MovableClock
from hirewire.kit.ids import IdMaker
from hirewire.runtime.bus import MemoryBus
from hirewire.runtime.db import connect
from hirewire.runtime.log import Listeners
from tests.fixtures.background import all_done, in_background
from tests.fixtures.database import MORNING
from tests.interviews.world import EMPLOYER, World

BEFORE_THE_INDEX = 18
_OLD = """
    INSERT INTO interviews (id, employer_id, title, starts_at, ends_at, zone, media_type,
                            ats_name, lobby_token, created_at, changed_at, sequence,
                            interviewers)
    VALUES (:id, :employer_id, 'Old', :at, :at, 'UTC', 'VIDEO', 'ATS', 'token', :at, :at, 0,
            :people)
"""
_PEOPLE = """[
    {"id": "018f0000-0000-7000-8000-000000000001", "email": "Ada@Example.com", "name": null},
    {"id": "018f0000-0000-7000-8000-000000000002", "email": "ben@example.com", "name": "Ben"}
]"""
_HOLDERS = "SELECT key FROM interview_holders ORDER BY key"


class TestIndex:
    async def test_is_kept_by_the_listener(
        self, world_on_each: World, clock: MovableClock
    ) -> None:
        """What was scheduled is found by each interviewer, by nobody else, and once."""
        world = world_on_each
        ada = await world.register("Ada", "ada@example.com")
        interview = await world.schedule(MORNING, interviewers=("ADA@example.com", "b@x.org"))
        await world.schedule(MORNING, interviewers=("b@x.org",))
        listeners = Listeners(world.database, MemoryBus(), clock, (holders_listener(),), None)

        async with in_background(listeners.run()):
            await all_done(world.database, listeners)

        asked = Held(now=MORNING, is_past=False, size=5)
        async with world.database.read() as reader:
            found = await world.interviews.held(reader, ada, asked)
            keys = await reader.all(str, _HOLDERS)
        assert found == [interview]
        assert keys == ["ada@example.com", "b@x.org", "b@x.org"]

    async def test_holds_what_was_there_before_it(
        self, empty_database_url: str, clock: MovableClock, ids: IdMaker
    ) -> None:
        """The migration notes the interviewers of every interview that it finds."""
        database = await connect(empty_database_url, clock=clock, new_id=ids.new)
        await database.migrate(upto=BEFORE_THE_INDEX)
        async with database.unit() as uow:
            about = {"id": UUID(int=1), "employer_id": EMPLOYER, "at": MORNING}
            await uow.run(_OLD, people=_PEOPLE, **about)

        await database.migrate()

        async with database.read() as reader:
            keys = await reader.all(str, _HOLDERS)
        await database.close()
        assert keys == ["ada@example.com", "ben@example.com"]
