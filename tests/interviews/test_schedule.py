"""Tests of scheduling an interview: what is accepted, and what is refused without a trace."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from hirewire.interviews.facts import InterviewScheduled
from hirewire.kit.facts import decode_fact
from tests.interviews.world import EMPLOYER, World, refusal

CREATE: Final = """
mutation Create($input: CreateVirtualInterviewEventInput!) {
  createVirtualInterviewEvent(input: $input) {
    event {
      id status title startTime endTime timezone languageCode countryCode mediaType
      interviewersConnection {
        interviewers { email }
        pageInfo { startCursor hasNextPage hasPreviousPage }
      }
      intervieweesConnection { interviewees { name } pageInfo { endCursor } }
    }
  }
}
"""
PATH: Final = ["createVirtualInterviewEvent"]


def wanted(**changes: Any) -> dict[str, Any]:
    """Ask for an interview at ten that morning, with *changes*."""
    usual: dict[str, Any] = {
        "title": "Chat",
        "startTime": "2026-03-02T10:00:00Z",
        "endTime": "2026-03-02T11:00:00Z",
        "timezone": "Europe/London",
        "interviewers": [{"email": "one@example.com"}],
        "requestMetadata": {"atsName": "ATS"},
    }
    return {"input": {k: v for k, v in (usual | changes).items() if v is not ...}}


def people(count: int, form: str = "p{}@example.com") -> list[dict[str, str]]:
    """Name *count* interviewers."""
    return [{"email": form.format(number)} for number in range(count)]


class TestAccepts:
    @pytest.mark.fidelity(
        "interviews.create.optional-fields", "interviews.media-type", "interviews.date-form"
    )
    async def test_the_least_that_is_required(self, world: World) -> None:
        """Interviewee, language and country may be left out; people meet by video."""
        answer = await world.api.ask(CREATE, wanted(), token=world.token())

        event = answer["data"]["createVirtualInterviewEvent"]["event"]
        del event["id"], event["interviewersConnection"]["pageInfo"]["startCursor"]
        assert event == {
            "status": "SCHEDULED",
            "title": "Chat",
            "startTime": "2026-03-02T10:00:00+00:00",
            "endTime": "2026-03-02T11:00:00+00:00",
            "timezone": "Europe/London",
            "languageCode": None,
            "countryCode": None,
            "mediaType": "VIDEO",
            "interviewersConnection": {
                "interviewers": [{"email": "one@example.com"}],
                "pageInfo": {"hasNextPage": False, "hasPreviousPage": False},
            },
            "intervieweesConnection": {"interviewees": [], "pageInfo": {"endCursor": None}},
        }
        assert await world.counts() == (1, 1, 0)

    async def test_canonical_spellings(self, world: World) -> None:
        """Codes and times are answered in one spelling, whatever was sent."""
        sent = wanted(
            title="  Chat ",
            startTime="2026-03-02t11:30:00.5+01:00",
            languageCode="PT-latn-br",
            countryCode="ca",
            mediaType="in_person",
        )

        answer = await world.api.ask(CREATE, sent, token=world.token())

        event = answer["data"]["createVirtualInterviewEvent"]["event"]
        assert event["title"] == "Chat"
        assert event["startTime"] == "2026-03-02T10:30:00.500000+00:00"
        assert event["languageCode"] == "pt-Latn-BR"
        assert event["countryCode"] == "CA"
        assert event["mediaType"] == "IN_PERSON"

    @pytest.mark.fidelity("interviews.interviewers.limit")
    async def test_49_interviewers(self, world: World) -> None:
        """The documented maximum is accepted."""
        answer = await world.api.ask(
            CREATE, wanted(interviewers=people(49)), token=world.token()
        )

        assert "errors" not in answer
        assert await world.counts() == (1, 49, 0)

    @pytest.mark.fidelity("interviews.interviewers.merged")
    async def test_one_interviewer_named_twice_as_one(self, world: World) -> None:
        """Addresses that differ only in case are one mailbox, and so is the caller's."""
        caller = await world.member("Ada", "ada@example.com")
        named = [{"email": "One@Example.com"}, {"email": "one@example.COM"}]
        named.append({"email": "ADA@example.com"})

        await world.api.ask(
            CREATE, wanted(interviewers=named), token=world.token(person=caller.id)
        )

        assert await world.counts() == (1, 2, 0)

    async def test_nobody_but_the_caller(self, world: World) -> None:
        """The caller alone is interviewer enough."""
        caller = await world.member("Ada", "ada@example.com")

        answer = await world.api.ask(
            CREATE, wanted(interviewers=[]), token=world.token(person=caller.id)
        )

        assert "errors" not in answer
        assert await world.counts() == (1, 1, 0)

    @pytest.mark.fidelity("interviews.get.verified-address")
    async def test_without_a_caller_whose_address_may_be_anothers(self, world: World) -> None:
        """Nobody is invited by an address that a person only typed, not even the caller."""
        caller = await world.member("Eve", "ada@example.com", is_verified=False)

        answer = await world.api.ask(
            CREATE, wanted(interviewers=people(2)), token=world.token(person=caller.id)
        )

        assert "errors" not in answer
        assert await world.counts() == (1, 2, 0)

    async def test_exactly_24_hours_from_24_hours_ago(self, world: World) -> None:
        """Both limits belong to what is accepted."""
        sent = wanted(startTime="2026-03-01T09:00:00Z", endTime="2026-03-02T09:00:00Z")

        answer = await world.api.ask(CREATE, sent, token=world.token())

        event = answer["data"]["createVirtualInterviewEvent"]["event"]
        assert event["status"] == "COMPLETED"

    @pytest.mark.fidelity("graphql.enums.lenient")
    @pytest.mark.parametrize("literal", ['"phone"', "PHONE", "Phone", '"PHONE"'])
    async def test_an_enum_in_any_spelling(self, world: World, literal: str) -> None:
        """An enum is taken quoted or bare, in any case."""
        query = f"""mutation {{ createVirtualInterviewEvent(input: {{
            title: "Chat", startTime: "2026-03-02T10:00:00Z", endTime: "2026-03-02T11:00:00Z"
            timezone: "UTC", interviewers: {{email: "one@example.com"}}
            requestMetadata: {{atsName: "ATS"}}, mediaType: {literal}
        }}) {{ event {{ mediaType }} }} }}"""

        answer = await world.api.ask(query, token=world.token())

        assert answer == {
            "data": {"createVirtualInterviewEvent": {"event": {"mediaType": "PHONE"}}}
        }


