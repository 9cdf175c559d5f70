"""Tests of what a person's token opens while they act for the employer, and afterwards."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import pytest

from hirewire.accounts.model import Role
from hirewire.interviews.model import Interview, NewInterviewee
from hirewire.interviews.search import Search
from hirewire.interviews.service import SCOPE
from hirewire.kit.caller import Caller
from tests.interviews.test_events import Counting
from tests.interviews.test_schedule import CREATE, wanted
from tests.interviews.world import EMPLOYER, World, refusal
from tests.web.graphql.api import BASE, event_id

TOMORROW: Final = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
CYRIL: Final = NewInterviewee(name="Cyril", email="cyril@example.com")
GET: Final = """query ($ids: [ID!]!) {
  virtualInterviewEvents(input: {ids: $ids}) { events {
    id intervieweesConnection { interviewees { name intervieweeLobbyUrl } }
  } }
}"""
FIND: Final = """{ findVirtualInterviewEvents(input: {}) { events {
  id intervieweesConnection { interviewees { name intervieweeLobbyUrl } }
} totalCount } }"""
RETITLE: Final = """mutation ($id: ID!) {
  updateVirtualInterviewEvent(input: {setTitle: {id: $id, title: "Other"}}) { event { id } }
}"""
CANCEL: Final = """mutation ($id: ID!) {
  cancelVirtualInterviewEvent(input: {id: $id}) { event { id } }
}"""


class TestWhoLeft:
    @pytest.mark.fidelity("interviews.members.left")
    async def test_keeps_nothing_of_the_employer(self, world_on_each: World) -> None:
        """The token is good for its hour, and opens no interview of the employer any more."""
        world = world_on_each
        person = await world.member("Ada", "ada@example.com")
        interview = await world.schedule(TOMORROW, interviewee=CYRIL)
        token = world.token(person=person.id)
        before = await reads(world, token, interview)

        await world.leave(person)
        stored, facts = await kept(world, interview), await world.facts()
        after = await reads(world, token, interview)
        changes = await writes(world, token, interview)

        assert before == ("read", "listed")
        assert after == ("interviews.not_yours", "interviews.employer_lost")
        assert changes == {
            "create": ("FORBIDDEN", "interviews.employer_lost"),
            "update": ("FORBIDDEN", "interviews.not_yours"),
            "cancel": ("FORBIDDEN", "interviews.not_yours"),
        }
        assert (await kept(world, interview), await world.facts()) == (stored, facts)

    @pytest.mark.fidelity("interviews.members.left")
    async def test_keeps_what_they_interview_in(self, world_on_each: World) -> None:
        """Who is invited by their own address reads that interview, as anybody invited does."""
        world = world_on_each
        person = await world.member("Ada", "ada@example.com")
        theirs = await world.schedule(TOMORROW, interviewers=["ada@example.com"])
        other = await world.schedule(TOMORROW)
        await world.leave(person)
        token = world.token(person=person.id)

        answers = [await reads(world, token, each) for each in (theirs, other)]

        assert answers == [
            ("read", "interviews.employer_lost"),
            ("interviews.not_yours", "interviews.employer_lost"),
        ]


class TestRoles:
    @pytest.mark.fidelity("interviews.members.roles")
    @pytest.mark.parametrize(
        ("role", "seen", "create", "change"),
        [
            (
                Role.VIEWER,
                ("read", "listed"),
                "interviews.role_may_not",
                "interviews.role_may_not",
            ),
            (
                Role.MEMBER,
                ("interviews.not_yours", "interviews.role_may_not"),
                "interviews.role_may_not",
                "interviews.not_yours",
            ),
        ],
    )
    async def test_bound_what_a_token_opens(
        self,
        world_on_each: World,
        *,
        role: Role,
        seen: tuple[str, str],
        create: str,
        change: str,
    ) -> None:
        """By an app that acts for them people do no more than by themselves."""
        world = world_on_each
        person = await world.member("Vera", "vera@example.com", role=role)
        interview = await world.schedule(TOMORROW, interviewee=CYRIL)
        stored, facts = await kept(world, interview), await world.facts()
        token = world.token(person=person.id)

        found = await reads(world, token, interview)
        changes = await writes(world, token, interview)

        assert found == seen
        assert changes == {
            "create": ("FORBIDDEN", create),
            "update": ("FORBIDDEN", change),
            "cancel": ("FORBIDDEN", change),
        }
        assert (await kept(world, interview), await world.facts()) == (stored, facts)

    @pytest.mark.fidelity("interviews.members.roles")
    @pytest.mark.parametrize("role", [Role.ADMIN, Role.RECRUITER])
    async def test_let_writers_schedule_and_change(self, world: World, role: Role) -> None:
        """Admins and recruiters do by an app what they do in the console."""
        person = await world.member("Ada", "ada@example.com", role=role)
        interview = await world.schedule(TOMORROW, interviewee=CYRIL)
        token = world.token(person=person.id)

        seen = await reads(world, token, interview)
        created = await world.api.ask(CREATE, wanted(), token=token)
        changed = await world.api.ask(RETITLE, {"id": str(interview.id)}, token=token)

        assert seen == ("read", "listed")
        assert "errors" not in created
        assert "errors" not in changed

    @pytest.mark.fidelity("interviews.members.viewers-link")
    async def test_keep_the_interviewees_link_from_viewers(self, world_on_each: World) -> None:
        """Whoever opens it comes in as the candidate: who only reads gets null for it."""
        world = world_on_each
        vera = await world.member("Vera", "vera@example.com", role=Role.VIEWER)
        rui = await world.member("Rui", "rui@example.com")
        interview = await world.schedule(TOMORROW, interviewee=CYRIL)

        viewers = await links(world, world.token(person=vera.id), interview)
        recruiters = await links(world, world.token(person=rui.id), interview)

        assert interview.interviewee is not None
        url = f"{BASE}/lobby/{interview.interviewee.lobby_token}"
        assert viewers == [None, None]
        assert recruiters == [url, url]

    @pytest.mark.fidelity("interviews.members.viewers-link")
    async def test_count_for_less_than_an_invitation(self, world: World) -> None:
        """A viewer who interviews has the link, by id and in the list, and may change it."""
        vera = await world.member("Vera", "vera@example.com", role=Role.VIEWER)
        interview = await world.schedule(
            TOMORROW, interviewers=["vera@example.com"], interviewee=CYRIL
        )
        token = world.token(person=vera.id)

        found = await links(world, token, interview)
        changed = await world.api.ask(RETITLE, {"id": str(interview.id)}, token=token)

        assert None not in found
        assert "errors" not in changed


class TestCost:
    async def test_is_one_look_of_a_person(self, world: World) -> None:
        """What a person is to the employer is asked once, however many interviews there are."""
        person = await world.member("Ada", "ada@example.com")
        ids = [(await world.schedule(TOMORROW, interviewee=CYRIL)).id for _ in range(5)]
        caller = as_(person.id)

        async with world.database.read() as reader:
            got, found = Counting(reader), Counting(reader)
            await world.interviews.get(got, caller, ids)
            await world.interviews.find(found, caller, Search(first=5), TOMORROW)

        assert (got.statements, found.statements) == (2, 2)


def as_(person_id: UUID) -> Caller:
    """Call as a person whose token represents the employer."""
    return Caller(
        app_id="client-1",
        scopes=frozenset({SCOPE}),
        expires_at=TOMORROW,
        person_id=person_id,
        employer_id=EMPLOYER,
    )


async def reads(world: World, token: str, interview: Interview) -> tuple[str, str]:
    """Read an interview by its id, and the list; say what came, or the reasons."""
    one = await world.api.ask(GET, {"ids": [str(interview.id)]}, token=token)
    page = await world.api.ask(FIND, token=token)
    ids = [event_id(interview.id)]
    if "errors" not in one:
        assert [each["id"] for each in one["data"]["virtualInterviewEvents"]["events"]] == ids
    if "errors" in page:
        assert page["data"] == {"findVirtualInterviewEvents": None}
    else:
        events = page["data"]["findVirtualInterviewEvents"]["events"]
        assert [each["id"] for each in events] == ids
    return _reason(one, "read"), _reason(page, "listed")


async def links(world: World, token: str, interview: Interview) -> list[str | None]:
    """Read the interviewee's link by the interview's id, and in the list."""
    one = await world.api.ask(GET, {"ids": [str(interview.id)]}, token=token)
    page = await world.api.ask(FIND, token=token)
    return [
        interviewee["intervieweeLobbyUrl"]
        for shown in (
            one["data"]["virtualInterviewEvents"],
            page["data"]["findVirtualInterviewEvents"],
        )
        for event in shown["events"]
        for interviewee in event["intervieweesConnection"]["interviewees"]
    ]


async def writes(world: World, token: str, interview: Interview) -> dict[str, tuple[str, str]]:
    """Try each change, and say how it was refused."""
    which = {"id": str(interview.id)}
    asked = {
        "create": (CREATE, wanted()),
        "update": (RETITLE, which),
        "cancel": (CANCEL, which),
    }
    return {
        name: refusal(await world.api.ask(query, variables, token=token))[:2]
        for name, (query, variables) in asked.items()
    }


async def kept(world: World, interview: Interview) -> tuple[Interview | None, object]:
    """Read an interview as it is stored, and how many there are."""
    async with world.database.read() as reader:
        return await world.interviews.stored(reader, interview.id), await world.counts()


def _reason(answer: dict[str, Any], otherwise: str) -> str:
    if "errors" not in answer:
        return otherwise
    code, reason, _, _ = refusal(answer)
    assert code == "FORBIDDEN"
    return reason
