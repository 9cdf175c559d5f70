"""What a slice brings to the schema: its SDL, and the functions behind its fields."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

Resolver = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQLPart:
    """
    One slice's share of the schema.

    The mutations that are named in *reading* write nothing, and wait for nobody who writes.

    A root resolver is `async def name(ctx: Context, **arguments)`, a resolver in *fields* is
    `def name(source, ctx: Context, **arguments)`, plain or async; arguments arrive in
    snake_case, and one annotated with a msgspec Struct arrives as that Struct. A field
    without a resolver is the attribute of the same name in snake_case.
    """

    sdl: str
    queries: Mapping[str, Resolver] = field(default_factory=dict)
    mutations: Mapping[str, Resolver] = field(default_factory=dict)
    reading: frozenset[str] = frozenset()
    fields: Mapping[str, Mapping[str, Resolver]] = field(default_factory=dict)


def read_sdl(package: str) -> str:
    """Join every `.graphql` file that lies in *package*, in the order of their names."""
    found = [file for file in files(package).iterdir() if file.name.endswith(".graphql")]
    return "\n".join(
        file.read_text(encoding="utf-8") for file in sorted(found, key=lambda file: file.name)
    )
