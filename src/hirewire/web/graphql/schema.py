"""The one schema: the SDL of every part merged, its values taught, its resolvers bound."""

from collections.abc import Iterable, Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    assert_valid_schema,
    build_ast_schema,
    concat_ast,
    is_specified_scalar_type,
    parse,
    print_schema,
)

from hirewire.web.graphql.binding import READS, bind_attribute, bind_field, bind_root
from hirewire.web.graphql.part import GraphQLPart, read_sdl
from hirewire.web.graphql.scalars import teach_enum, teach_scalar


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
    _bind_attributes(schema, bound)
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
    for name in part.reading:
        _field(schema, "Mutation", name).extensions[READS] = True
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


def _bind_attributes(schema: GraphQLSchema, bound: set[str]) -> None:
    """Let every other field be an attribute."""
    for owner in schema.type_map.values():
        if isinstance(owner, GraphQLObjectType) and not owner.name.startswith("__"):
            for name, defined in owner.fields.items():
                if f"{owner.name}.{name}" not in bound:
                    bind_attribute(name, defined)
