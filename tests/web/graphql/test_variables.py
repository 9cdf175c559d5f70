"""Tests of the short way to variables: for every value it leads where graphql-core does."""

from typing import Any, Final

import pytest
from graphql import (
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLSchema,
    build_schema,
    coerce_input_value,
    parse_type,
    type_from_ast,
)
from hypothesis import given
from hypothesis import strategies as st

from hirewire.interviews.graphql import part
from hirewire.web.graphql import build_schema as build_ours
from hirewire.web.graphql.inputs import LongWay
from hirewire.web.graphql.variables import variable_reader

SCHEMA: Final = build_schema("""
type Query { ask(it: Tree): String }
enum Color { RED GREEN }
input Tree {
  name: String!
  size: Int = 7
  ratio: Float
  is_tall: Boolean! = true
  color: Color
  ids: [ID!]
  rows: [[Int]]
  below: [Tree!]
  one: Either
}
input Either @oneOf { left: Int, right: String }
""")
OURS: Final = build_ours([part()])

LEAVES: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**33), 2**33),
    st.floats(),
    st.sampled_from(["RED", "red", "", "a", "2026-02-30T00:00:00Z", "2026-03-01T00:00:00Z"]),
)
NAMES: Final = st.sampled_from(
    ["name", "size", "ratio", "is_tall", "color", "ids", "rows", "below", "one", "left", "odd"]
)
VALUES: Final = st.recursive(
    LEAVES,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=4),
    max_leaves=12,
)
TREES: Final = st.recursive(
    st.fixed_dictionaries(
        {"name": st.text(max_size=3)},
        optional={
            "size": st.none() | st.integers(-5, 5),
            "ratio": st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 9),
            "color": st.sampled_from(["RED", "GREEN", None]),
            "ids": st.none() | st.lists(st.text(max_size=2), max_size=2),
            "rows": st.lists(st.none() | st.lists(st.none() | st.integers(0, 9)), max_size=2),
            "one": st.sampled_from([{"left": 1}, {"right": "r"}, None]),
        },
    ),
    lambda below: st.builds(
        lambda tree, trees: tree | {"below": trees}, below, st.lists(below, max_size=2)
    ),
    max_leaves=4,
)


def a_type(text: str, schema: GraphQLSchema = SCHEMA) -> GraphQLInputType:
    """Find the type that is spelled *text*."""
    found: Any = type_from_ast(schema, parse_type(text))
    kept: GraphQLInputType = found
    return kept


def by_graphql_core(value: object, type_: GraphQLInputType) -> tuple[Any, bool]:
    """Read *value* as graphql-core does, and tell whether it was right."""
    errors: list[object] = []
    found = coerce_input_value(value, type_, lambda *error: errors.append(error))
    return found, not errors


class TestVariableReader:
    @given(value=VALUES, spelled=st.sampled_from(["Tree", "Tree!", "[Tree!]", "Either!", "ID"]))
    def test_reads_nothing_otherwise_than_graphql_core(self, value: Any, spelled: str) -> None:
        """Of any value it makes the same, or leaves it to graphql-core."""
        type_ = a_type(spelled)
        expected, is_right = by_graphql_core(value, type_)

        try:
            found = variable_reader(type_)(value)
        except LongWay:
            return

        assert is_right
        assert found == expected

    @given(tree=TREES)
    def test_reads_what_is_right_the_short_way(self, tree: dict[str, Any]) -> None:
        """Objects in objects, lists, defaults and enums are all covered."""
        type_ = a_type("Tree!")

        found = variable_reader(type_)(tree)

        assert (found, True) == by_graphql_core(tree, type_)

    @given(data=st.data())
    def test_reads_our_own_inputs_as_graphql_core_does(self, data: st.DataObject) -> None:
        """Scalars and enums that are ours read alike, or are left to graphql-core."""
        type_ = a_type("CreateVirtualInterviewEventInput!", OURS)
        assert isinstance(type_, GraphQLNonNull)
        moments = st.sampled_from(["2026-03-01T00:00:00Z", "2026-02-30T00:00:00Z", 7, None])
        media = st.sampled_from(["VIDEO", "phone", "POST", None])
        value = data.draw(
            st.fixed_dictionaries(
                {
                    "title": st.text(max_size=3),
                    "startTime": moments,
                    "endTime": moments,
                    "timezone": st.just("UTC"),
                    "interviewers": st.lists(
                        st.fixed_dictionaries({"email": st.just("a@example.com") | LEAVES})
                    ),
                    "requestMetadata": st.fixed_dictionaries({"atsName": st.just("ATS")}),
                },
                optional={"mediaType": media, "languageCode": st.sampled_from(["fr", 5])},
            )
        )
        expected, is_right = by_graphql_core(value, type_)

        try:
            found = variable_reader(type_)(value)
        except LongWay:
            assert not is_right
            return

        assert is_right
        assert found == expected

    @pytest.mark.parametrize("spelled", ["Tree!", "Either!", "ID!", "Int!", "[Int]!", "Color!"])
    def test_takes_no_null_where_there_must_be_something(self, spelled: str) -> None:
        """Null for what must not be null is left to graphql-core, which refuses it."""
        read = variable_reader(a_type(spelled))

        with pytest.raises(LongWay):
            read(None)
