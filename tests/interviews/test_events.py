"""Tests of showing interviews by their ids, and of what the clock does to them."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from hirewire.interviews.model import NewInterviewee
from hirewire.interviews.service import SCOPE
from hirewire.kit.caller import Caller
from hirewire.runtime.db.database import Reader
from tests.interviews.test_authorization import GET
from tests.interviews.world import EMPLOYER, UNKNOWN, World, refusal
from tests.web.graphql.api import HOST, event_id

TEN: Final = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)

FORMS: Final[dict[str, Callable[[UUID], str]]] = {
    "node id": event_id,
    "node id without padding": lambda uuid: event_id(uuid).rstrip("="),
    "bare": str,
    "bare in capitals": lambda uuid: str(uuid).upper(),
    "urn": lambda uuid: base64.b64encode(
        f"urn:{HOST}:virtualinterviewevent:{uuid}".encode()
    ).decode(),
}
MALFORMED: Final = [
    "",
    "x",
    "1˙∆",
    "12345",
    base64.b64encode(f"iri://{HOST}/EmployerJob/{UNKNOWN}".encode()).decode(),
    "A" * 5000,
]


class TestIds:
    @pytest.mark.fidelity("interviews.ids.forms")
    @pytest.mark.parametrize("form", FORMS)
    async def test_are_read_in_every_form(self, world: World, form: str) -> None:
        """Whatever spelling comes in, the node id goes out."""
        interview = await world.schedule(TEN)

        answer = await world.api.ask(
            GET, {"ids": [FORMS[form](interview.id)]}, token=world.token()
        )

        events = answer["data"]["virtualInterviewEvents"]["events"]
        assert events == [{"id": event_id(interview.id)}]

    @pytest.mark.parametrize("malformed", MALFORMED)
    async def test_that_are_none_are_bad_input_in_their_place(
        self, world: World, malformed: str
    ) -> None:
        """A malformed id is null with its own error; the others are shown."""
        interview = await world.schedule(TEN)

        answer = await world.api.ask(
            GET, {"ids": [malformed, str(interview.id)]}, token=world.token()
        )

        events = answer["data"]["virtualInterviewEvents"]["events"]
        assert events == [None, {"id": event_id(interview.id)}]
        code, reason, _, path = refusal(answer)
        assert (code, reason) == ("BAD_USER_INPUT", "ids.bad_node_id")
        assert path == ["virtualInterviewEvents", "events", 0]

    async def test_may_repeat_and_may_be_none(self, world: World) -> None:
        """Each place is answered by itself, and no ids are no events."""
        kept = str((await world.schedule(TEN)).id)

        twice = await world.api.ask(GET, {"ids": [kept, kept]}, token=world.token())
        never = await world.api.ask(GET, {"ids": []}, token=world.token())

        assert len(twice["data"]["virtualInterviewEvents"]["events"]) == 2
        assert never == {"data": {"virtualInterviewEvents": {"events": []}}}

    @pytest.mark.fidelity("interviews.ids.limit")
    async def test_are_at_most_a_hundred(self, world: World) -> None:
        """The hundredth is answered, the hundred and first refuses them all."""
        ids = [str(UNKNOWN)] * 101

        most = await world.api.ask(GET, {"ids": ids[:100]}, token=world.token())
        over = await world.api.ask(GET, {"ids": ids}, token=world.token())

        assert len(most["errors"]) == 100
        assert refusal(over)[:3] == (
            "BAD_USER_INPUT",
            "interviews.too_many_ids",
            "ids: at most 100 can be asked for at once, got 101.",
        )

    async def test_count_whatever_they_are(self, world: World) -> None:
        """Texts that are no ids at all are too many like any others."""
        answer = await world.api.ask(GET, {"ids": ["x"] * 101}, token=world.token())

        assert answer["data"] == {"virtualInterviewEvents": None}
        assert refusal(answer)[1] == "interviews.too_many_ids"


class TestStatus:
    @pytest.mark.fidelity("interviews.status")
    async def test_moves_by_the_clock(self, world: World) -> None:
        """An event is scheduled until it starts, and in progress until it ends."""
        interview = await world.schedule(TEN, minutes=60)
        seen = []

        for moment in (0, 59, 60, 119, 120):
            await world.clock.move_to(TEN - timedelta(hours=1) + timedelta(minutes=moment))
            seen.append(await _status(world, interview.id))

        assert seen == [
            "SCHEDULED",
            "SCHEDULED",
            "IN_PROGRESS",
            "IN_PROGRESS",
            "COMPLETED",
        ]

    async def test_stays_canceled(self, world: World) -> None:
        """A canceled event is canceled, whatever the time."""
        interview = await world.schedule(TEN)
        await world.cancel(interview)

        before = await _status(world, interview.id)
        await world.clock.move_to(TEN + timedelta(hours=2) - timedelta(minutes=59))

        assert (before, await _status(world, interview.id)) == ("CANCELED", "CANCELED")


class Counting:
    """A reader that counts its statements."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.statements = 0

    async def all(self, make: Any, sql: str, /, **params: object) -> list[Any]:
        self.statements += 1
        return await self._reader.all(make, sql, **params)

    async def one(self, make: Any, sql: str, /, **params: object) -> Any:
        self.statements += 1
        return await self._reader.one(make, sql, **params)

    async def value(self, sql: str, /, **params: object) -> Any:
        self.statements += 1
        return await self._reader.value(sql, **params)


class TestCost:
    @pytest.mark.parametrize("interviewers", [1, 49])
    async def test_one_interview_is_one_statement(
        self, world: World, interviewers: int
    ) -> None:
        """The number of people in an interview costs no statements."""
        people = [f"p{number}@example.com" for number in range(interviewers)]
        candidate = NewInterviewee(name="Cy", email="cy@example.com")
        kept = await world.schedule(TEN, interviewers=people, interviewee=candidate)
        caller = Caller(
            app_id="a", scopes=frozenset({SCOPE}), expires_at=TEN, employer_id=EMPLOYER
        )

        async with world.database.read() as reader:
            counting = Counting(reader)
            found = await world.interviews.get(counting, caller, [kept.id])

        assert found == {kept.id: kept}
        assert counting.statements == 1


async def _status(world: World, id: UUID) -> str:
    query = """query ($ids: [ID!]!) {
      virtualInterviewEvents(input: {ids: $ids}) { events { status } }
    }"""
    answer = await world.api.ask(query, {"ids": [str(id)]}, token=world.token(lasts=_DAY))
    status: str = answer["data"]["virtualInterviewEvents"]["events"][0]["status"]
    return status


_DAY: Final = timedelta(days=1)
