"""Tests of who may do what: every operation, with every kind of caller."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from tests.interviews.test_changes import CANCEL, UPDATE, stored
from tests.interviews.test_schedule import CREATE, wanted
from tests.interviews.world import EMPLOYER, FOREIGN, World, refusal
from tests.web.graphql.api import event_id

TOMORROW: Final = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
GET: Final = """query ($ids: [ID!]!) {
  virtualInterviewEvents(input: {ids: $ids}) { events { id } }
}"""
FIND: Final = "{ findVirtualInterviewEvents(input: {}) { events { id } totalCount } }"

NOBODY: Final[dict[str, Callable[[World], str | None]]] = {
    "no token": lambda _: None,
    "malformed": lambda _: "not-a-token",
    "forged": lambda world: world.token()[:-4] + "AAAA",
    "expired": lambda world: world.token(lasts=timedelta(seconds=0)),
}
UNFIT: Final[dict[str, tuple[Callable[[World], str], str]]] = {
    "wrong scope": (lambda world: world.token("employer_access"), "auth.missing_scope"),
    "no employer": (lambda world: world.token(employer=None), "auth.no_employer"),
}


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation, the field that it fills, and its variables for an event's id."""

    field: str
    query: str
    variables: Callable[[str], dict[str, Any]]

    async def run(self, world: World, token: str | None, id: str) -> dict[str, object]:
        """Send it."""
        return await world.api.ask(self.query, self.variables(id), token=token)


OPERATIONS: Final = (
    Operation("createVirtualInterviewEvent", CREATE, lambda _: wanted()),
    Operation(
        "updateVirtualInterviewEvent",
        UPDATE,
        lambda sent: {"input": {"setTitle": {"id": sent, "title": "Another"}}},
    ),
    Operation("cancelVirtualInterviewEvent", CANCEL, lambda sent: {"id": sent}),
    Operation("virtualInterviewEvents", GET, lambda sent: {"ids": [sent]}),
    Operation("findVirtualInterviewEvents", FIND, lambda _: {}),
)
each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda op: op.field)


class TestNobody:
    @pytest.mark.fidelity("graphql.errors.unauthenticated")
    @each_operation
    @pytest.mark.parametrize("caller", NOBODY)
    async def test_is_unauthenticated(
        self, world: World, operation: Operation, caller: str
    ) -> None:
        """Without a valid token nothing is shown, stored or told."""
        interview = await world.schedule(TOMORROW)
        counts, facts = await world.counts(), await world.facts()

        answer = await operation.run(world, NOBODY[caller](world), event_id(interview.id))

        code, reason, _, path = refusal(answer)
        assert (code, reason) == ("UNAUTHENTICATED", "auth.unauthenticated")
        assert path == [operation.field]
        assert answer["data"] == {operation.field: None}
        assert await stored(world, interview) == interview
        assert (await world.counts(), await world.facts()) == (counts, facts)


class TestUnfit:
    @pytest.mark.fidelity("graphql.errors.forbidden", "interviews.scope")
    @each_operation
    @pytest.mark.parametrize("caller", UNFIT)
    async def test_is_forbidden(self, world: World, operation: Operation, caller: str) -> None:
        """A token without the scope, or without an employer, gets nothing."""
        interview = await world.schedule(TOMORROW)
        counts, facts = await world.counts(), await world.facts()
        token, expected = UNFIT[caller]

        answer = await operation.run(world, token(world), event_id(interview.id))

        code, reason, _, path = refusal(answer)
        assert (code, reason, path) == ("FORBIDDEN", expected, [operation.field])
        assert answer["data"] == {operation.field: None}
        assert await stored(world, interview) == interview
        assert (await world.counts(), await world.facts()) == (counts, facts)


