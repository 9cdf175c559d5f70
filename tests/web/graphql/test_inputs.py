"""Tests of the short way to variables and arguments: it leads where graphql-core does."""

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.runtime.db.database import Database
from hirewire.web.graphql import Context, GraphQLPart
from tests.web.graphql.api import Api, serve

SDL: Final = """
extend type Query {
  show(input: ShowInput, ids: [ID!], first: Int = 10, text: String): String
  must(text: String!, first: Int! = 3): String
}
extend type Mutation { stay: String }
input ShowInput { words: [String], more: ShowInput, size: Int = 7, at: DateTime }
"""


async def show(
    ctx: Context,
    first: int,
    input: dict[str, Any] | None = None,
    ids: list[str] | None = None,
    text: str | None = None,
) -> str:
    return repr((input, ids, first, text))


async def must(ctx: Context, text: str, first: int) -> str:
    return repr((text, first))


async def stay(ctx: Context) -> str:
    return "stayed"


PART: Final = GraphQLPart(
    sdl=SDL, queries={"show": show, "must": must}, mutations={"stay": stay}
)


@pytest.fixture
async def api(sqlite_database: Database, clock: MovableClock) -> AsyncIterator[Api]:
    """An endpoint whose fields say what they were given."""
    found = serve([PART], sqlite_database, clock, {})
    yield found
    await found.client.aclose()


class TestArguments:
    @pytest.mark.parametrize(
        ("query", "variables", "shown"),
        [
            ("{ show }", {}, "(None, None, 10, None)"),
            ('{ show(ids: "a", first: null, text: "t") }', {}, "(None, ['a'], None, 't')"),
            ("query ($f: Int) { show(first: $f) }", {}, "(None, None, 10, None)"),
            ("query ($f: Int) { show(first: $f) }", {"f": None}, "(None, None, None, None)"),
            ("query ($i: [ID!]) { show(ids: $i) }", {"i": ["a"]}, "(None, ['a'], 10, None)"),
            ("query ($i: [ID!]) { show(ids: $i) }", {"i": [7]}, "(None, ['7'], 10, None)"),
            ("query ($i: [ID!]) { show(ids: $i) }", {"i": "a"}, "(None, ['a'], 10, None)"),
            ("query ($i: ID!) { show(ids: [$i]) }", {"i": "a"}, "(None, ['a'], 10, None)"),
            (
                (
                    "query ($w: [String], $m: ShowInput) "
                    "{ show(first: 1, input: {words: $w, more: $m, size: 2}) }"
                ),
                {"w": ["a", None], "m": {"words": "b"}},
                (
                    "({'words': ['a', None], 'more': {'words': ['b'], 'size': 7}, 'size': 2}, "
                    "None, 1, None)"
                ),
            ),
            (
                "query ($w: [String]) { show(first: 1, input: {words: $w, size: 2}) }",
                {},
                "({'size': 2}, None, 1, None)",
            ),
            (
                'query ($w: [String] = ["d"]) { show(first: 1, input: {words: $w}) }',
                {},
                "({'words': ['d'], 'size': 7}, None, 1, None)",
            ),
        ],
    )
    async def test_are_read_as_the_specification_has_it(
        self, api: Api, query: str, variables: dict[str, Any], shown: str
    ) -> None:
        """Defaults, single values for lists and absent variables, the first time and later."""
        for _ in range(2):
            answer = await api.ask(query, variables, token=api.signer.token())

            assert answer == {"data": {"show": shown}}

    async def test_that_must_not_be_null_are_not(self, api: Api) -> None:
        """A variable may be null where its default may not."""
        query = 'query ($n: Int = 1) { must(text: "a", first: $n) }'

        good = await api.ask(query, {"n": 2}, token=api.signer.token())
        bad = await api.ask(query, {"n": None}, token=api.signer.token())

        assert good == {"data": {"must": "('a', 2)"}}
        (error,) = bad["errors"]
        assert error["message"] == "Argument 'first' of non-null type 'Int!' must not be null."
        assert error["extensions"]["code"] == "BAD_USER_INPUT"

    async def test_differ_between_runs_and_aliases(self, api: Api) -> None:
        """What is kept of one field is not taken for another."""
        query = "query ($a: String, $b: String) { x: show(text: $a) y: show(text: $b) }"
        token = api.signer.token()

        answers = [
            await api.ask(query, {"a": a, "b": b}, token=token)
            for a, b in (("1", "2"), ("3", "4"))
        ]

        assert [answer["data"] for answer in answers] == [
            {"x": "(None, None, 10, '1')", "y": "(None, None, 10, '2')"},
            {"x": "(None, None, 10, '3')", "y": "(None, None, 10, '4')"},
        ]
