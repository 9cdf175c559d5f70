"""
Inputs: how to read arguments without asking the schema again.

A reader is made once for an operation and covers the happy path only. Whatever else it meets,
it raises `LongWay`, and graphql-core reads the same value again and says what is wrong.
"""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNonNull,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    value_from_ast,
)
from graphql.execution.values import get_argument_values

Values = Mapping[str, Any]
ReadArguments = Callable[[Values], dict[str, Any]]
_Read = Callable[[Values], Any]


class LongWay(Exception):
    """What was made for the happy path only does not lead there."""


def arguments_reader(field: GraphQLField, node: FieldNode) -> ReadArguments:
    """Return what reads the arguments that *node* gives *field*."""
    read_quickly = _quick_reader(field, node)

    def read(values: Values) -> dict[str, Any]:
        if read_quickly is not None:
            try:
                return read_quickly(values)
            except LongWay:
                pass
        return get_argument_values(field, node, dict(values))

    return read


def _quick_reader(field: GraphQLField, node: FieldNode) -> ReadArguments | None:
    """Return what reads the arguments, the short way; None when there is none."""
    given = {argument.name.value: argument.value for argument in node.arguments}
    readers: list[tuple[str, _Read]] = []
    for name, argument in field.args.items():
        if name not in given:
            if argument.default_value is not Undefined or isinstance(
                argument.type, GraphQLNonNull
            ):
                return None
            continue
        reader = _reader(given[name], argument.type)
        if reader is None:
            return None
        readers.append((argument.out_name or name, reader))
    return lambda values: {name: read(values) for name, read in readers}


def _reader(node: ValueNode, type_: GraphQLInputType) -> _Read | None:
    """Read a variable, or an object of such; anything else is rare enough."""
    if isinstance(node, VariableNode):
        return _variable(node.name.value, must=isinstance(type_, GraphQLNonNull))
    inner: Any = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if isinstance(node, ObjectValueNode) and isinstance(inner, GraphQLInputObjectType):
        return None if inner.is_one_of else _object(node, inner)
    if isinstance(node, NullValueNode | ListValueNode | ObjectValueNode):
        return None
    constant = value_from_ast(node, type_)
    return lambda _values: constant


def _variable(name: str, *, must: bool) -> _Read:
    def read(values: Values) -> Any:
        value = values.get(name, Undefined)
        if value is Undefined or (must and value is None):
            raise LongWay
        return value

    return read


def _object(node: ObjectValueNode, type_: GraphQLInputObjectType) -> _Read | None:
    given = {field.name.value: field.value for field in node.fields}
    readers: list[tuple[str, _Read]] = []
    for name, field in type_.fields.items():
        if name not in given:
            if field.default_value is not Undefined:
                return None
            continue
        reader = _reader(given[name], field.type)
        if reader is None:
            return None
        readers.append((field.out_name or name, reader))
    return lambda values: {name: read(values) for name, read in readers}
