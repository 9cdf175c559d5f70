"""Tests of records and outcomes in the API, and of how many statements a list costs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from hirewire.interviews.graphql import part
from hirewire.interviews.lobby_urls import LobbyUrls
from hirewire.interviews.model import Interview, NewInterviewee
from hirewire.interviews.service import SCOPE, Interviews
from hirewire.kit.node_ids import NodeIds
from hirewire.runtime.db.database import Database, Reader
from tests.interviews.seed import document
from tests.interviews.world import EMPLOYER, World
from tests.web.graphql.api import BASE, HOST, serve

TEN: Final = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
CYRIL: Final = NewInterviewee(name="Cyril", email="cy@example.com")
RECORDS: Final = """
  intervieweesConnection { interviewees { name interviewRecordsConnection {
    records { id recordingUrl interviewOutcomesConnection {
      outcomes { interviewer { id email name } decision { value noteText } }
      pageInfo { endCursor }
    } }
    pageInfo { endCursor }
  } } }
"""
GET: Final = (
    "query ($ids: [ID!]!) { virtualInterviewEvents(input: {ids: $ids}) { events {"
    + RECORDS
    + "} } }"
)
FIND: Final = (
    "{ findVirtualInterviewEvents(first: 20, input: {}) { events {"
    + RECORDS
    + " interviewersConnection { interviewers { email } } } totalCount } }"
)


class CountingReader:
    """A reader that counts its statements in *counts*."""

    def __init__(self, reader: Reader, counts: list[str]) -> None:
        self._reader = reader
        self._counts = counts

    async def all(self, make: Any, sql: str, /, **params: object) -> list[Any]:
        self._counts.append(sql)
        return await self._reader.all(make, sql, **params)

    async def one(self, make: Any, sql: str, /, **params: object) -> Any:
        self._counts.append(sql)
        return await self._reader.one(make, sql, **params)

    async def value(self, sql: str, /, **params: object) -> Any:
        self._counts.append(sql)
        return await self._reader.value(sql, **params)


class CountingDatabase:
    """A database whose looks count their statements."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.statements: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reader]:
        async with self._database.read() as reader:
            yield CountingReader(reader, self.statements)


async def record(
    world: World, interview: Interview, number: int, *, state: str = "NEVER"
) -> UUID:
    """Keep a session of *interview*, past the lobby, with the first interviewer's outcome."""
    id = UUID(int=number)  # noqa: A001 - what it is
    async with world.database.unit() as uow:
        await uow.run(
            "INSERT INTO interview_records (id, interview_id, began_at, ended_at,"
            " recording_state) VALUES (:id, :interview, :at, :at, :state)",
            id=id,
            interview=interview.id,
            at=uow.now,
            state=state,
        )
        await uow.run(
            "INSERT INTO interview_outcomes (record_id, interviewer_id, interviewer_email,"
            " interviewer_name, decision, note, entered_at, changed_at)"
            " VALUES (:id, :by, :email, 'Ada', 'YES', 'Knows her craft.', :at, :at)",
            id=id,
            by=interview.interviewers[0].id,
            email=interview.interviewers[0].email,
            at=uow.now,
        )
    return id


