"""The one schema: the SDL of every part merged, its values taught, its resolvers bound."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLID,
    GraphQLList,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    assert_valid_schema,
    build_ast_schema,
    concat_ast,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_non_null_type,
    is_specified_scalar_type,
    parse,
    print_schema,
)

from hirewire.web.graphql.binding import bind_attribute, bind_field, bind_root
from hirewire.web.graphql.part import GraphQLPart, read_sdl
from hirewire.web.graphql.scalars import teach_enum, teach_scalar, write_text

_TEXTS: Final = (GraphQLString.serialize, GraphQLID.serialize, write_text)
SHORTCUTS: Final = "hirewire.shortcuts"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field that is an attribute and holds a plain value; a *text* is spelled as it is."""

    read: Callable[[Any], Any]
    serialize: Callable[[Any], Any]
    is_text: bool
    is_nullable: bool


@dataclass(frozen=True, slots=True)
class Branch:
    """
    A field that is an attribute and holds an object, or a list of objects.

    Below it there are attributes only: nothing that waits, and nothing that does anything.
    """

    read: Callable[[Any], Any]
    type: GraphQLObjectType
    is_list: bool
    is_nullable: bool


Shortcuts = dict[str, Leaf | Branch]
"""The fields of one object type that need no resolver's ceremony, by their names."""


def build_schema(parts: Iterable[GraphQLPart]) -> GraphQLSchema:
    """
    Merge *parts* into one schema, ready to execute.

    Raises:
        TypeError: a part names a field that does not exist, a root field has no resolver, a
            resolver does not fit its field, or the SDL is no valid schema.
    """
    parts = tuple(parts)
    texts = [read_sdl("hirewire.web.graphql"), *(part.sdl for part in parts)]
    schema = build_ast_schema(concat_ast([parse(text) for text in texts]))
    assert_valid_schema(schema)
    for named in schema.type_map.values():
        if isinstance(named, GraphQLScalarType) and not is_specified_scalar_type(named):
            teach_scalar(named)
        elif isinstance(named, GraphQLEnumType) and not named.name.startswith("__"):
            teach_enum(named)
    bound = {where for part in parts for where in _bind(schema, part)}
    _check_roots(schema, bound)
    schema.extensions[SHORTCUTS] = _bind_attributes(schema, bound)
    return schema


def sdl(schema: GraphQLSchema) -> str:
    """Print *schema* as the committed `schema.graphql` keeps it."""
    return print_schema(schema) + "\n"


def _bind(schema: GraphQLSchema, part: GraphQLPart) -> Iterator[str]:
    """Bind what *part* brings, and yield the place of each, such as `Query.node`."""
    for root, resolvers in (("Query", part.queries), ("Mutation", part.mutations)):
        for name, resolver in resolvers.items():
            where = f"{root}.{name}"
            bind_root(where, _field(schema, root, name), resolver)
            yield where
    for owner, resolvers in part.fields.items():
        for name, resolver in resolvers.items():
            where = f"{owner}.{name}"
            bind_field(where, _field(schema, owner, name), resolver)
            yield where


def _field(schema: GraphQLSchema, owner: str, name: str) -> GraphQLField:
    found = schema.get_type(owner)
    if not isinstance(found, GraphQLObjectType) or name not in found.fields:
        msg = f"the schema has no field {owner}.{name}"
        raise TypeError(msg)
    field: GraphQLField = found.fields[name]
    return field


def _check_roots(schema: GraphQLSchema, bound: set[str]) -> None:
    for root in (schema.query_type, schema.mutation_type):
        for name in root.fields if root else ():
            if f"{root}.{name}" not in bound:
                msg = f"the root field {root}.{name} has no resolver"
                raise TypeError(msg)


def _bind_attributes(schema: GraphQLSchema, bound: set[str]) -> Mapping[str, Shortcuts]:
    """Let every other field be an attribute; return the shortcuts to them, by type."""
    owners = [
        named
        for named in schema.type_map.values()
        if isinstance(named, GraphQLObjectType) and not named.name.startswith("__")
    ]
    plain = _plain_types(owners, bound)
    found: dict[str, Shortcuts] = {}
    for owner in owners:
        shortcuts: Shortcuts = {}
        found[owner.name] = shortcuts
        for name, defined in owner.fields.items():
            if f"{owner.name}.{name}" not in bound:
                _shorten(shortcuts, name, defined, plain)
    return found


def _plain_types(owners: list[GraphQLObjectType], bound: set[str]) -> set[GraphQLObjectType]:
    """Find the types that hold attributes only, as do all the types below them."""
    plain = {
        owner
        for owner in owners
        if not any(f"{owner.name}.{name}" in bound for name in owner.fields)
    }
    while spoilt := {owner for owner in plain if not _holds_only(owner, plain)}:
        plain -= spoilt
    return plain


def _holds_only(owner: GraphQLObjectType, plain: set[GraphQLObjectType]) -> bool:
    named = (get_named_type(defined.type) for defined in owner.fields.values())
    return all(is_leaf_type(each) or each in plain for each in named)


def _shorten(
    shortcuts: Shortcuts, name: str, defined: GraphQLField, plain: set[GraphQLObjectType]
) -> None:
    read = bind_attribute(name, defined)
    is_nullable = not is_non_null_type(defined.type)
    wrapped: Any = defined.type
    inner = get_nullable_type(wrapped)
    if isinstance(inner, GraphQLScalarType | GraphQLEnumType):
        is_text = inner.serialize in _TEXTS
        shortcuts[name] = Leaf(read, inner.serialize, is_text, is_nullable)
        return
    is_list = isinstance(inner, GraphQLList)
    item = get_nullable_type(inner.of_type) if isinstance(inner, GraphQLList) else inner
    if isinstance(item, GraphQLObjectType) and item in plain:
        shortcuts[name] = Branch(read, item, is_list, is_nullable)
