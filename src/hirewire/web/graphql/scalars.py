"""The values of the schema: its own scalars, and enums that are lenient about spelling."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from graphql import (
    EnumValueNode,
    GraphQLEnumType,
    GraphQLScalarType,
    StringValueNode,
    ValueNode,
    VariableNode,
)
from msgspec import to_builtins

from hirewire.web.graphql.errors import BadValue
from hirewire.web.graphql.places import shown

_RFC3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:(?P<second>[0-9]{2})(?:\.[0-9]{1,9})?"
    r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def read_moment(value: object) -> datetime:
    """
    Read an RFC 3339 date and time with an offset.

    Raises:
        BadValue: *value* is anything else, or outside the years 1 to 9999 in UTC.
    """
    found = _RFC3339.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        wrong = "is no date and time with an offset, such as 2022-08-18T22:30:00+00:00."
        raise BadValue(reason=f"{shown(value)} {wrong}")
    if found["second"] == "60":
        wrong = "is a leap second, which is not taken: use second 59 or the next minute."
        raise BadValue(reason=f"{shown(value)} {wrong}")
    try:
        return datetime.fromisoformat(found[0].upper()).astimezone(UTC)
    except OverflowError:
        wrong = "is outside the years 0001 to 9999 in UTC."
    except ValueError:
        wrong = "names a day, a time or an offset that does not exist."
    raise BadValue(reason=f"{shown(value)} {wrong}")


def write_moment(value: datetime) -> str:
    """Spell *value*, aware and in UTC, as the seeds do."""
    return value.isoformat()


def write_utc(value: datetime) -> str:
    """Do the same for a *value* whose zone is `UTC` itself; a seventh of the time."""
    spelled: str = to_builtins(value)
    return spelled.replace("Z", "+00:00")


def read_text(value: object) -> str:
    """
    Take a string; what it must hold is the slice's rule.

    Raises:
        BadValue: *value* is no string.
    """
    if isinstance(value, str):
        return value
    raise BadValue(reason=f"{shown(value)} is no string.")


def write_text(value: object) -> str:
    """Spell a scalar that is text inside too."""
    return str(value)


READ: Final[dict[str, Callable[[object], Any]]] = {"DateTime": read_moment}
WRITE: Final[dict[str, Callable[[Any], str]]] = {"DateTime": write_moment}
MEMBERS: Final = "hirewire.members"
"""Where an enum keeps how each of its members is spelled."""


def teach_scalar(scalar: GraphQLScalarType) -> None:
    """Let *scalar*, built from SDL, read and write its own values."""
    read = READ.get(scalar.name, read_text)

    def read_literal(node: ValueNode, _variables: object = None) -> object:
        if isinstance(node, StringValueNode):
            return read(node.value)
        raise BadValue(reason=f"{shown(_literal(node))} is no {scalar.name}: write a string.")

    taught: Any = scalar
    taught.parse_value = read
    taught.parse_literal = read_literal
    taught.serialize = WRITE.get(scalar.name, write_text)


def teach_enum(enum: GraphQLEnumType) -> None:
    """
    Let *enum* take its members quoted or bare and in any case (contract 8).

    The seeds write `"HOUR"` where an enum is meant; answers keep the canonical spelling.
    """
    members = {name.casefold(): name for name in enum.values}
    own: dict[object, str] = {name: name for name in enum.values}

    def read(value: object, _hide_suggestions: object = None) -> str:
        found = members.get(value.casefold()) if isinstance(value, str) else None
        if found is None:
            allowed = ", ".join(enum.values)
            raise BadValue(reason=f"{shown(value)} is no {enum.name}: use {allowed}.")
        return found

    def read_literal(node: ValueNode, _variables: object = None, _hide: object = None) -> str:
        if isinstance(node, EnumValueNode | StringValueNode):
            return read(node.value)
        raise BadValue(reason=f"{shown(_literal(node))} is no {enum.name}.")

    def serialize(value: object) -> str:
        return own[value]

    taught: Any = enum
    taught.serialize = serialize
    taught.parse_value = read
    taught.parse_literal = read_literal
    enum.extensions[MEMBERS] = own


def _literal(node: ValueNode) -> object:
    """What a literal that is no string looks like in a message."""
    if isinstance(node, VariableNode):
        return f"${node.name.value}"
    return getattr(node, "value", node.kind.removesuffix("_value"))
