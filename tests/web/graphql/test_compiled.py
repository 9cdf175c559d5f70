"""Tests of compiled operations, one feature at a time, and of what is left to graphql-core."""

from collections import Counter
from dataclasses import replace
from typing import Any, Final

import pytest

from hirewire.runtime.db.database import Database
from hirewire.web.graphql import Limits, build_schema
from hirewire.web.graphql.documents import Documents, Operation
from hirewire.web.graphql.selections import Surveyor
from hirewire.web.graphql.writing import Writer
from tests.web.graphql.drawn import (
    NOW,
    PART,
    REFUSAL,
    Answers,
    Case,
    Judge,
    Robot,
    Thing,
    World,
)

INNER: Final = Thing(name="inner", size=1, later="l")
THING: Final = Thing(
    name="outer",
    colour="RED",
    size=2,
    good=True,
    at=NOW,
    tags=["x"],
    table=[[1], None],
    friend=INNER,
    friends=[INNER, INNER],
    any=Robot(),
    later="l",
    later_must=INNER,
)
ROOTS: Final[dict[str, object]] = {
    "thing": THING,
    "must": THING,
    "things": (THING, INNER),
    "grid": [[THING, None], []],
    "any": [THING, Robot(), None],
    "named": Robot(name="robot"),
    "numbers": [1, None, 3],
}


@pytest.fixture
def judge(sqlite_database: Database) -> Judge:
    """Who lets both answer."""
    return Judge(sqlite_database)


async def hear(judge: Judge, text: str, variables: Any = None, **roots: object) -> Answers:
    """Let both answer a valid document, and see that they agree."""
    answers = await judge.hear(Case(text, variables or {}, World(ROOTS | roots)))
    assert answers is not None
    assert answers.ours == answers.theirs
    return answers


def operation(text: str, **limits: int) -> Operation:
    """Prepare the only operation of *text*."""
    schema = build_schema([PART])
    documents = Documents(schema, replace(Limits(), **limits), introspection=True)
    return documents.get(text).operation(None)


class TestFeatures:
    @pytest.mark.parametrize(
        "text",
        [
            "{ thing { n: name m: name class size weight good at mail colour tags table } }",
            "{ things { ...A friends { ...A } } } fragment A on Thing { name friend { size } }",
            "{ thing { friend { name } friend { size } ... { friend { good } } } }",
            "{ named { name __typename ... on Robot { power } ... on Thing { size } } }",
            "{ any { __typename ... on Named { name } ... on Thing { friends { size } } } }",
            "{ thing { any { ... on Robot { serial ...N } } } } fragment N on Named { name }",
            "{ grid { name friends { name } } }",
            "{ numbers a: numbers(first: 1) b: numbers(first: null) }",
            '{ thing { echo(text: "t") x: echo(text: "t", times: 3) odd(x: 4) } }',
            "{ thing { later laterMust { later laterMust { name } } } things { later } }",
            "{ any { ... on Thing { later } ... on Robot { friend { later } } } __typename }",
            "mutation { make { name } a: make { later } makeMust { friends { name } } }",
        ],
    )
    async def test_are_compiled(self, judge: Judge, text: str) -> None:
        """Aliases, fragments, merges, abstract types, lists, arguments and fields that wait."""
        # The innermost thing has none of its own.
        found = Thing(name="deep", later_must=INNER)

        answers = await hear(judge, text, thing=replace(THING, later_must=found))

        assert answers.reasons == []

    @pytest.mark.parametrize("yes", [True, False])
    @pytest.mark.parametrize("maybe", [{}, {"maybe": True}, {"maybe": False}])
    async def test_follow_directives(
        self, judge: Judge, maybe: dict[str, bool], *, yes: bool
    ) -> None:
        """Each choice of what is skipped and included is a program of its own."""
        text = """query ($yes: Boolean!, $maybe: Boolean = true) {
          thing @skip(if: $maybe) { name }
          must { size @include(if: $yes) ... @skip(if: $yes) { name ...A @skip(if: $maybe) } }
        } fragment A on Thing { good }"""

        answers = await hear(judge, text, {"yes": yes, **maybe})

        assert answers.reasons == []

    async def test_keep_few_programs_of_one_operation(self) -> None:
        """Choices of directives do not add up without end; the latest are kept."""
        names = "abcd"
        declared = ", ".join(f"${name}: Boolean!" for name in names)
        fields = " ".join(f"{name}: name @skip(if: ${name})" for name in names)
        prepared = operation(f"query ({declared}) {{ thing {{ size {fields} }} }}")

        for number in range(16):
            prepared.program({name: bool(number >> i & 1) for i, name in enumerate(names)})

        assert len(prepared.programs) == 4

    async def test_take_one_moment_in_any_zone(self, judge: Judge) -> None:
        """A moment in UTC is spelled as any other."""
        text = "{ things { at } }"
        moments = [NOW, NOW.replace(microsecond=250_000), NOW.replace(year=12)]

        answers = await hear(judge, text, things=[Thing(at=each) for each in moments])

        assert answers.reasons == []
        assert "0012-11-22T00:00:00+00:00" in str(answers.ours)
        assert "2026-11-22T00:00:00.250000+00:00" in str(answers.ours)


