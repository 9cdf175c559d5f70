"""Turning a slice's plain functions into graphql-core resolvers, when the schema is built."""

import inspect
import re
from collections.abc import Callable, Coroutine, Generator, Mapping
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

import msgspec
from graphql import GraphQLField, GraphQLResolveInfo

from hirewire.web.graphql.context import Context
from hirewire.web.graphql.part import Resolver

ROOT: Final = "hirewire.root"
READS: Final = "hirewire.reads"
HOW: Final = "hirewire.how"
RootResolver = Callable[[Context, dict[str, Any]], Coroutine[Any, Any, Any]]

_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Attribute:
    """A field that is the attribute *name* of its object; *read* reads it."""

    name: str
    read: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Bound:
    """A field that *call*, of the object, the context and the arguments, answers."""

    call: Callable[[Any, Context, dict[str, Any]], Any]
    is_async: bool


class Deferred:
    """A resolver's coroutine that begins when it is awaited, and can be dropped before."""

    __slots__ = ("_begin",)

    def __init__(self, begin: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        self._begin = begin

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._begin().__await__()


def snake_case(name: str) -> str:
    """Spell a GraphQL name as Python does: `startTime` is `start_time`."""
    return _WORD.sub("_", name).lower()


def bind_root(where: str, field: GraphQLField, resolver: Resolver) -> None:
    """
    Put *resolver*, `async def name(ctx, **arguments)`, behind the root field *where*.

    Raises:
        TypeError: it is no coroutine function, or its arguments are not the field's.
    """
    if not inspect.iscoroutinefunction(resolver):
        msg = f"{where}: the resolver {resolver!r} is no coroutine function"
        raise TypeError(msg)
    structs = _structs(where, field, resolver, given=1)

    def run(context: Context, arguments: dict[str, Any]) -> Coroutine[Any, Any, Any]:
        answer: Coroutine[Any, Any, Any] = resolver(context, **_convert(arguments, structs))
        return answer

    field.extensions[ROOT] = run
    field.resolve = lambda _source, info, **arguments: run(info.context, arguments)


def bind_field(where: str, field: GraphQLField, resolver: Resolver) -> None:
    """
    Put *resolver*, `name(source, ctx, **arguments)`, behind the object field *where*.

    Coroutines of one operation take turns: they share one connection to the database.

    Raises:
        TypeError: its arguments are not the field's.
    """
    structs = _structs(where, field, resolver, given=2)
    is_async = inspect.iscoroutinefunction(resolver)

    def call(source: object, ctx: Context, arguments: dict[str, Any]) -> Any:
        return resolver(source, ctx, **_convert(arguments, structs))

    def resolve(source: object, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        return call(source, info.context, arguments)

    async def take_turn(source: object, ctx: Context, arguments: dict[str, Any]) -> Any:
        async with ctx.turn:
            return await call(source, ctx, arguments)

    def in_turn(source: object, info: GraphQLResolveInfo, **arguments: Any) -> Deferred:
        return Deferred(partial(take_turn, source, info.context, arguments))

    field.extensions[HOW] = Bound(call, is_async)
    field.resolve = in_turn if is_async else resolve


def bind_attribute(name: str, field: GraphQLField) -> None:
    """Let *field* be the attribute of its name in snake_case."""
    attribute = snake_case(name)
    read = attrgetter(attribute)

    def resolve(source: object, _info: GraphQLResolveInfo, **_arguments: Any) -> Any:
        return read(source)

    field.extensions[HOW] = Attribute(attribute, read)
    field.resolve = resolve


def _structs(
    where: str, field: GraphQLField, resolver: Resolver, given: int
) -> Mapping[str, Any]:
    """Match the field's arguments with the resolver's; return those that become Structs."""
    parameters = list(inspect.signature(resolver).parameters)[given:]
    for name, argument in field.args.items():
        argument.out_name = snake_case(name)
    wanted = [str(argument.out_name) for argument in field.args.values()]
    if sorted(wanted) != sorted(parameters):
        msg = f"{where}: the field takes {wanted}, its resolver {parameters}"
        raise TypeError(msg)
    hints = get_type_hints(resolver)
    return {name: hints[name] for name in wanted if _is_struct(hints.get(name))}


def _is_struct(hint: object) -> bool:
    if get_origin(hint) in (Union, UnionType):
        return any(_is_struct(member) for member in get_args(hint))
    return isinstance(hint, type) and issubclass(hint, msgspec.Struct)


def _convert(arguments: dict[str, Any], structs: Mapping[str, Any]) -> dict[str, Any]:
    for name, struct in structs.items():
        if name in arguments:
            arguments[name] = msgspec.convert(arguments[name], struct)
    return arguments
