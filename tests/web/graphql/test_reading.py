"""Mutations that write nothing: they read, and wait for nobody who writes."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, cast

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.runtime.db import DatabaseAway
from hirewire.runtime.db.database import Database, Reader
from hirewire.runtime.db.unit import UnitOfWork
from hirewire.web.graphql import Context, GraphQLPart, build_schema
from tests.web.graphql.api import Api, serve

SDL: Final = """
extend type Query { nothing: String }
extend type Mutation {
  "Say how many listeners there are."
  peek: Int
  "Add one."
  write(key: String!): Int
}
"""
COUNT: Final = "SELECT count(*) FROM listeners"
ADD: Final = "INSERT INTO listeners (name, tx, seq) VALUES (:name, 0, 0)"


async def nothing(ctx: Context) -> None:
    """Answer null."""


async def peek(ctx: Context) -> int:
    count: int = await ctx.reader.value(COUNT)
    return count


async def write(ctx: Context, key: str) -> int:
    await ctx.uow.run(ADD, name=key)
    return await peek(ctx)


async def write_after_all(ctx: Context) -> int:
    return await write(ctx, "sly")


def part(*, reading: frozenset[str] = frozenset({"peek"}), sly: bool = False) -> GraphQLPart:
    """Bring them; a *sly* one says that it only reads."""
    return GraphQLPart(
        sdl=SDL,
        queries={"nothing": nothing},
        mutations={"peek": write_after_all if sly else peek, "write": write},
        reading=reading,
    )


@dataclass(frozen=True, slots=True)
class Away:
    """The real database, which is out of reach for who only reads."""

    database: Database

    def unit(self) -> AbstractAsyncContextManager[UnitOfWork]:
        return self.database.unit()

    def read(self) -> AbstractAsyncContextManager[Reader]:
        raise DatabaseAway


@pytest.fixture
async def api(sqlite_database: Database, clock: MovableClock) -> AsyncIterator[Api]:
    """An endpoint with both sorts."""
    found = serve([part()], sqlite_database, clock, {})
    yield found
    await found.client.aclose()


class TestReading:
    @pytest.mark.fidelity("graphql.mutations.reading")
    async def test_goes_on_while_somebody_writes(
        self, api: Api, sqlite_database: Database
    ) -> None:
        """It sees what is committed, and the writer commits after it."""
        async with sqlite_database.unit() as uow:
            await uow.run(ADD, name="open")
            during = await api.ask("mutation { peek }", token=api.signer.token())
        after = await api.ask("mutation { peek }", token=api.signer.token())

        assert (during, after) == ({"data": {"peek": 0}}, {"data": {"peek": 1}})

    @pytest.mark.fidelity("graphql.mutations.reading")
    async def test_stands_among_others_in_their_order(self, api: Api) -> None:
        """Each sees what those before it have done."""
        query = 'mutation { a: peek b: write(key: "b") c: peek d: write(key: "d") e: peek }'

        answer = await api.ask(query, token=api.signer.token())

        assert answer == {"data": {"a": 0, "b": 1, "c": 1, "d": 2, "e": 2}}

    async def test_cannot_write(self, sqlite_database: Database, clock: MovableClock) -> None:
        """There is no unit of work for one that says so and does otherwise."""
        api = serve([part(sly=True)], sqlite_database, clock, {})

        answer = await api.ask("mutation { peek }", token=api.signer.token())

        await api.client.aclose()
        async with sqlite_database.read() as reader:
            count = await reader.value(COUNT)
        assert (answer["data"], count) == ({"peek": None}, 0)
        assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"

    async def test_fails_alone_when_the_database_is_away(
        self, sqlite_database: Database, clock: MovableClock
    ) -> None:
        """What was done before it is answered."""
        away = cast(Database, Away(sqlite_database))
        api = serve([part()], away, clock, {})

        answer = await api.ask(
            'mutation { a: write(key: "a") b: peek }', token=api.signer.token()
        )

        await api.client.aclose()
        assert answer["data"] == {"a": 1, "b": None}
        assert [each["path"] for each in answer["errors"]] == [["b"]]
        assert answer["errors"][0]["extensions"]["code"] == "DOWNSTREAM_SERVICE_ERROR"

    def test_is_a_mutation(self) -> None:
        """What is named so by mistake is found when the schema is built."""
        with pytest.raises(TypeError, match=r"the schema has no field Mutation\.pick"):
            build_schema([part(reading=frozenset({"pick"}))])
