"""How much one document may ask for, measured before anything runs."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    InlineFragmentNode,
    IntValueNode,
    NamedTypeNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from hirewire.web.graphql.errors import LimitExceeded

# A page whose size a variable decides, and a list that has no page size, count as this long.
LONGEST_PAGE: Final = 100
PLAIN_LIST: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """
    What one document may measure.

    Each is at least twice the largest example of the seeds; `tests/web/graphql` computes those
    and holds these against them. *characters* is 50 times the largest example, and room for a
    job description written into it. *tokens*, *spreads* and *comparisons* bound what validation
    costs: the last is how many pairs of fields of one name there are, which the rule that such
    fields agree may look at. *values* counts what the variables hold: 100 times the 49
    interviewers that the largest documented list takes, twice.
    """

    characters: int = 65_536
    tokens: int = 1_000
    spreads: int = 100
    comparisons: int = 20_000
    values: int = 10_000
    depth: int = 20
    aliases: int = 30
    root_fields: int = 20
    cost: int = 500_000
    body_bytes: int = 1_048_576
    deadline_s: float = 10.0


@dataclass(slots=True)
class Shape:
    """What can be seen of a document without its schema."""

    depth: int = 0
    aliases: int = 0
    root_fields: int = 0
    spreads: int = 0
    comparisons: int = 0

    @classmethod
    def of(cls, document: DocumentNode, deepest: int) -> Self:
        """Measure *document*, looking no deeper than *deepest* levels and one."""
        fragments = fragments_of(document)
        shape = cls()
        names: Counter[str] = Counter()
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
                shape._count(definition.selection_set, names)
            if isinstance(definition, OperationDefinitionNode):
                walk = _Walk(fragments, deepest)
                shape.depth = max(shape.depth, walk.depth(definition.selection_set))
                roots = len(definition.selection_set.selections)
                shape.root_fields = max(shape.root_fields, roots)
        shape.comparisons = sum(count * count for count in names.values())
        return shape

    def _count(self, selections: SelectionSetNode, names: Counter[str]) -> None:
        for node in selections.selections:
            if isinstance(node, FieldNode):
                self.aliases += node.alias is not None
                names[(node.alias or node.name).value] += 1
            elif isinstance(node, FragmentSpreadNode):
                self.spreads += 1
            inner = getattr(node, "selection_set", None)
            if inner is not None:
                self._count(inner, names)

    def check(self, limits: Limits) -> None:
        """
        Hold the measures against *limits*.

        Raises:
            LimitExceeded: one is over.
        """
        for measure, found, limit in (
            ("levels", self.depth, limits.depth),
            ("aliases", self.aliases, limits.aliases),
            ("root fields", self.root_fields, limits.root_fields),
            ("fragment spreads", self.spreads, limits.spreads),
            ("pairs of fields of the same name", self.comparisons, limits.comparisons),
        ):
            if found > limit:
                raise LimitExceeded(measure=measure, found=found, limit=limit)


def cost(schema: GraphQLSchema, document: DocumentNode) -> int:
    """
    Count the fields that a valid *document* can answer at most.

    A field counts once for each item of the lists above it.
    """
    fragments = fragments_of(document)
    return max(
        (
            _Prices(schema, fragments).of(root, definition.selection_set)
            for definition in document.definitions
            if isinstance(definition, OperationDefinitionNode)
            and (root := schema.get_root_type(definition.operation)) is not None
        ),
        default=0,
    )


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """Find the fragments of *document*, by name."""
    return {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }


def check_values(variables: object, limits: Limits) -> None:
    """
    Count the values that *variables* hold, lists and objects included, while they are few.

    Raises:
        LimitExceeded: there are too many.
    """
    count = 0
    waiting = [variables]
    while waiting:
        value = waiting.pop()
        count += 1
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        found = count + len(waiting)
        if found > limits.values:
            measure = "values in its variables"
            raise LimitExceeded(measure=measure, found=found, limit=limits.values)


@dataclass(slots=True)
class _Walk:
    """How deep selections go; each fragment is measured once, a cycle not at all."""

    fragments: Mapping[str, FragmentDefinitionNode]
    deepest: int
    known: dict[str, int] = field(default_factory=dict)

    def depth(self, selections: SelectionSetNode | None, above: int = 0) -> int:
        if selections is None or above > self.deepest:
            return 0
        return max((self._one(node, above) for node in selections.selections), default=0)

    def _one(self, node: object, above: int) -> int:
        if isinstance(node, FieldNode):
            if node.name.value.startswith("__"):
                return 1
            return 1 + self.depth(node.selection_set, above + 1)
        if isinstance(node, InlineFragmentNode):
            return self.depth(node.selection_set, above + 1)
        return self._fragment(node.name.value) if isinstance(node, FragmentSpreadNode) else 0

    def _fragment(self, name: str) -> int:
        if name not in self.known:
            self.known[name] = 0
            fragment = self.fragments.get(name)
            self.known[name] = self.depth(fragment.selection_set) if fragment else 0
        return self.known[name]


@dataclass(slots=True)
class _Prices:
    """
    What selections of a valid document cost; each fragment is priced once for each page size.

    *page* is how long the next list below is, where a `first` above it says so.
    """

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    known: dict[tuple[str, int | None], int] = field(default_factory=dict)

    def of(
        self, owner: GraphQLType | None, selections: SelectionSetNode, page: int | None = None
    ) -> int:
        return sum(self._one(owner, node, page) for node in selections.selections)

    def _one(self, owner: GraphQLType | None, node: object, page: int | None) -> int:
        if isinstance(node, FieldNode):
            return self._field(owner, node, page)
        if isinstance(node, InlineFragmentNode):
            named = cast("NamedTypeNode | None", node.type_condition)
            inner = owner if named is None else self.schema.get_type(named.name.value)
            return self.of(inner, node.selection_set, page)
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value, page)
        return 0

    def _fragment(self, name: str, page: int | None) -> int:
        key = (name, page)
        if key not in self.known:
            fragment = self.fragments[name]
            inner = self.schema.get_type(fragment.type_condition.name.value)
            self.known[key] = self.of(inner, fragment.selection_set, page)
        return self.known[key]

    def _field(self, owner: GraphQLType | None, node: FieldNode, page: int | None) -> int:
        asked = None
        if isinstance(owner, GraphQLObjectType | GraphQLInterfaceType):
            asked = owner.fields.get(node.name.value)
        if asked is None or node.selection_set is None:
            return 1
        inner = get_named_type(asked.type)
        if is_list_type(get_nullable_type(asked.type)):
            return 1 + self.of(inner, node.selection_set) * (page or PLAIN_LIST)
        below = _page(asked, node) if "first" in asked.args else page
        return 1 + self.of(inner, node.selection_set, below)


def _page(asked: GraphQLField, node: FieldNode) -> int:
    """How long a page *node* may ask for."""
    for argument in node.arguments:
        if argument.name.value == "first":
            literal = argument.value
            if isinstance(literal, IntValueNode):
                return min(abs(int(literal.value)), LONGEST_PAGE)
            return LONGEST_PAGE
    default = asked.args["first"].default_value
    return default if isinstance(default, int) else LONGEST_PAGE
