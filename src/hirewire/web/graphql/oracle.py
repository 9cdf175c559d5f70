"""
graphql-core's executor, which completes what the written functions do not.

It is given root values that are resolved already: nothing is resolved twice.
"""

from types import CoroutineType
from typing import Any

from graphql import (
    ExecutionContext,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    located_error,
)
from graphql.execution.execute import (
    CollectedErrors,
    default_field_resolver,
    default_type_resolver,
)
from graphql.pyutils import Path

from hirewire.web.graphql.binding import Deferred
from hirewire.web.graphql.context import Context
from hirewire.web.graphql.programs import RootField

_Fields = dict[str, list[FieldNode]]


class Oracle(ExecutionContext):
    """graphql-core's executor for one run of one operation."""

    def __init__(
        self,
        schema: GraphQLSchema,
        definition: OperationDefinitionNode,
        fragments: dict[str, FragmentDefinitionNode],
        values: dict[str, Any],
        context: Context,
    ) -> None:
        super().__init__(
            schema,
            fragments,
            None,
            context,
            definition,
            values,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            CollectedErrors(),
            None,
            None,
        )

    @staticmethod
    def is_awaitable(value: Any) -> bool:
        """Tell what is to be awaited: our resolvers return nothing else that could be."""
        return type(value) is CoroutineType or type(value) is Deferred

    @property
    def errors(self) -> list[GraphQLError]:
        """What went wrong up to now."""
        return self.collected_errors.errors

    async def complete(self, owner: GraphQLObjectType, root: RootField, value: object) -> Any:
        """Complete the *value* of a root field; an exception is why there is none."""
        path = Path(None, root.key, owner.name)
        try:
            if root.resolve is None:
                found = self.execute_field(owner, None, root.nodes, path)
            else:
                info = self.build_resolve_info(root.field, root.nodes, owner, path)
                found = self.complete_value(root.field.type, root.nodes, info, path, value)
            return await found if self.is_awaitable(found) else found
        except Exception as error:  # noqa: BLE001 - whatever it was, the field is answered
            located = located_error(error, root.nodes, path.as_list())
            self.handle_field_error(located, root.field.type, path)
            return None

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        fields: _Fields,
    ) -> Any:
        """Await one after the other what is to be awaited."""
        results: dict[str, Any] = {}
        waiting: list[str] = []
        for name, nodes in fields.items():
            try:
                result = self.execute_field(
                    parent_type, source_value, nodes, Path(path, name, parent_type.name)
                )
            except GraphQLError:
                _let_go(results, waiting)
                raise
            results[name] = result
            if type(result) is CoroutineType:
                waiting.append(name)
        return _awaited(results, waiting) if waiting else results

    @staticmethod
    def complete_leaf_value(return_type: GraphQLLeafType, result: Any) -> Any:
        """Complete a leaf; one of ours that cannot be spelled is a fault, not a refusal."""
        try:
            return ExecutionContext.complete_leaf_value(return_type, result)
        except GraphQLError as error:
            raise TypeError(error.message) from error


async def _awaited(results: dict[str, Any], waiting: list[str]) -> dict[str, Any]:
    for done, name in enumerate(waiting, 1):
        try:
            results[name] = await results[name]
        except BaseException:
            _let_go(results, waiting[done:])
            raise
    return results


def _let_go(results: dict[str, Any], waiting: list[str]) -> None:
    """Close the coroutines that nobody will await any more."""
    for name in waiting:
        results[name].close()