def _named(name: str) -> dict[str, str]:
    return {"name": name, "email": "c@example.com"}


EMAIL: Final = "interviews.bad_email"
ZONE: Final = "interviews.unknown_time_zone"
TEXT: Final = "interviews.bad_text"
LANGUAGE: Final = "interviews.bad_language"
COUNTRY: Final = "interviews.unknown_country"
ENDS: Final = "interviews.ends_before_start"
LONG: Final = "interviews.too_long"

# The reason, the field that the message begins with, and what is sent.
REFUSED: Final[list[tuple[str, str, dict[str, Any]]]] = [
    ("interviews.too_many_interviewers", "interviewers", {"interviewers": people(50)}),
    ("interviews.no_interviewers", "interviewers", {"interviewers": []}),
    (EMAIL, "interviewers[0].email", {"interviewers": [{"email": "nobody"}]}),
    (EMAIL, "interviewers[2].email", {"interviewers": [*people(2), {"email": "a@b@c.com"}]}),
    (EMAIL, "interviewers[0].email", {"interviewers": [{"email": "x" * 300 + "@a.com"}]}),
    (EMAIL, "interviewee.email", {"interviewee": {"name": "C", "email": ""}}),
    (LONG, "endTime", {"endTime": "2026-03-03T10:00:00.000001Z"}),
    (LONG, "endTime", {"endTime": "2026-03-03T11:00:00Z"}),
    (ENDS, "endTime", {"endTime": "2026-03-02T10:00:00Z"}),
    (ENDS, "endTime", {"endTime": "2026-03-02T09:59:59Z"}),
    (
        "interviews.starts_too_long_ago",
        "startTime",
        {"startTime": "2026-03-01T08:59:59Z", "endTime": "2026-03-01T10:00:00Z"},
    ),
    (
        "interviews.starts_too_far_ahead",
        "startTime",
        {"startTime": "9999-12-31T23:00:00Z", "endTime": "9999-12-31T23:59:00Z"},
    ),
    (ZONE, "timezone", {"timezone": "Mars/Olympus"}),
    (ZONE, "timezone", {"timezone": "../../etc/passwd"}),
    (ZONE, "timezone", {"timezone": "Factory"}),
    (TEXT, "title", {"title": "   "}),
    (TEXT, "title", {"title": "\u200b\u202e"}),
    (TEXT, "title", {"title": "\u00ad\ufe0f\u3164\u2800"}),
    (TEXT, "title", {"title": "x" * 201}),
    (TEXT, "title", {"title": "a\u0000b"}),
    (TEXT, "title", {"title": "a\u2028b"}),
    (TEXT, "title", {"title": "Chat \u202ewith"}),
    (TEXT, "interviewee.name", {"interviewee": _named("")}),
    (TEXT, "interviewee.name", {"interviewee": _named("\u2060")}),
    (TEXT, "interviewee.name", {"interviewee": _named("x" * 201)}),
    (TEXT, "interviewee.name", {"interviewee": _named("C\r\nBcc: all")}),
    (TEXT, "interviewee.name", {"interviewee": _named("\u2067Candidate")}),
    (TEXT, "requestMetadata.atsName", {"requestMetadata": {"atsName": ""}}),
    (
        TEXT,
        "requestMetadata.employerName",
        {"requestMetadata": {"atsName": "A", "employerName": "x" * 201}},
    ),
    (LANGUAGE, "languageCode", {"languageCode": "xx"}),
    (LANGUAGE, "languageCode", {"languageCode": "french"}),
    (COUNTRY, "countryCode", {"countryCode": "XX"}),
    (COUNTRY, "countryCode", {"countryCode": "Canada"}),
    (COUNTRY, "countryCode", {"countryCode": "ß"}),
]
MISTYPED: Final[list[dict[str, Any]]] = [
    {"startTime": "2026-03-02T10:00:00"},
    {"startTime": "tomorrow"},
    {"startTime": 1772445600},
    {"startTime": "0001-01-01T00:00:00+14:00"},
    {"endTime": "2026-02-30T10:00:00Z"},
    {"title": 7},
    {"title": None},
    {"title": ...},
    {"requestMetadata": ...},
    {"requestMetadata": {"employerName": "Test Company"}},
    {"interviewers": None},
    {"interviewers": [None]},
    {"mediaType": "HOLOGRAM"},
    {"mediaType": 1},
    {"color": "red"},
]