class TestFaults:
    @pytest.mark.parametrize(
        ("text", "roots"),
        [
            ("{ thing { friends { name } size } }", {"thing": Thing(friends=[None])}),
            ("{ thing { name } }", {"thing": Thing(name=None)}),
            ("{ must { name } thing { name } }", {"must": None}),
            ("{ thing { name } numbers }", {"thing": REFUSAL, "numbers": ["x", 2**31]}),
            ("{ grid { size } }", {"grid": [[THING, REFUSAL], [Thing(size="big")]]}),
            ("{ thing { tags colour at mail } }", {"thing": Thing(tags="abc", colour="BLUE")}),
            ("{ thing { any { __typename } } }", {"thing": Thing(any=object())}),
            ("{ any { __typename } named { name } }", {"any": [REFUSAL], "named": 3}),
            ("{ thing { laterMust { name } later } }", {"thing": Thing(later=REFUSAL)}),
            ("{ thing { __typename } }", {"thing": ValueError("v")}),
            ("{ things { __typename } }", {"things": [None]}),
            ("mutation { make { name } makeMust { name } }", {"must": Thing(name=None)}),
        ],
    )
    async def test_are_told_as_graphql_core_does(
        self, judge: Judge, text: str, roots: dict[str, object]
    ) -> None:
        """What is null, refused or of no use has its place, and what is well beside it."""
        answers = await hear(judge, text, **roots)

        assert set(answers.asked.values()) == {1}

    async def test_leave_nothing_to_resolve_again(self, judge: Judge) -> None:
        """A mutation's field whose answer fails is completed again, and not run again."""
        wrong = Thing(friends=[Thing(name=None)], size=1)

        answers = await hear(judge, "mutation { make { size friends { name } } }", thing=wrong)

        assert answers.reasons == ["failed"]
        assert answers.asked == Counter({"thing": 1})

    async def test_of_an_iterator_are_not_made_by_looking(self, judge: Judge) -> None:
        """What can be gone through only once is left to graphql-core before it is begun."""
        schema, executor = judge.schema, judge.executor
        prepared = Documents(schema, Limits(), introspection=True).get("{ things { name } }")
        world = World(ROOTS | {"things": iter([INNER, INNER])})

        data, errors = await executor.run(prepared.operation(None), {}, judge.context(world))

        assert data == {"things": [{"name": "inner"}, {"name": "inner"}]}
        assert errors == []


class TestGaps:
    @pytest.mark.fidelity("graphql.compiled.gaps")
    @pytest.mark.parametrize(
        "text",
        [
            "{ grid { name } }",
            "{ numbers g: grid { ...A later } } fragment A on Thing { friend { name } size }",
            "{ grid { name } grid { ... on Thing { later } } must { name } }",
        ],
    )
    async def test_do_not_take_the_long_way(self, judge: Judge, text: str) -> None:
        """An error in the place of an object leaves that place null, and is told of."""
        grid = [[THING, INNER], [], [REFUSAL, THING, None, ValueError("v"), INNER]]

        answers = await hear(judge, text, grid=grid)

        assert answers.reasons == []
        assert str(answers.ours).count("locations") == 2

    @pytest.mark.parametrize(
        ("text", "grid"),
        [
            ("{ grid { name } named { name } }", [[REFUSAL, Thing(name=None)]]),
            ("{ grid { name } any { ...A } } fragment A on Thing { name }", [[REFUSAL, 5]]),
            ("{ grid { name later } must { name } }", [[REFUSAL], [THING, REFUSAL]]),
        ],
    )
    async def test_beside_other_faults_do(
        self, judge: Judge, text: str, grid: list[list[object]]
    ) -> None:
        """Where more is wrong, or in several lists, graphql-core says in which order."""
        answers = await hear(judge, text, grid=grid)

        assert answers.reasons == ["failed"]

    async def test_are_told_of_in_their_order(self, judge: Judge) -> None:
        """The errors of several root fields, and of a list, come as the places do."""
        documents = Documents(judge.schema, Limits(), introspection=True)
        prepared = documents.get("{ a: grid { name } b: grid { later } }").operation(None)
        world = World(ROOTS | {"grid": [[REFUSAL, THING, REFUSAL]]})

        _, errors = await judge.executor.run(prepared, {}, judge.context(world))

        assert [error.path for error in errors] == [
            [key, 0, place] for key in "ab" for place in (0, 2)
        ]


