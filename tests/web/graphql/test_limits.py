"""Tests of the limits on documents, held against the examples of the seeds."""

from collections.abc import AsyncIterator
from dataclasses import fields
from pathlib import Path
from typing import Final

import pytest
from graphql import Lexer, Source, TokenKind, get_introspection_query, parse

from hirewire.interviews.graphql import part
from hirewire.kit.clock import MovableClock
from hirewire.runtime.db.database import Database
from hirewire.web.graphql import Limits, build_schema
from hirewire.web.graphql.limits import Shape, cost
from tests.web.graphql.api import Api, serve

TESTS: Final = Path(__file__).parents[2]
OF_INTERVIEWS: Final = TESTS / "interviews" / "documents"
OF_JOBS: Final = TESTS / "web" / "graphql" / "documents"
SERVED: Final = ("create_event", "get_event", "find_events", "bad_cursor")
HEADROOM: Final = 2
LIMITS: Final = Limits()


def documents() -> list[str]:
    """Read every GraphQL document of the seeds."""
    files = [*OF_INTERVIEWS.glob("*.graphql"), *OF_JOBS.glob("*.graphql")]
    return [file.read_text("utf-8") for file in files]


def tokens(text: str) -> int:
    """Count the tokens of *text*."""
    lexer = Lexer(Source(text))
    count = 0
    while lexer.advance().kind is not TokenKind.EOF:
        count += 1
    return count


@pytest.fixture
async def api(sqlite_database: Database, clock: MovableClock) -> AsyncIterator[Api]:
    """The interview schema, whose operations nobody gets to run here."""
    found = serve([part()], sqlite_database, clock, {})
    yield found
    await found.client.aclose()


async def refused(api: Api, query: str) -> str:
    """Send *query*, and return why it is refused."""
    answer = await api.ask(query, token=api.signer.token())
    (error,) = answer["errors"]
    assert answer["data"] is None
    assert error["extensions"]["reason"] in {"graphql.limit_exceeded", "graphql.parse_failed"}
    message: str = error["message"]
    return message


class TestDocumentedExamples:
    @pytest.mark.fidelity("graphql.limits.headroom")
    def test_fit_twice_into_every_limit(self) -> None:
        """Each limit is at least twice what the largest example of the seeds needs."""
        shapes = [Shape.of(parse(text), 100) for text in documents()]
        schema = build_schema([part()])
        served = [(OF_INTERVIEWS / f"{name}.graphql").read_text("utf-8") for name in SERVED]

        assert len(shapes) == 17
        assert max(tokens(text) for text in documents()) * HEADROOM <= LIMITS.tokens
        assert max(shape.depth for shape in shapes) * HEADROOM <= LIMITS.depth
        assert max(shape.aliases for shape in shapes) * HEADROOM <= LIMITS.aliases
        assert max(shape.root_fields for shape in shapes) * HEADROOM <= LIMITS.root_fields
        assert max(cost(schema, parse(text)) for text in served) * HEADROOM <= LIMITS.cost
        assert max(shape.comparisons for shape in shapes) * HEADROOM <= LIMITS.comparisons
        assert max(len(text) for text in documents()) * HEADROOM <= LIMITS.characters
        assert LIMITS.characters * HEADROOM <= LIMITS.body_bytes

    def test_leave_room_for_the_tools_of_others(self) -> None:
        """The introspection query that every client sends fits into every limit."""
        query = get_introspection_query()

        Shape.of(parse(query, max_tokens=LIMITS.tokens), LIMITS.depth).check(LIMITS)

    def test_go_as_deep_as_they_look(self) -> None:
        """The measure counts the levels of the deepest example."""
        text = (OF_INTERVIEWS / "get_event.graphql").read_text("utf-8")

        shape = Shape.of(parse(text), 100)

        assert (shape.depth, shape.aliases, shape.root_fields) == (10, 0, 1)
        assert {field.name for field in fields(LIMITS)} >= {"tokens", "depth", "aliases"}