class TestRefuses:
    @pytest.mark.fidelity(
        "interviews.create.too-many-interviewers",
        "interviews.create.too-long",
        "interviews.create.past",
        "interviews.create.texts",
        "interviews.texts.direction",
        "interviews.time-zone.a-place",
        "graphql.errors.bad-user-input",
    )
    @pytest.mark.parametrize(("reason", "field", "changes"), REFUSED)
    async def test_what_breaks_a_rule(
        self, world: World, reason: str, field: str, changes: dict[str, Any]
    ) -> None:
        """Nothing is stored and nobody is told; the answer names the rule and the field."""
        answer = await world.api.ask(CREATE, wanted(**changes), token=world.token())

        code, found, message, path = refusal(answer)
        assert (code, found, path) == ("BAD_USER_INPUT", reason, PATH)
        assert message.startswith(f"{field}: ")
        assert len(message) < 200
        assert answer["data"] == {"createVirtualInterviewEvent": None}
        assert (await world.counts(), await world.facts()) == ((0, 0, 0), [])

    @pytest.mark.parametrize("changes", MISTYPED)
    async def test_what_is_of_another_type(self, world: World, changes: dict[str, Any]) -> None:
        """A variable that does not fit the schema is BAD_USER_INPUT, before anything runs."""
        answer = await world.api.ask(CREATE, wanted(**changes), token=world.token())

        codes = {error["extensions"]["code"] for error in answer["errors"]}
        assert codes == {"BAD_USER_INPUT"}
        assert answer["data"] is None
        assert (await world.counts(), await world.facts()) == ((0, 0, 0), [])

    @pytest.mark.fidelity("interviews.interviewers.caller-counts")
    async def test_49_interviewers_beside_the_caller(self, world: World) -> None:
        """The caller is one of the 49."""
        caller = await world.member("Ada", "ada@example.com")

        answer = await world.api.ask(
            CREATE, wanted(interviewers=people(49)), token=world.token(person=caller.id)
        )

        assert refusal(answer) == (
            "BAD_USER_INPUT",
            "interviews.too_many_interviewers",
            "interviewers: an interview takes at most 49, got 50.",
            PATH,
        )
        assert (await world.counts(), await world.facts()) == ((0, 0, 0), [])

    @pytest.mark.fidelity("interviews.interviewee.no-interviewer")
    @pytest.mark.parametrize("email", ["ONE@example.com", "ada@example.com"])
    async def test_an_interviewee_who_interviews(self, world: World, email: str) -> None:
        """Neither who is named as interviewer nor the caller is interviewed as well."""
        caller = await world.member("Ada", "ada@example.com")
        sent = wanted(interviewee={"name": "Ada", "email": email})

        answer = await world.api.ask(CREATE, sent, token=world.token(person=caller.id))

        assert refusal(answer) == (
            "BAD_USER_INPUT",
            "interviews.on_both_sides",
            (
                f"interviewee.email: '{email}' is on the other side of the interview; nobody"
                " is both interviewer and interviewee."
            ),
            PATH,
        )
        assert (await world.counts(), await world.facts()) == ((0, 0, 0), [])

    async def test_counts_interviewers_as_they_were_sent(self, world: World) -> None:
        """The caller, who is added in front, does not move the place that a message names."""
        caller = await world.member("Ada", "ada@example.com")
        sent = wanted(interviewers=[*people(1), {"email": "nobody"}])

        answer = await world.api.ask(CREATE, sent, token=world.token(person=caller.id))

        assert refusal(answer)[2] == (
            "interviewers[1].email: 'nobody' is not an e-mail address."
        )

    async def test_a_bad_literal_with_its_own_reason(self, world: World) -> None:
        """A date that is none is BAD_USER_INPUT in a document too, with its place."""
        query = (
            '{ findVirtualInterviewEvents(input: {startTime: {after: "x"}}) { totalCount } }'
        )

        answer = await world.api.ask(query, token=world.token())

        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert error["locations"] == [{"line": 1, "column": 57}]


