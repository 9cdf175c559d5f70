"""
What an operation selects, worked out once: fields merged, types known, arguments readable.

graphql-core collects the fields, so that fragments, merges and directives are its own. What a
selection cannot be worked out for raises `Uncovered`, and is left to graphql-core as a whole.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    is_leaf_type,
)
from graphql.execution.collect_fields import collect_sub_fields

from hirewire.web.graphql.binding import HOW, Attribute, Bound
from hirewire.web.graphql.inputs import ReadArguments, arguments_reader

MOST_FIELDS: Final = 1_000
"""How many fields are written out for one operation, however its fragments multiply them."""


class Uncovered(Exception):
    """A selection is graphql-core's to answer; *reason* is one of a few words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Needs(IntEnum):
    """What it takes to answer something, beside the value: the more, the higher."""

    NOTHING = 0
    CONTEXT = 1
    AWAIT = 2


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar or an enum."""

    type: GraphQLLeafType
    must: bool
    needs: Needs = Needs.NOTHING


@dataclass(frozen=True, slots=True)
class Many:
    """A list of *item*."""

    item: "Shape"
    must: bool

    @property
    def may_have_gaps(self) -> bool:
        """Whether an error may stand for an object in it (`gaps`)."""
        return isinstance(self.item, One) and not self.item.must

    @property
    def needs(self) -> Needs:
        return max(self.item.needs, Needs.CONTEXT) if self.may_have_gaps else self.item.needs


@dataclass(frozen=True, slots=True)
class One:
    """An object of one type."""

    selection: "Selection"
    must: bool

    @property
    def needs(self) -> Needs:
        return self.selection.needs


@dataclass(frozen=True, slots=True)
class AnyOf:
    """An object whose type shows by itself, among *options* by name."""

    options: "Mapping[str, Selection]"
    must: bool

    @property
    def needs(self) -> Needs:
        return max(option.needs for option in self.options.values())


Shape = Leaf | Many | One | AnyOf


@dataclass(frozen=True, slots=True)
class Step:
    """One field: its *key* in the answer, how it is had of the object, and its *shape*."""

    key: str
    how: Attribute | Bound
    shape: Shape
    arguments: ReadArguments | None = None

    @property
    def needs(self) -> Needs:
        if isinstance(self.how, Attribute):
            return self.shape.needs
        return max(Needs.AWAIT if self.how.is_async else Needs.CONTEXT, self.shape.needs)


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """What *nodes* ask of an object of type *name*; a key with no step is its type's name."""

    name: str
    nodes: list[FieldNode]
    steps: tuple[Step | str, ...]
    needs: Needs


@dataclass(slots=True)
class Surveyor:
    """
    Works out selections of one operation, for one choice of what its directives depend on.

    *left* is how many fields may still be looked at; a selection that several places share is
    worked out once.
    """

    schema: GraphQLSchema
    fragments: dict[str, FragmentDefinitionNode]
    values: dict[str, Any]
    left: int
    _known: dict[tuple[object, ...], Selection] = field(default_factory=dict)

    def shape(self, type_: Any, nodes: list[FieldNode], *, must: bool = False) -> Shape:
        """
        Work out what *nodes* select of a *type_*.

        Raises:
            Uncovered: it is graphql-core's to answer.
        """
        if isinstance(type_, GraphQLNonNull):
            return self.shape(type_.of_type, nodes, must=True)
        if isinstance(type_, GraphQLList):
            return Many(self.shape(type_.of_type, nodes), must)
        if is_leaf_type(type_):
            return Leaf(type_, must)
        if isinstance(type_, GraphQLObjectType):
            return One(self._selection(type_, nodes), must)
        return AnyOf(self._options(type_, nodes), must)

    def _options(
        self, type_: GraphQLInterfaceType | GraphQLUnionType, nodes: list[FieldNode]
    ) -> dict[str, Selection]:
        if type_.resolve_type is not None:
            raise Uncovered("resolve_type")
        possible = self.schema.get_possible_types(type_)
        return {each.name: self._selection(each, nodes) for each in possible}

    def _selection(self, owner: GraphQLObjectType, nodes: list[FieldNode]) -> Selection:
        key = (owner.name, *map(id, nodes))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._work_out(owner, nodes)
        return found

    def _work_out(self, owner: GraphQLObjectType, nodes: list[FieldNode]) -> Selection:
        if owner.is_type_of is not None:
            raise Uncovered("is_type_of")
        collected = collect_sub_fields(self.schema, self.fragments, self.values, owner, nodes)
        self.left -= sum(map(len, collected.values()))
        if self.left < 0:
            raise Uncovered("too_large")
        steps = tuple(self._step(owner, key, below) for key, below in collected.items())
        needs = (step.needs for step in steps if isinstance(step, Step))
        return Selection(owner.name, nodes, steps, max(needs, default=Needs.NOTHING))

    def _step(self, owner: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Step | str:
        node = nodes[0]
        if node.name.value == "__typename":
            return key
        defined: GraphQLField | None = owner.fields.get(node.name.value)
        how = None if defined is None else defined.extensions.get(HOW)
        if defined is None or how is None:
            raise Uncovered("unbound")
        shape = self.shape(defined.type, nodes)
        if isinstance(how, Attribute) and defined.args:
            # Its arguments are read only because they may be wrong.
            how = Bound(_attribute_reader(how), is_async=False)
        if isinstance(how, Attribute):
            return Step(key, how, shape)
        return Step(key, how, shape, arguments_reader(defined, node))


def _attribute_reader(how: Attribute) -> Callable[[Any, Any, Any], Any]:
    return lambda source, _context, _arguments: how.read(source)