class TestRecords:
    @pytest.mark.fidelity("interviews.records.nested")
    async def test_are_shown_with_their_outcomes(self, world: World) -> None:
        """Each session is a record; only a recording that is ready has an address."""
        interview = await world.schedule(TEN, interviewee=CYRIL)
        first = await record(world, interview, 1)
        second = await record(world, interview, 2, state="READY")
        mint = NodeIds(HOST).mint
        outcome = {
            "interviewer": {
                "id": mint("VirtualInterviewInterviewer", interview.interviewers[0].id),
                "email": "first@example.com",
                "name": "Ada",
            },
            "decision": {"value": "YES", "noteText": "Knows her craft."},
        }

        answer = await world.api.ask(GET, {"ids": [str(interview.id)]}, token=world.token())

        (event,) = answer["data"]["virtualInterviewEvents"]["events"]
        (interviewee,) = event["intervieweesConnection"]["interviewees"]
        records = interviewee["interviewRecordsConnection"]["records"]
        assert [each["id"] for each in records] == [
            mint("VirtualInterviewRecord", first),
            mint("VirtualInterviewRecord", second),
        ]
        assert [each["recordingUrl"] for each in records] == [
            None,
            f"{BASE}/recordings/{second}",
        ]
        assert [each["interviewOutcomesConnection"]["outcomes"] for each in records] == [
            [outcome]
        ] * 2

    @pytest.mark.fidelity("interviews.records.nested")
    async def test_are_shown_to_the_other_interviewers(self, world: World) -> None:
        """Who interviews reads what the others made of it, and a stranger does not."""
        ben = await world.register("Ben", "second@example.com")
        eve = await world.register("Eve", "eve@example.com")
        interview = await world.schedule(TEN, interviewee=CYRIL)
        await record(world, interview, 1)
        asked = {"ids": [str(interview.id)]}

        shown, kept = [
            await world.api.ask(GET, asked, token=world.token(employer=None, person=each.id))
            for each in (ben, eve)
        ]

        (event,) = shown["data"]["virtualInterviewEvents"]["events"]
        (interviewee,) = event["intervieweesConnection"]["interviewees"]
        (one,) = interviewee["interviewRecordsConnection"]["records"]
        (outcome,) = one["interviewOutcomesConnection"]["outcomes"]
        assert outcome["decision"] == {"value": "YES", "noteText": "Knows her craft."}
        assert kept["data"]["virtualInterviewEvents"] == {"events": [None]}

    @pytest.mark.fidelity("interviews.interviewers.name")
    async def test_have_names_that_addresses_do_not(self, world: World) -> None:
        """Whoever names an address does not learn whose account it is, if there is one."""
        await world.register("Ada", "first@example.com")
        interview = await world.schedule(TEN, interviewee=CYRIL)
        await record(world, interview, 1)
        names = GET.replace(
            "intervieweesConnection",
            "interviewersConnection { interviewers { name } } intervieweesConnection",
            1,
        )

        answer = await world.api.ask(names, {"ids": [str(interview.id)]}, token=world.token())

        (event,) = answer["data"]["virtualInterviewEvents"]["events"]
        (interviewee,) = event["intervieweesConnection"]["interviewees"]
        (shown,) = interviewee["interviewRecordsConnection"]["records"]
        (outcome,) = shown["interviewOutcomesConnection"]["outcomes"]
        assert event["interviewersConnection"]["interviewers"] == [{"name": None}] * 2
        assert outcome["interviewer"]["name"] == "Ada"

    async def test_come_back_from_a_change(self, world: World) -> None:
        """The payload of a mutation shows them as a query does."""
        interview = await world.schedule(TEN, interviewee=CYRIL)
        await record(world, interview, 1)
        ask = (
            "mutation ($id: ID!) { updateVirtualInterviewEvent(input: {setTitle: "
            '{id: $id, title: "T"}}) { event {' + RECORDS + "} } }"
        )

        answer = await world.api.ask(ask, {"id": str(interview.id)}, token=world.token())

        event = answer["data"]["updateVirtualInterviewEvent"]["event"]
        (interviewee,) = event["intervieweesConnection"]["interviewees"]
        assert len(interviewee["interviewRecordsConnection"]["records"]) == 1


class TestStatements:
    @pytest.mark.parametrize("rows", [1, 7])
    async def test_of_a_list_do_not_depend_on_its_length(self, world: World, rows: int) -> None:
        """The page, the count, the records and the outcomes: one statement each."""
        for number in range(rows):
            starts_at = TEN + timedelta(hours=number)
            interview = await world.schedule(starts_at, interviewee=CYRIL)
            await record(world, interview, number + 1)
        counting, api = _counted(world)

        answer = await api.ask(FIND, token=api.signer.token(SCOPE, employer=EMPLOYER))

        assert "errors" not in answer
        page = answer["data"]["findVirtualInterviewEvents"]
        assert (len(page["events"]), page["totalCount"]) == (rows, rows)
        assert len(counting.statements) == 4

    async def test_of_records_are_not_run_unless_they_are_asked_for(self, world: World) -> None:
        """The documented list query is two statements: the page and its total."""
        await world.schedule(TEN, interviewee=CYRIL)
        counting, api = _counted(world)
        query = document("find_events").replace(
            'after: "ZmIyNDUxZjAtYjBjMy00NTljLTk4MGItNTVlMThhNWNlOWU0fDQ"', ""
        )

        answer = await api.ask(query, token=api.signer.token(SCOPE, employer=EMPLOYER))

        assert len(answer["data"]["findVirtualInterviewEvents"]["events"]) == 1
        assert len(counting.statements) == 2


def _counted(world: World) -> tuple[CountingDatabase, Any]:
    """Serve the same database once more, counting what is read."""
    counting: Any = CountingDatabase(world.database)
    services = {Interviews: world.interviews, LobbyUrls: LobbyUrls(BASE)}
    return counting, serve([part()], counting, world.clock, services)
