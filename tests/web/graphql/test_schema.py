"""Tests of building the one schema: what is merged and checked, and how values are read."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from graphql import GraphQLSchema
from graphql import build_schema as parse_schema
from msgspec import Struct

from hirewire.interviews.graphql import part
from hirewire.web.graphql import Context, GraphQLPart, build_schema, sdl
from hirewire.web.graphql.errors import BadValue
from hirewire.web.graphql.scalars import read_moment

QUERY: Final = "extend type Query { thing(someSize: Int): Thing }\ntype Thing { size: Int }"
MUTATION: Final = "extend type Mutation { poke: Int }"


class SizeInput(Struct, rename="camel"):
    """An input."""

    some_size: int


async def thing(ctx: Context, some_size: int) -> object:
    return object()


async def poke(ctx: Context) -> int:
    return 1


async def other(ctx: Context, other_size: int) -> object:
    return object()


def at_once(ctx: Context, some_size: int) -> object:
    return object()


GOOD: Final = GraphQLPart(
    sdl=QUERY + MUTATION, queries={"thing": thing}, mutations={"poke": poke}
)


class TestBuilding:
    def test_prints_a_schema_that_can_be_read_back(self) -> None:
        """What is committed is the schema, and the same in every run."""
        text = sdl(build_schema([part()]))

        assert text == sdl(build_schema([part()]))
        assert text.endswith("}\n")
        again = parse_schema(text)
        assert isinstance(again, GraphQLSchema)
        assert {"createVirtualInterviewEvent"} <= set(
            again.mutation_type.fields if again.mutation_type else ()
        )

    @pytest.mark.parametrize(
        ("build", "complaint"),
        [
            (
                lambda: GraphQLPart(sdl=QUERY + MUTATION, mutations={"poke": poke}),
                "the root field Query.thing has no resolver",
            ),
            (
                lambda: GraphQLPart(
                    sdl=QUERY + MUTATION,
                    queries={"thing": thing, "thong": thing},
                    mutations={"poke": poke},
                ),
                "the schema has no field Query.thong",
            ),
            (
                lambda: GraphQLPart(
                    sdl=QUERY + MUTATION, queries={"thing": other}, mutations={"poke": poke}
                ),
                "Query.thing: the field takes ['some_size'], its resolver ['other_size']",
            ),
            (
                lambda: GraphQLPart(
                    sdl=QUERY + MUTATION, queries={"thing": at_once}, mutations={"poke": poke}
                ),
                "is no coroutine function",
            ),
            (
                lambda: GraphQLPart(
                    sdl=QUERY + MUTATION,
                    queries={"thing": thing},
                    mutations={"poke": poke},
                    fields={"Thing": {"colour": thing}},
                ),
                "the schema has no field Thing.colour",
            ),
            (lambda: GraphQLPart(sdl="extend type Query { a: Nothing }"), "Nothing"),
        ],
    )
    def test_refuses_what_does_not_fit(
        self, build: Callable[[], GraphQLPart], complaint: str
    ) -> None:
        """A program whose schema and resolvers differ does not start."""
        with pytest.raises(TypeError) as refusal:
            build_schema([build()])

        assert complaint in str(refusal.value)

    def test_merges_parts_that_know_nothing_of_each_other(self) -> None:
        """Every part extends the same roots."""
        schema = build_schema([part(), GOOD])

        assert schema.query_type is not None
        assert {"thing", "virtualInterviewEvents"} <= set(schema.query_type.fields)


class TestMoments:
    @pytest.mark.fidelity("graphql.scalars.date-time")
    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("2022-08-18T22:30:00+00:00", datetime(2022, 8, 18, 22, 30, tzinfo=UTC)),
            ("2022-08-18T22:30:00Z", datetime(2022, 8, 18, 22, 30, tzinfo=UTC)),
            ("2022-08-18t22:30:00z", datetime(2022, 8, 18, 22, 30, tzinfo=UTC)),
            ("2022-08-18 15:30:00-07:00", datetime(2022, 8, 18, 22, 30, tzinfo=UTC)),
            ("2022-08-18T22:30:00.25Z", datetime(2022, 8, 18, 22, 30, 0, 250_000, UTC)),
        ],
    )
    def test_are_read_with_their_offset(self, text: str, moment: datetime) -> None:
        """RFC 3339 in its variants names the same moments."""
        assert read_moment(text) == moment

    @pytest.mark.parametrize(
        "value",
        [
            "2022-08-18T22:30:00",
            "2022-08-18",
            "2022-08-18T22:30Z",
            "20220818T223000Z",
            "2022-W33-4T22:30:00Z",
            "٢٠٢٢-08-18T22:30:00Z",
            1660861800,
            None,
        ],
    )
    def test_that_are_none_are_refused(self, value: Any) -> None:
        """Anything else is no moment."""
        with pytest.raises(BadValue) as refusal:
            read_moment(value)

        assert "no date and time with an offset" in str(refusal.value)

    @pytest.mark.parametrize(
        ("text", "wrong"),
        [
            ("2022-08-18T24:30:00Z", "a day, a time or an offset that does not exist"),
            ("2022-02-30T22:30:00Z", "a day, a time or an offset that does not exist"),
            ("2022-02-28T22:30:00+25:00", "a day, a time or an offset that does not exist"),
            ("2016-12-31T23:59:60Z", "a leap second"),
            ("0001-01-01T00:00:00+01:00", "outside the years 0001 to 9999 in UTC"),
            ("9999-12-31T23:00:00-05:00", "outside the years 0001 to 9999 in UTC"),
        ],
    )
    def test_that_cannot_be_held_are_refused_for_what_they_are(
        self, text: str, wrong: str
    ) -> None:
        """A date in the right form is told apart from one in a wrong form."""
        with pytest.raises(BadValue) as refusal:
            read_moment(text)

        assert wrong in str(refusal.value)
