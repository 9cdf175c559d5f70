"""
Hirewire in memory: each operation compiled, or run by graphql-core alone on the same schema.

    python -m bench.graphql.memory.ours (compiled | core)
"""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from graphql import ExecutionResult, execute, parse

from bench.graphql.memory import data
from bench.graphql.memory.timing import serve
from hirewire.kit.caller import Caller
from hirewire.kit.node_ids import NodeIds
from hirewire.web.graphql import Context, GraphQLPart, Limits, build_schema
from hirewire.web.graphql.documents import Documents
from hirewire.web.graphql.execution import Executor

HERE: Final = Path(__file__).parent
SDL: Final = (HERE / "schema.graphql").read_text("utf-8")
QUERY: Final = (HERE / "query.graphql").read_text("utf-8")
VARIABLES: Final = {"first": data.EVENTS}
NOW: Final = datetime(2026, 11, 22, tzinfo=UTC)


class Shown(msgspec.Struct, rename="camel"):
    """Plain data as an object."""


class Interviewee(Shown):
    name: str
    email: str
    interviewee_lobby_url: str


class Interviewees(Shown):
    interviewees: list[Interviewee]


class Interviewer(Shown):
    id: str
    email: str
    name: str | None


class Interviewers(Shown):
    interviewers: list[Interviewer]


class Event(Shown):
    id: str
    status: str
    title: str
    start_time: datetime
    end_time: datetime
    timezone: str
    language_code: str | None
    country_code: str | None
    media_type: str
    interviewer_lobby_url: str
    interviewers_connection: Interviewers
    interviewees_connection: Interviewees


EVENTS: Final = msgspec.convert(data.events(), list[Event])


@dataclass(frozen=True, slots=True)
class Found:
    """The answer of the root field."""

    events: list[Event]


class Nowhere:
    """A database that nothing is read from."""

    def read(self) -> "Nowhere":
        return self

    async def __aenter__(self) -> "Nowhere":
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


async def find_events(ctx: Context, first: int) -> Found:
    return Found(EVENTS[:first])


def main(name: str) -> None:
    """Serve one of the two."""
    sdl = SDL.replace("type Query", "extend type Query").replace("scalar DateTime", "")
    for known in ("EmailAddress", "WebUrl"):
        sdl = sdl.replace(f"scalar {known}", "")
    sdl += "extend type Mutation { nothing: String }"
    part = GraphQLPart(
        sdl=sdl, queries={"findEvents": find_events}, mutations={"nothing": nothing}
    )
    schema = build_schema([part])
    operation = Documents(schema, Limits(), introspection=True).get(QUERY).operation(None)
    nowhere: Any = Nowhere()
    executor = Executor(schema, nowhere, lambda reason: sys.exit(f"fell back: {reason}"))
    document = parse(QUERY)
    caller = Caller(app_id="bench", scopes=frozenset(), expires_at=NOW)

    def context() -> Context:
        return Context(caller, parts={}, node_ids=NodeIds("127.0.0.1"), now=NOW)

    async def run() -> Any:
        answer, _ = await executor.run(operation, VARIABLES, context())
        return answer

    async def run_core() -> Any:
        found = execute(
            schema, document, context_value=context(), variable_values=dict(VARIABLES)
        )
        return (found if isinstance(found, ExecutionResult) else await found).data

    encode = msgspec.json.Encoder().encode
    serve(run if name == "compiled" else run_core, lambda found: encode({"data": found}))


async def nothing(ctx: Context) -> None:
    """Be the mutation that a schema must have."""


if __name__ == "__main__":
    main(sys.argv[1])
