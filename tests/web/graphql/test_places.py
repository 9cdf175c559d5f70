"""Tests of what messages say of a wrong value: where it stands, and what it was."""

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.runtime.db.database import Database
from hirewire.web.graphql import Context, GraphQLPart
from hirewire.web.graphql.places import bounded, shown
from tests.web.graphql.api import Api, serve

SDL: Final = """
extend type Query { meet(input: MeetInput!, first: Int = 10): String }
extend type Mutation { stay: String }
input MeetInput { at: DateTime!, place: Place, people: [PersonInput!], mood: Mood }
input PersonInput { email: EmailAddress! }
input Place { size: Int }
enum Mood { GLAD SAD }
"""
MEET: Final = "query ($input: MeetInput!, $n: Int) { meet(input: $input, first: $n) }"
NO_MOMENT: Final = " is no date and time with an offset, such as 2022-08-18T22:30:00+00:00."
AT: Final = "2026-03-02T10:00:00Z"


async def meet(ctx: Context, input: dict[str, Any], first: int) -> str:
    return "met"


async def stay(ctx: Context) -> str:
    return "stayed"


PART: Final = GraphQLPart(sdl=SDL, queries={"meet": meet}, mutations={"stay": stay})


@pytest.fixture
async def api(sqlite_database: Database, clock: MovableClock) -> AsyncIterator[Api]:
    """An endpoint whose one field takes something of every shape."""
    found = serve([PART], sqlite_database, clock, {})
    yield found
    await found.client.aclose()


async def complaint(
    api: Api, query: str, variables: dict[str, Any] | None = None
) -> tuple[str, str]:
    """Send what is wrong, and return the code and the message."""
    answer = await api.ask(query, variables, token=api.signer.token())
    (error,) = answer["errors"]
    assert answer["data"] is None
    assert error["locations"]
    return error["extensions"]["code"], error["message"]


class TestVariables:
    @pytest.mark.fidelity("graphql.errors.name-the-field")
    @pytest.mark.parametrize(
        ("input", "message"),
        [
            (None, "null; Expected non-nullable type 'MeetInput!' not to be null."),
            ({}, "{}; Field 'at' of required type 'DateTime!' was not provided."),
            (
                {"at": None},
                "null at 'input.at'; Expected non-nullable type 'DateTime!' not to be null.",
            ),
            (
                {"at": "noon"},
                "'noon' at 'input.at'; 'noon'" + NO_MOMENT,
            ),
            (
                {"at": AT, "people": [{"email": "a"}, {"email": None}]},
                (
                    "null at 'input.people[1].email'; "
                    "Expected non-nullable type 'EmailAddress!' not to be null."
                ),
            ),
            (
                {"at": AT, "people": [{"email": 1}]},
                "1 at 'input.people[0].email'; 1 is no string.",
            ),
            (
                {"at": AT, "place": {"size": True}},
                "true at 'input.place.size'; Int cannot represent non-integer value: True",
            ),
            ({"at": AT, "mood": "HM"}, "'HM' at 'input.mood'; 'HM' is no Mood: use GLAD, SAD."),
            (
                {"at": "9" * 5000},
                (
                    f"'{'9' * 100}…' at 'input.at'; '{'9' * 100}…' is no date and time with an "
                    "offset, such as 2022-08-18T22:30:00+00:00."
                ),
            ),
        ],
    )
    async def test_are_named_with_the_place_inside(
        self, api: Api, input: object, message: str
    ) -> None:
        """The message names the variable, the value, its place and what is wrong."""
        assert await complaint(api, MEET, {"input": input}) == (
            "BAD_USER_INPUT",
            f"Variable '$input' got invalid value {message}",
        )

    async def test_that_are_missing_are_named(self, api: Api) -> None:
        """A variable that is needed is asked for."""
        assert await complaint(api, MEET) == (
            "BAD_USER_INPUT",
            "Variable '$input' of required type 'MeetInput!' was not provided.",
        )

    async def test_may_be_left_out_or_have_defaults(self, api: Api) -> None:
        """Not all variables need to be sent."""
        query = 'query ($a: MeetInput = {at: "%s"}, $n: Int) { meet(input: $a, first: $n) }'

        answer = await api.ask(query.replace("%s", AT), token=api.signer.token())

        assert answer == {"data": {"meet": "met"}}

    async def test_are_refused_all_at_once_up_to_a_number(self, api: Api) -> None:
        """Every mistake is told, until there are 20."""
        people = [{"email": number} for number in range(50)]

        answer = await api.ask(MEET, {"input": {"at": AT, "people": people}, "n": "x"})

        assert len(answer["errors"]) == 20


class TestLiterals:
    @pytest.mark.fidelity("graphql.errors.name-the-field")
    @pytest.mark.parametrize(
        ("arguments", "code", "message"),
        [
            (
                'input: {at: "noon"}',
                "BAD_USER_INPUT",
                "Wrong value at 'input.at': 'noon'" + NO_MOMENT,
            ),
            (
                "input: {at: 3}",
                "BAD_USER_INPUT",
                "Wrong value at 'input.at': '3' is no DateTime: write a string.",
            ),
            (
                "input: {at: null}",
                "GRAPHQL_VALIDATION_FAILED",
                "Wrong value at 'input.at': Expected value of type 'DateTime!', found null.",
            ),
            (
                f'input: {{at: "{AT}", people: [{{email: "a"}}, {{email: 2}}]}}',
                "BAD_USER_INPUT",
                (
                    "Wrong value at 'input.people[1].email': "
                    "'2' is no EmailAddress: write a string."
                ),
            ),
            (
                f'input: {{at: "{AT}"}}, first: "x"',
                "GRAPHQL_VALIDATION_FAILED",
                "Wrong value at 'first': Int cannot represent non-integer value: \"x\"",
            ),
            (
                "input: {}",
                "GRAPHQL_VALIDATION_FAILED",
                (
                    "Wrong value at 'input': "
                    "Field 'MeetInput.at' of required type 'DateTime!' was not provided."
                ),
            ),
        ],
    )
    async def test_are_named_by_their_place(
        self, api: Api, arguments: str, code: str, message: str
    ) -> None:
        """A wrong value in the document is named as one in a variable is."""
        assert await complaint(api, f"{{ meet({arguments}) }}") == (code, message)

    async def test_of_a_default_are_named_by_the_variable(self, api: Api) -> None:
        """A default stands at its variable."""
        query = 'query ($a: DateTime = "noon") { meet(input: {at: $a}) }'

        code, message = await complaint(api, query)

        assert code == "BAD_USER_INPUT"
        assert message.startswith("Wrong value at '$a': 'noon' is no date and time")


class TestWords:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (None, "null"),
            (True, "true"),
            ("é", "'é'"),
            ([1, "a"], '[1, "a"]'),
            ("x" * 101, "'" + "x" * 100 + "…'"),
            (["x" * 200], '["' + "x" * 98 + "…"),
        ],
    )
    def test_show_values_as_they_were_sent(self, value: object, text: str) -> None:
        """A value is spelled in JSON, a text in quotes, and neither at length."""
        assert shown(value) == text

    def test_are_bounded_as_a_whole(self) -> None:
        """However many quotes there are, a message ends."""
        assert len(bounded("'x' " * 1000)) == 501
