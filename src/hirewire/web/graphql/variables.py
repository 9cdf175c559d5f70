"""
Variables: how to read the values of an operation's variables without asking the schema again.

A reader is made once for an operation and covers the happy path only, as `inputs` does for
arguments: whatever else it meets, it raises `LongWay`, and graphql-core reads the same value
again and says what is wrong.
"""

from collections.abc import Callable
from typing import Any, Final

from graphql import (
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
    Undefined,
    coerce_input_value,
)

from hirewire.web.graphql.inputs import LongWay

ReadVariable = Callable[[Any], Any]

_TEXTS: Final = (GraphQLID, GraphQLString)


def variable_reader(type_: GraphQLInputType) -> ReadVariable:
    """Return what reads the value of a variable of *type_*."""
    return _reader(type_, {})


def _reader(type_: GraphQLInputType, known: dict[str, "_Object"]) -> ReadVariable:
    """Return what reads a value of *type_*; *known* are the objects that have a reader."""
    if isinstance(type_, GraphQLNonNull):
        return _of(type_.of_type, known)
    read = _of(type_, known)
    return lambda value: None if value is None else read(value)


def _of(type_: Any, known: dict[str, "_Object"]) -> ReadVariable:
    """Return what reads a value of *type_* that is not null."""
    if type_ in _TEXTS:
        return _read_text
    if isinstance(type_, GraphQLList):
        read_item = _reader(type_.of_type, known)
        return lambda value: [read_item(item) for item in _list(value)]
    if not isinstance(type_, GraphQLInputObjectType):
        return _leaf_reader(type_.parse_value)
    if type_.is_one_of:
        must = GraphQLNonNull(type_)
        return lambda value: coerce_input_value(value, must, _take_the_long_way)
    found = known.get(type_.name)
    if found is None:
        found = known[type_.name] = _Object()
        found.learn(type_, known)
    return found.read


class _Object:
    """Reads input objects of one type, which may hold others of the same."""

    __slots__ = ("_fields", "_known", "_out")

    def __init__(self) -> None:
        self._fields: tuple[tuple[str, str, ReadVariable, Any], ...] = ()
        self._known: frozenset[str] = frozenset()
        self._out: Callable[[dict[str, Any]], Any] = dict

    def learn(self, type_: GraphQLInputObjectType, known: dict[str, "_Object"]) -> None:
        """Find out how the fields of *type_* are read."""
        self._fields = tuple(
            (name, field.out_name or name, _reader(field.type, known), _without(field))
            for name, field in type_.fields.items()
        )
        self._known = frozenset(type_.fields)
        self._out = type_.out_type

    def read(self, value: Any) -> Any:
        if type(value) is not dict or not self._known.issuperset(value):
            raise LongWay
        answer: dict[str, Any] = {}
        for name, out_name, read, without in self._fields:
            if name in value:
                answer[out_name] = read(value[name])
            elif without is LongWay:
                raise LongWay
            elif without is not Undefined:
                answer[out_name] = without
        return self._out(answer)


def _without(field: GraphQLInputField) -> Any:
    """Say what stands for a field that is not given: a value, nothing, or the long way."""
    if field.default_value is Undefined and isinstance(field.type, GraphQLNonNull):
        return LongWay
    return field.default_value


def _leaf_reader(parse: Callable[[Any], Any]) -> ReadVariable:
    def read(value: Any) -> Any:
        try:
            found = None if value is None else parse(value)
        except Exception:  # noqa: BLE001 - graphql-core says what is wrong
            raise LongWay from None
        # Nothing that is not null is read as nothing.
        if found is None or found is Undefined:
            raise LongWay
        return found

    return read


def _read_text(value: object) -> str:
    if type(value) is not str:
        raise LongWay
    return value


def _list(value: object) -> list[Any]:
    if type(value) is not list:
        raise LongWay
    return value


def _take_the_long_way(*_: object) -> None:
    raise LongWay