class TestLeftToGraphQLCore:
    @pytest.mark.parametrize(
        ("text", "variables", "reason"),
        [
            ("{ __schema { queryType { name } } }", {}, "introspection"),
            ('{ __type(name: "Thing") { name } }', {}, "introspection"),
            (
                "query ($b: Boolean = true) { thing { name @skip(if: $b) } }",
                {"b": None},
                "directive",
            ),
        ],
    )
    async def test_is_counted_by_reason(
        self, judge: Judge, text: str, variables: dict[str, object], reason: str
    ) -> None:
        """What is not compiled is answered all the same, and told to the meter."""
        answers = await hear(judge, text, variables)

        assert answers.reasons == [reason]

    async def test_is_what_fragments_multiply(self, judge: Judge) -> None:
        """Programs are about as long as what was asked for, however small its fragments."""
        below = " ".join(
            f"fragment F{n} on Thing {{ a: friend {{ ...F{n + 1} }} b: friend {{ ...F{n + 1} "
            f"...F{n + 1} }} laterMust {{ ...F{n + 1} }} }}"
            for n in range(6)
        )
        text = f"{{ thing {{ ...F0 }} }} {below} fragment F6 on Thing {{ name size good }}"
        many = " ".join(f"a{n}: friend {{ ...F }}" for n in range(30))
        wide = f"{{ thing {{ {many} }} }} fragment F on Thing {{ {'name size good ' * 15} }}"

        shared = await hear(judge, text, thing=INNER, must=INNER)
        multiplied = await hear(judge, wide)

        assert "too_large" not in shared.reasons
        assert multiplied.reasons == ["too_large"]


class TestText:
    @pytest.mark.fidelity("graphql.compiled.no-words-of-callers")
    def test_holds_no_word_of_a_document(self) -> None:
        """Aliases, names of fragments and operations, and strings stay outside of the code."""
        text = """query Planted { thing { planted1: name ...Planted2 } }
        fragment Planted2 on Thing { planted3: echo(text: "planted4") }"""
        prepared = operation(text)
        surveyor = Surveyor(prepared.compiler.schema, prepared.fragments, {}, 100)
        selected: Any = prepared.definition.selection_set.selections
        writer = Writer()

        shape = surveyor.shape(prepared.root_type.fields["thing"].type, list(selected))
        writer.root(shape)

        assert "planted" not in writer.text.lower()
        assert "value.name" in writer.text
        assert writer.build()["__builtins__"] == {}


class TestKept:
    def test_small_documents_weigh_more_than_their_text(self) -> None:
        """What is made of a document is kept with it: many small ones let go of the oldest."""
        documents = Documents(build_schema([PART]), Limits(), introspection=True)
        first = documents.get("{ numbers }")

        again = documents.get("{ numbers }")
        for number in range(1_000):
            documents.get(f"{{ numbers }} #{number}")

        assert again is first
        assert documents.get("{ numbers }") is not first

    def test_answers_are_few(self) -> None:
        """The longest answers there are, those about the schema, are kept for a few texts."""
        documents = Documents(build_schema([PART]), Limits(), introspection=True)
        texts = [f"{{ __schema {{ types {{ name }} }} }} #{number}" for number in range(20)]
        operations = [documents.get(text).operation(None) for text in texts]

        for operation in operations:
            documents.keep_answer(operation, b"long")

        assert [operation.answer for operation in operations] == [None] * 12 + [b"long"] * 8
