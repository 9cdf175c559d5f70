"""
Programs: an operation made ready to run, its root fields in order and what completes each.

A root field is resolved by its slice's function, and its value completed by a function that
was written for this operation; or by graphql-core, where that was not possible.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    TypeNameMetaFieldDef,
)
from graphql.execution.collect_fields import collect_fields
from graphql.execution.execute import get_field_def

from hirewire.web.graphql.binding import READS, ROOT, RootResolver
from hirewire.web.graphql.context import Context
from hirewire.web.graphql.inputs import ReadArguments, Values, arguments_reader
from hirewire.web.graphql.selections import MOST_FIELDS, Leaf, Needs, Shape, Surveyor, Uncovered
from hirewire.web.graphql.writing import Writer

Complete = Callable[[Any, Context, Values], Any]


@dataclass(frozen=True, slots=True)
class RootField:
    """
    One root field, by its *key* in the answer.

    What has no *resolve* asks about the schema. *complete* turns the resolved value into the
    answer, or into a coroutine where it *is_async*; where there is none, *uncovered* says why.
    One that *is_reading* writes nothing, be it a mutation.
    """

    key: str
    nodes: list[FieldNode]
    field: GraphQLField
    read_arguments: ReadArguments
    resolve: RootResolver | None
    complete: Complete | None = None
    is_async: bool = False
    uncovered: str = ""
    is_reading: bool = False


@dataclass(frozen=True, slots=True)
class Program:
    """The root fields of an operation, for one choice of what its directives depend on."""

    fields: tuple[RootField, ...]
    is_introspection: bool

    @classmethod
    def of(cls, fields: Iterable[RootField]) -> Self:
        """Put *fields* together, and see whether they ask for nothing but the schema."""
        kept = tuple(fields)
        return cls(kept, all(field.resolve is None for field in kept))


@dataclass(frozen=True, slots=True)
class Compiler:
    """Makes programs of one operation, whose document is so many *characters* long."""

    schema: GraphQLSchema
    definition: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    root: GraphQLObjectType
    characters: int

    def compile(self, values: dict[str, Any]) -> Program:
        """
        Make the program for the variables *values*, of which only directives are followed.

        Raises:
            GraphQLError: a directive of a root field has no condition.
        """
        selected = self.definition.selection_set
        collected = collect_fields(self.schema, self.fragments, values, self.root, selected)
        # What is written is about as long as what was asked, so that the kept documents bound
        # the kept programs.
        most = min(MOST_FIELDS, 64 + self.characters // 2)
        surveyor = Surveyor(self.schema, self.fragments, values, most)
        writer = Writer()
        drafts = [
            (key, nodes, *self._write(writer, surveyor, nodes))
            for key, nodes in collected.items()
        ]
        built = writer.build()
        return Program.of(
            self._root_field(key, nodes, built, shape, found)
            for key, nodes, shape, found in drafts
        )

    def _write(
        self, writer: Writer, surveyor: Surveyor, nodes: list[FieldNode]
    ) -> tuple[Shape | None, str]:
        """Write what completes a field, and return its name; or no shape, and why not."""
        field = self._field(nodes)
        if field is TypeNameMetaFieldDef:
            shape: Shape = Leaf(GraphQLString, must=True)
            return shape, writer.constant(self.root.name)
        if ROOT not in field.extensions:
            return None, "introspection"
        try:
            shape = surveyor.shape(field.type, nodes)
        except Uncovered as uncovered:
            return None, uncovered.reason
        except GraphQLError:
            return None, "directive"
        return shape, writer.root(shape)

    def _field(self, nodes: list[FieldNode]) -> GraphQLField:
        return get_field_def(self.schema, self.root, nodes[0])

    def _root_field(
        self,
        key: str,
        nodes: list[FieldNode],
        built: Mapping[str, Any],
        shape: Shape | None,
        found: str,
    ) -> RootField:
        field = self._field(nodes)
        return RootField(
            key,
            nodes,
            field,
            arguments_reader(field, nodes[0]),
            field.extensions.get(ROOT),
            None if shape is None else built[found],
            shape is not None and shape.needs is Needs.AWAIT,
            found if shape is None else "",
            field.extensions.get(READS, False),
        )