class TestSeveral:
    @pytest.mark.fidelity("graphql.mutations.one-unit-per-field")
    async def test_fields_stand_and_fall_alone(self, world: World) -> None:
        """Of two mutations in one request the good one stays, and the other leaves nothing."""
        query = """mutation Two(
          $good: CreateVirtualInterviewEventInput!, $bad: CreateVirtualInterviewEventInput!
        ) {
          bad: createVirtualInterviewEvent(input: $bad) { event { title } }
          good: createVirtualInterviewEvent(input: $good) { event { title } }
        }"""
        variables = {
            "good": wanted()["input"],
            "bad": wanted(timezone="Nowhere")["input"],
        }

        answer = await world.api.ask(query, variables, token=world.token())

        assert answer["data"] == {"bad": None, "good": {"event": {"title": "Chat"}}}
        assert [error["path"] for error in answer["errors"]] == [["bad"]]
        assert await world.counts() == (1, 1, 0)
        assert await world.facts() == [("interview.scheduled", EMPLOYER)]


class TestFact:
    @pytest.mark.fidelity("interviews.facts.nobody")
    async def test_names_nobody(self, world: World, decoded_facts: Callable[[], Any]) -> None:
        """The fact holds ids and times; people are asked for by who needs them."""
        caller = await world.member("Ada", "ada@example.com")
        sent = wanted(interviewee={"name": "Cy", "email": "cy@example.com"})

        await world.api.ask(CREATE, sent, token=world.token(person=caller.id))

        (fact,) = await decoded_facts()
        assert fact == InterviewScheduled(
            employer_id=EMPLOYER,
            interview_id=fact.interview_id,
            sequence=0,
            starts_at=datetime(2026, 3, 2, 10, 0, tzinfo=UTC),
            ends_at=datetime(2026, 3, 2, 11, 0, tzinfo=UTC),
            zone="Europe/London",
            media_type="VIDEO",
            app_id="client-1",
            person_id=caller.id,
        )
        assert b"@" not in fact.encode()

    async def test_of_before_is_read_all_the_same(self) -> None:
        """Facts that were told with names are in logs; what is told no more is passed over."""
        body = {
            "employer_id": str(EMPLOYER),
            "interview_id": str(EMPLOYER),
            "title": "Chat",
            "starts_at": "2026-03-02T10:00:00Z",
            "ends_at": "2026-03-02T11:00:00Z",
            "zone": "Europe/London",
            "media_type": "VIDEO",
            "interviewers": ["one@example.com"],
            "app_id": "client-1",
            "person_id": None,
        }

        fact = decode_fact("interview.scheduled", json.dumps(body))

        assert isinstance(fact, InterviewScheduled)
        assert (fact.interview_id, fact.sequence, fact.zone) == (EMPLOYER, 0, "Europe/London")