class TestRefusals:
    async def test_of_too_many_tokens(self, api: Api) -> None:
        """A long document is refused before it is understood."""
        message = await refused(api, "{ " + "__typename " * 1000 + "}")

        assert "1000 tokens" in message

    @pytest.mark.fidelity("graphql.limits.characters")
    @pytest.mark.parametrize(
        "query",
        [
            "#" + "x" * 70_000 + "\n{ __typename }",
            '{ __type(name: "' + "x" * 70_000 + '") { name } }',
            '{ __type(name: """' + "x\n" * 35_000 + '""") { name } }',
            "{ " + "x" * 70_000 + " }",
            "{ __type(name: " + "9" * 70_000 + ") { name } }",
            "{ __typename" + " " * 70_000 + "}",
        ],
    )
    async def test_of_too_many_characters(self, api: Api, query: str) -> None:
        """A long text is not even looked at, whatever makes it long, and not kept."""
        kept = await api.ask("{ __typename }")

        message = await refused(api, query)

        most = LIMITS.characters
        assert message == f"A document may have at most {most} characters, got {len(query)}."
        assert await api.ask("{ __typename }") == kept

    @pytest.mark.parametrize("count", [101, 300])
    async def test_of_too_many_spreads(self, api: Api, count: int) -> None:
        """Fragments are spread a number of times that validation can afford."""
        fragment = "fragment F on __Schema { description }"

        message = await refused(api, f"{{ __schema {{ {'...F ' * count} }} }} {fragment}")

        assert message == f"A document may have at most 100 fragment spreads, got {count}."

    @pytest.mark.parametrize(
        ("inner", "found"),
        [
            ("id " * 200, 40_001),
            ("...{id} " * 150, 22_501),
            ("interviewersConnection{interviewers{name}} " * 100, 30_001),
        ],
    )
    async def test_of_one_field_too_often(self, api: Api, inner: str, found: int) -> None:
        """Fields of one name are compared pair by pair, so that their number counts twice."""
        query = f"{{ virtualInterviewEvents(input: {{ids: []}}) {{ events {{ {inner} }} }} }}"

        message = await refused(api, query)

        assert message == (
            "A document may have at most 20000 pairs of fields of the same name, "
            f"got {found + 1}."
        )

    @pytest.mark.parametrize("token", [None, "good"])
    async def test_of_too_many_values(self, api: Api, token: str | None) -> None:
        """Variables hold a number of values that reading them can afford."""
        given = None if token is None else api.signer.token()

        answer = await api.ask("{ __typename }", {"a": [0] * 10_000}, token=given)

        (error,) = answer["errors"]
        assert answer["data"] is None
        assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        assert error["message"] == (
            "A document may have at most 10000 values in its variables, got 10002."
        )

    async def test_of_too_many_aliases(self, api: Api) -> None:
        """One field under many names is refused."""
        names = " ".join(f"a{number}: __typename" for number in range(31))

        message = await refused(api, f"query {{ ...F }} fragment F on Query {{ {names} }}")

        assert message == "A document may have at most 30 aliases, got 31."

    async def test_of_too_many_root_fields(self, api: Api) -> None:
        """An operation with many root fields is refused."""
        message = await refused(api, "{ " + "__typename " * 21 + "}")

        assert message == "A document may have at most 20 root fields, got 21."

    @pytest.mark.parametrize(
        "query",
        [
            "{a" * 21 + "}" * 21,
            "{a" * 500 + "}" * 500,
            "{a{...F}} fragment F on Q " + "{a" * 20 + "}" * 20,
            "{" + "... on Q {" * 400 + "a" + "}" * 401,
        ],
    )
    async def test_of_too_many_levels(self, api: Api, query: str) -> None:
        """Depth is refused, however it is reached."""
        message = await refused(api, query)

        assert "at most 20 levels" in message or "nested too deeply" in message

    async def test_of_fragments_in_a_circle(self, api: Api) -> None:
        """A fragment that spreads itself is no endless work."""
        answer = await api.ask("{ ...F } fragment F on Query { ...F }")

        codes = {error["extensions"]["code"] for error in answer["errors"]}
        assert codes == {"GRAPHQL_VALIDATION_FAILED"}

    async def test_of_too_much_cost(self, api: Api) -> None:
        """Pages of lists of lists multiply, and fragments do not hide it."""
        roots = " ".join(
            f"f{n}: findVirtualInterviewEvents(first: $first, input: {{}}) {{ ...C }}"
            for n in range(5)
        )
        fragments = """
        fragment C on VirtualInterviewEventsConnection { events { ...E } }
        fragment E on VirtualInterviewEvent {
          intervieweesConnection { interviewees { interviewRecordsConnection { records {
            interviewOutcomesConnection { outcomes { decision { value noteText } } }
          } } } }
        }"""
        query = f"query ($first: Int) {{ {roots} }} {fragments}"

        message = await refused(api, query)

        assert message.startswith("A document may have at most 500000 cost, got ")


class TestCost:
    def test_takes_the_page_size_that_is_asked_for(self) -> None:
        """A field under a page counts once an item; a variable counts as the longest page."""
        schema = build_schema([part()])
        query = "query ($n: Int) { findVirtualInterviewEvents(%s) { events { id title } } }"

        costs = [
            cost(schema, parse(query % arguments))
            for arguments in ("input: {}", "first: 3, input: {}", "first: $n, input: {}")
        ]

        assert costs == [2 + 2 * 10, 2 + 2 * 3, 2 + 2 * 100]
