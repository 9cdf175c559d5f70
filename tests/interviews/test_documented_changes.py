"""
Tests of the examples of seed 001 that change and cancel events, sent as the seed prints them.

They are answered in full, on the summer's day of the seed and years later.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from hirewire.interviews.lobby_urls import LobbyUrls
from hirewire.interviews.model import Interview
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.runtime.db.database import Database
from tests.interviews.conftest import make_world
from tests.interviews.seed import FIRST, SECOND, SUMMER, ChosenIds, document
from tests.interviews.world import EMPLOYER, World
from tests.web.graphql.api import BASE, event_id

YEARS_LATER: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LOBBY: Final = LobbyUrls(BASE)
FIRST_TWO: Final = [
    {"name": None, "email": "first.interviewer@example.com"},
    {"name": None, "email": "second.interviewer@example.com"},
]


@pytest.fixture(params=[SUMMER, YEARS_LATER], ids=["2022", "2026"])
def clock(request: pytest.FixtureRequest) -> MovableClock:
    """The summer of the seed's examples, and the time of who tries them out today."""
    return MovableClock(request.param, frozen=True)


@pytest.fixture
def ids(clock: MovableClock, entropy: Any) -> ChosenIds:
    """Ids that a test can choose."""
    return ChosenIds(clock, entropy)


@pytest.fixture
def world(sqlite_database: Database, clock: MovableClock, entropy: SeededEntropy) -> World:
    """The API as `hirewire dev` serves it, where an event may start however long ago."""
    return make_world(sqlite_database, clock, entropy, timedelta(days=36_500))


async def stored(world: World, id: UUID) -> Interview:
    """Read an interview past the API."""
    async with world.database.read() as reader:
        found = await world.interviews.stored(reader, id)
    assert found is not None
    return found


async def existing(world: World, ids: ChosenIds, id: UUID) -> dict[str, Any]:
    """Schedule the seed's own event under *id*, and return what a payload shows of it."""
    ids.chosen = [id]
    await world.api.ask(document("create_event"), token=world.token())
    found = await stored(world, id)
    assert found.interviewee is not None
    return {
        "id": event_id(id),
        "status": "SCHEDULED" if world.clock.now() == SUMMER else "COMPLETED",
        "title": "Interview with Candidate",
        "startTime": "2022-08-18T22:30:00+00:00",
        "endTime": "2022-08-18T23:30:00+00:00",
        "timezone": "America/Los_Angeles",
        "languageCode": "fr",
        "countryCode": "CA",
        "interviewerLobbyUrl": LOBBY.of(found.lobby_token),
        "interviewersConnection": {"interviewers": FIRST_TWO},
        "intervieweesConnection": {
            "interviewees": [
                {
                    "intervieweeLobbyUrl": LOBBY.of(found.interviewee.lobby_token),
                    "name": "Candidate",
                    "email": "candidate@example.com",
                }
            ]
        },
    }