class TestForeignEmployer:
    @pytest.mark.fidelity("interviews.get.foreign")
    async def test_cannot_tell_a_foreign_event_from_none(self, world: World) -> None:
        """Another employer's event is answered as one that does not exist."""
        interview = await world.schedule(TOMORROW)
        token = world.token(employer=FOREIGN)
        unknown = "018f0000-0000-7000-8000-000000000bad"

        seen = await world.api.ask(GET, {"ids": [str(interview.id)]}, token=token)
        none = await world.api.ask(GET, {"ids": [unknown]}, token=token)

        assert seen["data"] == none["data"] == {"virtualInterviewEvents": {"events": [None]}}
        sent = str(interview.id)
        assert refusal(seen)[:2] == refusal(none)[:2] == ("FORBIDDEN", "interviews.not_yours")
        assert refusal(seen)[2].replace(sent, unknown) == refusal(none)[2]

    async def test_finds_only_its_own(self, world: World) -> None:
        """A list holds the events of the employer that the token represents."""
        await world.schedule(TOMORROW)
        own = await world.schedule(TOMORROW, employer=FOREIGN)

        answer = await world.api.ask(FIND, token=world.token(employer=FOREIGN))

        assert answer["data"]["findVirtualInterviewEvents"] == {
            "events": [{"id": event_id(own.id)}],
            "totalCount": 1,
        }

    async def test_cannot_page_from_a_foreign_event(self, world: World) -> None:
        """A cursor that stands on another employer's event is no cursor."""
        await world.schedule(TOMORROW)
        page = "{ findVirtualInterviewEvents(input: {}%s) { pageInfo { endCursor } } }"
        first = await world.api.ask(page % "", token=world.token())
        cursor = first["data"]["findVirtualInterviewEvents"]["pageInfo"]["endCursor"]

        answer = await world.api.ask(
            page % f', after: "{cursor}"', token=world.token(employer=FOREIGN)
        )

        assert refusal(answer)[:2] == ("BAD_USER_INPUT", "paging.bad_cursor")


class TestInterviewer:
    @pytest.mark.fidelity("interviews.get.by-interviewer")
    @pytest.mark.parametrize("employer", [None, FOREIGN, EMPLOYER])
    async def test_sees_events_that_they_interview_in(
        self, world: World, employer: object
    ) -> None:
        """A person is known by the address of their account, in any case."""
        person = await world.register("Ada", "ada@example.com")
        theirs = await world.schedule(TOMORROW, interviewers=["ADA@Example.com"])
        token = world.token(employer=employer, person=person.id)  # type: ignore[arg-type]

        answer = await world.api.ask(GET, {"ids": [str(theirs.id)]}, token=token)

        assert answer == {
            "data": {"virtualInterviewEvents": {"events": [{"id": event_id(theirs.id)}]}}
        }

    @pytest.mark.fidelity("interviews.get.verified-address")
    async def test_sees_nothing_by_an_address_that_may_be_anothers(self, world: World) -> None:
        """Whoever signs up with an invited address sees nothing until it is verified."""
        person = await world.register("Eve", "ada@example.com", is_verified=False)
        invited = await world.schedule(TOMORROW, interviewers=["ada@example.com"])
        token = world.token(employer=None, person=person.id)

        before = await world.api.ask(GET, {"ids": [str(invited.id)]}, token=token)
        async with world.database.unit() as uow:
            await world.accounts.verify_email(uow, person.id)
        after = await world.api.ask(GET, {"ids": [str(invited.id)]}, token=token)

        assert before["data"] == {"virtualInterviewEvents": {"events": [None]}}
        assert refusal(before)[:2] == ("FORBIDDEN", "interviews.not_yours")
        assert after["data"] == {
            "virtualInterviewEvents": {"events": [{"id": event_id(invited.id)}]}
        }

    async def test_sees_no_others(self, world: World) -> None:
        """A person without an employer sees nothing that they are not invited to."""
        person = await world.register("Ada", "ada@example.com")
        other = await world.schedule(TOMORROW)
        token = world.token(employer=None, person=person.id)

        answer = await world.api.ask(GET, {"ids": [str(other.id)]}, token=token)

        assert answer["data"] == {"virtualInterviewEvents": {"events": [None]}}
        assert refusal(answer)[:2] == ("FORBIDDEN", "interviews.not_yours")
