"""
Tests of the examples of seed 001 that schedule and read, sent as the seed prints them.

Those that change events are in `test_documented_changes.py`.
"""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.kit.cursors import Cursor
from tests.interviews.seed import CURSOR, DOCUMENTS, FIRST, SECOND, SUMMER, ChosenIds, document
from tests.interviews.world import EMPLOYER, World
from tests.web.graphql.api import BASE, event_id


@pytest.fixture
def clock() -> MovableClock:
    """The seed's examples are of the summer of 2022."""
    return MovableClock(SUMMER, frozen=True)


@pytest.fixture
def ids(clock: MovableClock, entropy: Any) -> ChosenIds:
    """Ids that a test can choose."""
    return ChosenIds(clock, entropy)


class TestCreateEvent:
    @pytest.mark.fidelity(
        "interviews.create.documented-mutation",
        "interviews.create.confirms-with-id",
        "interviews.create.lobby-urls",
        "interviews.create.language-and-country",
        "interviews.node-id-form",
        "interviews.cursor-form",
    )
    async def test_answers_the_documented_selection(self, world: World) -> None:
        """The documented mutation is answered with everything that it selects."""
        answer = await world.api.ask(document("create_event"), token=world.token())

        event = answer["data"]["createVirtualInterviewEvent"]["event"]
        (stored, *rest) = await _stored(world)
        assert rest == []
        interview, tokens, interviewers = stored
        assert answer == {
            "data": {
                "createVirtualInterviewEvent": {
                    "event": {
                        "id": event_id(interview),
                        "countryCode": "CA",
                        "languageCode": "fr",
                        "interviewerLobbyUrl": f"{BASE}/lobby/{tokens[0]}",
                        "intervieweesConnection": {
                            "interviewees": [
                                {
                                    "intervieweeLobbyUrl": (f"{BASE}/lobby/{tokens[1]}"),
                                    "name": "Candidate",
                                    "email": "candidate@example.com",
                                }
                            ]
                        },
                        "interviewersConnection": {
                            "pageInfo": {"endCursor": str(Cursor(interviewers[1], 1))},
                            "interviewers": [
                                {"email": "first.interviewer@example.com"},
                                {"email": "second.interviewer@example.com"},
                            ],
                        },
                    }
                }
            }
        }
        assert event["interviewerLobbyUrl"] != event["intervieweesConnection"]
        assert await world.facts() == [("interview.scheduled", EMPLOYER)]

    @pytest.mark.fidelity("interviews.create.adds-the-caller")
    async def test_adds_the_person_who_calls(self, world: World) -> None:
        """A signed-in caller is an interviewer of the event that they schedule."""
        person = await world.member("Ada Caller", "ada@example.com")
        query = document("create_event").replace(
            "interviewers {\n          email", "interviewers {\n          name\n          email"
        )

        answer = await world.api.ask(query, token=world.token(person=person.id))

        event = answer["data"]["createVirtualInterviewEvent"]["event"]
        assert event["interviewersConnection"]["interviewers"] == [
            {"name": "Ada Caller", "email": "ada@example.com"},
            {"name": None, "email": "first.interviewer@example.com"},
            {"name": None, "email": "second.interviewer@example.com"},
        ]


class TestGetEvent:
    @pytest.mark.fidelity("interviews.get.documented-query", "interviews.get.nested-lists")
    async def test_answers_the_documented_selection(self, world: World, ids: ChosenIds) -> None:
        """The documented query shows both events, with the connections below them."""
        for chosen in (FIRST, SECOND):
            ids.chosen = [chosen]
            await world.api.ask(document("create_event"), token=world.token())

        answer = await world.api.ask(document("get_event"), token=world.token())

        events = answer["data"]["virtualInterviewEvents"]["events"]
        assert "errors" not in answer
        assert [event["id"] for event in events] == [event_id(FIRST), event_id(SECOND)]
        (interviewee,) = events[0]["intervieweesConnection"]["interviewees"]
        assert interviewee["interviewRecordsConnection"] == {"records": []}
        assert interviewee["name"] == "Candidate"
        assert len(events[1]["interviewersConnection"]["interviewers"]) == 2

    @pytest.mark.fidelity("interviews.get.null-beside-successes", "interviews.get.forbidden")
    async def test_shows_null_for_one_that_does_not_exist(
        self, world: World, ids: ChosenIds
    ) -> None:
        """The event that exists is shown, the other is null with its error in place."""
        ids.chosen = [FIRST]
        await world.api.ask(document("create_event"), token=world.token())

        answer = await world.api.ask(document("get_event"), token=world.token())

        events = answer["data"]["virtualInterviewEvents"]["events"]
        assert [event and event["id"] for event in events] == [event_id(FIRST), None]
        (error,) = answer["errors"]
        assert error["path"] == ["virtualInterviewEvents", "events", 1]
        assert error["extensions"]["code"] == "FORBIDDEN"


class TestFindEvents:
    @pytest.mark.fidelity("interviews.find.documented-query", "interviews.find.page-info")
    async def test_answers_the_documented_selection(self, world: World, ids: ChosenIds) -> None:
        """The documented query lists what follows the event that its cursor names."""
        ids.chosen = [CURSOR]
        await world.schedule(datetime(2022, 6, 29, 22, 0, tzinfo=UTC), title="before")
        found = await world.schedule(datetime(2022, 6, 30, 22, 0, tzinfo=UTC), title="after")

        answer = await world.api.ask(document("find_events"), token=world.token())

        cursor = str(Cursor(found.id, 5))
        assert answer == {
            "data": {
                "findVirtualInterviewEvents": {
                    "events": [
                        {
                            "id": event_id(found.id),
                            "title": "after",
                            "startTime": "2022-06-30T22:00:00+00:00",
                            "endTime": "2022-06-30T23:00:00+00:00",
                            "interviewersConnection": {
                                "interviewers": [
                                    {"email": "first@example.com"},
                                    {"email": "second@example.com"},
                                ]
                            },
                        }
                    ],
                    "pageInfo": {
                        "startCursor": cursor,
                        "endCursor": cursor,
                        "hasNextPage": False,
                        "hasPreviousPage": True,
                    },
                    "totalCount": 2,
                }
            }
        }

    @pytest.mark.fidelity(
        "interviews.find.bad-cursor",
        "graphql.errors.http-200",
        "graphql.errors.shape",
        "graphql.errors.message-in-both-places",
    )
    async def test_answers_the_bad_cursor_as_the_seed_shows(self, world: World) -> None:
        """The seed's error is answered; our own additions stand beside what it shows."""
        shown = json.loads((DOCUMENTS / "bad_cursor.json").read_text("utf-8"))

        # The seed counts lines from the one before the document's first.
        answer = await world.api.ask("\n" + document("bad_cursor"), token=world.token())

        added = {
            key: answer["errors"][0]["extensions"].pop(key) for key in ("message", "reason")
        }
        assert answer == shown
        assert added == {
            "message": "Encountered issue parsing cursor '1˙∆'.",
            "reason": "paging.bad_cursor",
        }
        assert list(answer) == ["errors", "data"]


async def _stored(world: World) -> list[tuple[UUID, list[str], list[UUID]]]:
    """Read of each interview its id, its lobby tokens and its interviewers' ids."""
    async with world.database.read() as reader:
        return await reader.all(
            lambda found, ours, theirs, people: (
                found,
                [ours, theirs],
                [UUID(each["id"]) for each in json.loads(people)],
            ),
            "SELECT id, lobby_token, interviewee_token, interviewers FROM interviews",
        )