def updated(event: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The whole answer to an update, after which *event* has *changes*."""
    return {"data": {"updateVirtualInterviewEvent": {"event": event | changes}}}


class TestReschedule:
    @pytest.mark.fidelity("interviews.reschedule.documented-mutation")
    async def test_answers_the_documented_selection(self, world: World, ids: ChosenIds) -> None:
        """The event is a day later, and the rest of it stands as it was."""
        event = await existing(world, ids, SECOND)

        answer = await world.api.ask(document("reschedule_event"), token=world.token())

        assert answer == updated(
            event,
            startTime="2022-08-19T22:30:00+00:00",
            endTime="2022-08-19T23:30:00+00:00",
        )
        assert await world.facts() == [
            ("interview.scheduled", EMPLOYER),
            ("interview.rescheduled", EMPLOYER),
        ]


class TestAddInterviewers:
    @pytest.mark.fidelity("interviews.add-interviewers.documented-mutation")
    async def test_answers_the_documented_selection(self, world: World, ids: ChosenIds) -> None:
        """The third of the named is new; the two who interview already are not doubled."""
        event = await existing(world, ids, FIRST)

        answer = await world.api.ask(document("add_interviewers_to_event"), token=world.token())

        third = {"name": None, "email": "third.interviewer@example.com"}
        assert answer == updated(
            event, interviewersConnection={"interviewers": [*FIRST_TWO, third]}
        )
        assert (await world.facts())[1:] == [("interview.interviewers_added", EMPLOYER)]


class TestAddInterviewee:
    @pytest.mark.fidelity("interviews.add-interviewee.documented-mutation")
    async def test_answers_the_documented_selection(self, world: World, ids: ChosenIds) -> None:
        """An event without a candidate has one, with a lobby of their own."""
        create = document("create_event").replace(
            """    interviewee: {
      name: "Candidate",
      email: "candidate@example.com"
    }
""",
            "",
        )
        ids.chosen = [FIRST]
        created = await world.api.ask(create, token=world.token())
        made = created["data"]["createVirtualInterviewEvent"]["event"]
        assert made["intervieweesConnection"] == {"interviewees": []}

        answer = await world.api.ask(document("add_interviewee_to_event"), token=world.token())

        found = await stored(world, FIRST)
        assert found.interviewee is not None
        event = answer["data"]["updateVirtualInterviewEvent"]["event"]
        assert event["interviewerLobbyUrl"] == made["interviewerLobbyUrl"]
        assert event["intervieweesConnection"] == {
            "interviewees": [
                {
                    "intervieweeLobbyUrl": LOBBY.of(found.interviewee.lobby_token),
                    "name": "intervieweeName",
                    "email": "candidate@example.com",
                }
            ]
        }
        assert (await world.facts())[1:] == [("interview.interviewee_added", EMPLOYER)]

    @pytest.mark.fidelity("interviews.add-interviewee.only-one")
    async def test_refuses_a_second_one(self, world: World, ids: ChosenIds) -> None:
        """The interviewee of an event cannot be changed."""
        await existing(world, ids, FIRST)
        before = await stored(world, FIRST)

        answer = await world.api.ask(document("add_interviewee_to_event"), token=world.token())

        (error,) = answer["errors"]
        assert answer["data"] == {"updateVirtualInterviewEvent": None}
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert error["extensions"]["reason"] == "interviews.has_interviewee"
        assert await stored(world, FIRST) == before
        assert await world.facts() == [("interview.scheduled", EMPLOYER)]


class TestSetTitle:
    @pytest.mark.fidelity("interviews.set-title.documented-mutation")
    async def test_answers_the_documented_selection(self, world: World, ids: ChosenIds) -> None:
        """The event has the title that the seed gives it, whatever it was called before."""
        event = await existing(world, ids, FIRST)
        other = document("set_title_of_event").replace("Interview with", "Chat with")
        await world.api.ask(other, token=world.token())

        answer = await world.api.ask(document("set_title_of_event"), token=world.token())

        assert answer == updated(event)
        assert (await world.facts())[1:] == [("interview.title_changed", EMPLOYER)] * 2


class TestSetTimezone:
    @pytest.mark.fidelity("interviews.set-timezone.documented-mutation")
    async def test_answers_the_documented_selection(self, world: World, ids: ChosenIds) -> None:
        """The event has the time zone that the seed gives it, and is when it was."""
        event = await existing(world, ids, FIRST)
        other = document("set_timezone_of_event").replace("America/Los_Angeles", "Asia/Tokyo")
        moved = await world.api.ask(other, token=world.token())
        assert moved == updated(event, timezone="Asia/Tokyo")

        answer = await world.api.ask(document("set_timezone_of_event"), token=world.token())

        assert answer == updated(event)
        assert (await world.facts())[1:] == [("interview.zone_changed", EMPLOYER)] * 2


class TestCancel:
    @pytest.mark.fidelity("interviews.cancel.documented-mutation")
    async def test_answers_the_documented_selection(self, world: World, ids: ChosenIds) -> None:
        """The event is canceled, and the rest of it stands as it was."""
        event = await existing(world, ids, FIRST)

        answer = await world.api.ask(document("cancel_event"), token=world.token())

        assert answer == {
            "data": {"cancelVirtualInterviewEvent": {"event": event | {"status": "CANCELED"}}}
        }
        assert (await world.facts())[1:] == [("interview.canceled", EMPLOYER)]

    @pytest.mark.fidelity("interviews.update.forbidden")
    @pytest.mark.parametrize(
        "name",
        [
            "reschedule_event",
            "add_interviewers_to_event",
            "add_interviewee_to_event",
            "set_title_of_event",
            "set_timezone_of_event",
            "cancel_event",
        ],
    )
    async def test_refuses_what_does_not_exist_and_what_is_foreign_alike(
        self, world: World, ids: ChosenIds, name: str
    ) -> None:
        """Each documented change answers FORBIDDEN, in the same words for both."""
        none = await world.api.ask(document(name), token=world.token())
        for each in (FIRST, SECOND):
            await existing(world, ids, each)
        before = [await stored(world, each) for each in (FIRST, SECOND)]
        stranger = world.token(employer=SECOND)

        foreign = await world.api.ask(document(name), token=stranger)

        assert foreign == none
        (error,) = foreign["errors"]
        assert error["extensions"]["code"] == "FORBIDDEN"
        assert list(foreign["data"].values()) == [None]
        assert [await stored(world, each) for each in (FIRST, SECOND)] == before
        assert await world.facts() == [("interview.scheduled", EMPLOYER)] * 2
