"""
Plans: how to answer a selection of plain attributes without asking the schema again.

A plan is made once for an operation and covers the happy path only. Whatever else it meets,
it raises `LongWay`, and graphql-core completes the same value again and says what is wrong.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, GraphQLObjectType

from hirewire.web.graphql.schema import Branch, Leaf, Shortcuts

Fields = dict[str, list[FieldNode]]
Plan = Callable[[Any], Any]


class LongWay(Exception):
    """A plan does not lead there."""


@dataclass(frozen=True, slots=True)
class Planner:
    """Makes plans for selections; *collect* says which fields a selection has."""

    shortcuts: Mapping[str, Shortcuts]
    collect: Callable[[GraphQLObjectType, list[FieldNode]], Fields]

    def field(self, owner: GraphQLObjectType, nodes: list[FieldNode]) -> Plan | None:
        """Plan one field of *owner*; None when not all of it is plain attributes."""
        try:
            return self._step(owner, nodes)
        except LongWay:
            return None

    def answer(self, type_: GraphQLObjectType, nodes: list[FieldNode]) -> Plan:
        """
        Plan the answer to what *nodes* select of a *type_*.

        Raises:
            LongWay: there is a field below that is no plain attribute.
        """
        steps = tuple(
            (name, self._step(type_, below))
            for name, below in self.collect(type_, nodes).items()
        )

        def run(source: object) -> dict[str, Any]:
            if source is None or isinstance(source, Exception):
                raise LongWay
            return {name: step(source) for name, step in steps}

        return run

    def _step(self, owner: GraphQLObjectType, nodes: list[FieldNode]) -> Plan:
        name = nodes[0].name.value
        if name == "__typename":
            return lambda _source: owner.name
        shortcut = self.shortcuts.get(owner.name, {}).get(name)
        if isinstance(shortcut, Leaf):
            return _leaf(shortcut)
        if isinstance(shortcut, Branch):
            return _branch(shortcut, self.answer(shortcut.type, nodes))
        raise LongWay


def _leaf(leaf: Leaf) -> Plan:
    read, serialize, is_nullable = leaf.read, leaf.serialize, leaf.is_nullable
    is_text = leaf.is_text

    def run(source: object) -> Any:
        value = read(source)
        if is_text and type(value) is str:
            return value
        if value is not None:
            return serialize(value)
        if is_nullable:
            return None
        raise LongWay

    return run


def _branch(branch: Branch, answer: Plan) -> Plan:
    read, is_list, is_nullable = branch.read, branch.is_list, branch.is_nullable

    def run(source: object) -> Any:
        value = read(source)
        if value is None and is_nullable:
            return None
        return [answer(item) for item in value] if is_list else answer(value)

    return run
