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
Step = tuple[Plan, bool, Plan]
"""How to read an attribute, whether a text is its own answer, and what else to make of it."""


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
            read, _, finish = self._step(owner, nodes)
        except LongWay:
            return None
        return lambda source: finish(read(source))

    def answer(self, type_: GraphQLObjectType, nodes: list[FieldNode]) -> Plan:
        """
        Plan the answer to what *nodes* select of a *type_*.

        Raises:
            LongWay: there is a field below that is no plain attribute.
        """
        steps = tuple(
            (name, *self._step(type_, below))
            for name, below in self.collect(type_, nodes).items()
        )

        def run(source: object) -> dict[str, Any]:
            if source is None or isinstance(source, Exception):
                raise LongWay
            answer = {}
            for name, read, is_text, finish in steps:
                value = read(source)
                answer[name] = value if is_text and type(value) is str else finish(value)
            return answer

        return run

    def _step(self, owner: GraphQLObjectType, nodes: list[FieldNode]) -> Step:
        name = nodes[0].name.value
        if name == "__typename":
            return lambda _source: owner.name, True, str
        shortcut = self.shortcuts.get(owner.name, {}).get(name)
        if isinstance(shortcut, Leaf):
            return shortcut.read, shortcut.is_text, _leaf(shortcut)
        if isinstance(shortcut, Branch):
            return shortcut.read, False, _branch(shortcut, self.answer(shortcut.type, nodes))
        raise LongWay


def _leaf(leaf: Leaf) -> Plan:
    serialize, is_nullable = leaf.serialize, leaf.is_nullable

    def finish(value: object) -> Any:
        if value is not None:
            return serialize(value)
        if is_nullable:
            return None
        raise LongWay

    return finish


def _branch(branch: Branch, answer: Plan) -> Plan:
    is_list, is_nullable = branch.is_list, branch.is_nullable

    def finish(value: Any) -> Any:
        if value is None and is_nullable:
            return None
        return [answer(item) for item in value] if is_list else answer(value)

    return finish
