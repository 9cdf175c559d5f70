"""Tests of mutations that pass their deadline: what is done is answered, and not repeated."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.runtime.db.database import Database
from hirewire.web.graphql import Context, GraphQLPart, Limits
from tests.web.graphql.api import Api, serve
from tests.web.graphql.test_endpoint import written

SDL: Final = """
extend type Query { about: String }
extend type Mutation {
  write(key: String!): Note
  hang(key: String!): Note
}
type Note { key: String! slowly: String }
"""
MAY_BE_DONE: Final = (
    "The operation took longer than 5 seconds. This may have been done: repeat it only with "
    "the idempotencyKey that it had, or look first."
)
NOT_BEGUN: Final = "The operation took longer than 5 seconds. This was not begun."


@dataclass(slots=True)
class Waiting:
    """Tells when something hangs."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def forever(self) -> None:
        """Hang."""
        self.begun.set()
        await asyncio.Event().wait()


class Note:
    """What a mutation answers; *fragile* ones go to graphql-core."""

    def __init__(self, key: str, *, fragile: bool) -> None:
        self._key = key
        self._fails = fragile

    @property
    def key(self) -> str:
        if self._fails:
            self._fails = False
            raise LookupError
        return self._key


async def write(ctx: Context, key: str) -> Note:
    await ctx.uow.run("INSERT INTO listeners (name, tx, seq) VALUES (:name, 0, 0)", name=key)
    return Note(key, fragile=key.startswith("fragile"))


async def hang(ctx: Context, key: str) -> Note:
    note = await write(ctx, key)
    await ctx.part(Waiting).forever()
    return note


async def about(ctx: Context) -> str:
    return "A schema has a query."


async def slowly(source: Note, ctx: Context) -> str:
    await ctx.part(Waiting).forever()
    return "never"


PART: Final = GraphQLPart(
    sdl=SDL,
    queries={"about": about},
    mutations={"write": write, "hang": hang},
    fields={"Note": {"slowly": slowly}},
)


@pytest.fixture
def waiting() -> Waiting:
    """What hangs."""
    return Waiting()


@pytest.fixture
async def api(database: Database, clock: MovableClock, waiting: Waiting) -> AsyncIterator[Api]:
    """An endpoint whose operations have five seconds."""
    limits = Limits(deadline_s=5.0)
    found = serve([PART], database, clock, {Waiting: waiting}, limits=limits)
    yield found
    await found.client.aclose()


def summed_up(answer: dict[str, Any]) -> list[tuple[list[str], str, str]]:
    """Sum up the errors: path, code and message."""
    return [
        (error["path"], error["extensions"]["code"], error["message"])
        for error in answer["errors"]
    ]


class TestDeadline:
    @pytest.mark.fidelity("graphql.deadline.mutations")
    @pytest.mark.parametrize(
        "hanging",
        [
            'hang(key: "b") { key }',
            'write(key: "b") { key slowly }',
            'write(key: "fragile-b") { key slowly }',
        ],
    )
    async def test_leaves_the_answers_of_what_is_done(
        self,
        api: Api,
        clock: MovableClock,
        database: Database,
        waiting: Waiting,
        hanging: str,
    ) -> None:
        """Whether what hangs is the resolver, a compiled field, or one of graphql-core's."""
        query = (
            'mutation { a: write(key: "a") { key } again: write(key: "fragile-a") { key } '
            f"b: {hanging} "
            'c: write(key: "c") { key } __typename }'
        )
        asked = asyncio.create_task(api.ask(query, token=api.signer.token()))
        await waiting.begun.wait()

        await clock.advance(timedelta(seconds=5))

        answer = await asked
        assert answer["data"] == {
            "a": {"key": "a"},
            "again": {"key": "fragile-a"},
            "b": None,
            "c": None,
            "__typename": "Mutation",
        }
        assert summed_up(answer) == [
            (["b"], "INTERNAL_SERVER_ERROR", MAY_BE_DONE),
            (["c"], "INTERNAL_SERVER_ERROR", NOT_BEGUN),
        ]
        assert await written(database) == ["a", "fragile-a"]
        assert api.faults.told == []

    @pytest.mark.fidelity("graphql.deadline.mutations")
    async def test_names_the_field_of_a_single_one(
        self, api: Api, clock: MovableClock, database: Database, waiting: Waiting
    ) -> None:
        """It says where, and not to try it again just so."""
        query = 'mutation { hang(key: "a") { key } }'
        asked = asyncio.create_task(api.ask(query, token=api.signer.token()))
        await waiting.begun.wait()

        await clock.advance(timedelta(seconds=5))

        answer = await asked
        assert answer["data"] == {"hang": None}
        assert summed_up(answer) == [(["hang"], "INTERNAL_SERVER_ERROR", MAY_BE_DONE)]
        assert answer["errors"][0]["extensions"]["reason"] == "graphql.may_be_done"
        assert await written(database) == []
