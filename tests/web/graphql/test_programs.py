"""Tests of compiled answers: graphql-core, left to itself, is the oracle."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

import pytest
from graphql import ExecutionResult, execute, parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hirewire.kit.clock import MovableClock
from hirewire.kit.money import Money
from hirewire.kit.node_ids import BadNodeId
from hirewire.runtime.db.database import Database
from hirewire.web.graphql import Context, GraphQLPart
from tests.web.graphql.api import NODE_IDS, Api, serve

SDL: Final = """
extend type Query { tree: Tree }
extend type Mutation { plant: Tree }
type Tree {
  name: String!
  size: Int
  tags: [String!]
  left: Tree
  kids: [Tree!]!
  odd: [Tree]
}
"""
QUERIES: Final = (
    "{ tree { name } }",
    "{ tree { __typename n: name size left { name kids { name } } } }",
    "{ tree { ...T kids { ...T left { size }}}} fragment T on Tree { name tags odd { size } }",
    "{ tree { left { name } ... on Tree { left { size } kids { kids { name } } } } }",
    "{ a: tree { odd { name left { left { name } } } } b: tree { size tags } }",
    "query ($s: Boolean = true) { tree { name @skip(if: $s) kids { size @include(if: $s) } } }",
)
REFUSAL: Final = BadNodeId(id="x", expected_type="Tree")


@dataclass(slots=True)
class Tree:
    """A tree in which much can be wrong."""

    name: object = "t"
    size: object = None
    tags: object = None
    left: object = None
    kids: object = ()
    odd: object = None


@dataclass(slots=True)
class Garden:
    """Where the tree of a test stands."""

    tree: object = field(default_factory=Tree)


trees = st.recursive(
    st.builds(Tree, name=st.sampled_from(["oak", None, 7])),
    lambda inner: st.builds(
        Tree,
        name=st.sampled_from(["elm", "ash"]),
        size=st.sampled_from([None, 1, 2**40, "big", Money]),
        tags=st.sampled_from([None, [], ["a"], ["a", None]]),
        left=st.none() | inner | st.just(REFUSAL),
        kids=st.lists(inner | st.none(), max_size=2),
        odd=st.none() | st.lists(st.none() | inner | st.just(REFUSAL), max_size=2),
    ),
    max_leaves=6,
)


async def tree(ctx: Context) -> object:
    return ctx.part(Garden).tree


@pytest.fixture
async def garden() -> Garden:
    """An empty garden."""
    return Garden()


@pytest.fixture
async def api(
    sqlite_database: Database, clock: MovableClock, garden: Garden
) -> AsyncIterator[Api]:
    """An endpoint that shows the garden's tree."""
    part = GraphQLPart(sdl=SDL, queries={"tree": tree}, mutations={"plant": tree})
    found = serve([part], sqlite_database, clock, {Garden: garden})
    yield found
    await found.client.aclose()


async def by_oracle(api: Api, garden: Garden, query: str) -> ExecutionResult:
    """Execute *query* without any of our ways."""
    context = Context(
        None, parts={Garden: garden}, node_ids=NODE_IDS, now=api.endpoint.clock.now()
    )
    result = execute(api.endpoint.schema, parse(query), context_value=context)
    return result if isinstance(result, ExecutionResult) else await result


class TestPrograms:
    @settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(planted=trees, query=st.sampled_from(QUERIES))
    async def test_answer_as_graphql_core_does(
        self, api: Api, garden: Garden, planted: Tree, query: str
    ) -> None:
        """Whatever is null, wrong or refused, data and the paths of errors are the same."""
        garden.tree = planted

        answer = await api.ask(query, token=api.signer.token())

        expected = await by_oracle(api, garden, query)
        assert answer["data"] == expected.data
        assert sorted(str(e["path"]) for e in answer.get("errors", [])) == sorted(
            str(error.path) for error in expected.errors or []
        )

    async def test_keep_the_order_of_the_selection(self, api: Api, garden: Garden) -> None:
        """Fields are answered in the order in which they are asked for."""
        garden.tree = Tree(size=1)

        answer = await api.ask("{ tree { size left { name } name } }", token=api.signer.token())

        assert list(answer["data"]["tree"]) == ["size", "left", "name"]
