"""
Running one operation: graphql-core's executor, with our transactions and without its detours.

A query reads in one transaction. Each root field of a mutation is one unit of work, run after
the one before it, and leaves no trace when the field fails.
"""

from types import CoroutineType
from typing import Any, Final

from graphql import (
    ExecutionContext,
    FieldNode,
    GraphQLError,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLSchema,
    located_error,
)
from graphql.execution.collect_fields import collect_fields
from graphql.execution.execute import (
    CollectedErrors,
    default_field_resolver,
    default_type_resolver,
)
from graphql.execution.values import get_variable_values
from graphql.pyutils import Path

from hirewire.kit.refusals import HirewireError
from hirewire.runtime.db.database import Database
from hirewire.web.graphql.context import Context
from hirewire.web.graphql.documents import Operation
from hirewire.web.graphql.schema import LEAVES, Leaf

_NO_LEAVES: Final[dict[str, Leaf]] = {}
_MOST_ERRORS: Final = 20

Result = tuple[dict[str, Any] | None, list[GraphQLError]]


async def execute(
    schema: GraphQLSchema,
    operation: Operation,
    variables: dict[str, Any] | None,
    context: Context,
    database: Database,
) -> Result:
    """Run *operation*; errors are answered, only what breaks the transaction is raised."""
    definition = operation.definition
    values: dict[str, Any] = {}
    if definition.variable_definitions:
        coerced = get_variable_values(
            schema, definition.variable_definitions, variables or {}, max_errors=_MOST_ERRORS
        )
        if isinstance(coerced, list):
            return None, coerced
        values = coerced
    execution = _Execution(schema, operation, values, context)
    fields = operation.root_fields
    if fields is None:
        fields = collect_fields(
            schema,
            operation.fragments,
            values,
            operation.root_type,
            definition.selection_set,
        )
    try:
        if operation.is_mutation:
            data = await execution.mutate(fields, database)
        else:
            data = await execution.query(fields, database)
    except GraphQLError as error:
        execution.collected_errors.add(error, None)
        data = None
    return data, execution.collected_errors.errors


class _Undone(Exception):
    """A mutation's field failed, and its unit of work must leave no trace."""


class _Execution(ExecutionContext):
    """One run of one operation."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: Operation,
        values: dict[str, Any],
        context: Context,
    ) -> None:
        super().__init__(
            schema,
            operation.fragments,
            None,
            context,
            operation.definition,
            values,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            CollectedErrors(),
            None,
            None,
        )
        self._root = operation.root_type
        self._leaves: dict[str, dict[str, Leaf]] = schema.extensions[LEAVES]
        if operation.subfields is not None:
            self._subfields_cache = operation.subfields

    @staticmethod
    def is_awaitable(value: Any) -> bool:
        """Only coroutines are awaited: our resolvers return nothing else."""
        return type(value) is CoroutineType

    async def query(
        self, fields: dict[str, list[FieldNode]], database: Database
    ) -> dict[str, Any]:
        """Run the root fields of a query, all in one transaction that only reads."""
        needed = [nodes for nodes in fields.values() if _needs_caller(nodes)]
        if not needed or self._refusal() is not None:
            return await self._all(fields)
        async with database.read() as reader:
            self.context_value.reads_from(reader)
            return await self._all(fields)

    async def mutate(
        self, fields: dict[str, list[FieldNode]], database: Database
    ) -> dict[str, Any]:
        """Run the root fields of a mutation, one after the other, each in its own unit."""
        data: dict[str, Any] = {}
        for name, nodes in fields.items():
            path = Path(None, name, self._root.name)
            if _needs_caller(nodes) and self._refusal() is None:
                data[name] = await self._in_a_unit(nodes, path, database)
            else:
                data[name] = await self._one(nodes, path)
        return data

    async def _all(self, fields: dict[str, list[FieldNode]]) -> dict[str, Any]:
        return {
            name: await self._one(nodes, Path(None, name, self._root.name))
            for name, nodes in fields.items()
        }

    async def _one(self, nodes: list[FieldNode], path: Path) -> Any:
        """Run one root field; who is unknown, or was refused, gets none."""
        refusal = self._refusal() if _needs_caller(nodes) else None
        if refusal is not None:
            return self._fail(refusal, nodes, path)
        result = self.execute_field(self._root, None, nodes, path)
        return await result if self.is_awaitable(result) else result

    async def _in_a_unit(self, nodes: list[FieldNode], path: Path, database: Database) -> Any:
        failures = len(self.collected_errors.errors)
        try:
            async with database.unit() as uow:
                self.context_value.writes_to(uow)
                result = await self._one(nodes, path)
                self._check_done(result, failures)
        except _Undone:
            return None
        except GraphQLError:
            raise
        except Exception as error:  # noqa: BLE001 - a commit that failed fails its field
            return self._fail(error, nodes, path)
        finally:
            self.context_value.writes_to(None)
        return result

    def _check_done(self, result: object, failures: int) -> None:
        """Insist that a field which is null did not become so by failing."""
        if result is None and len(self.collected_errors.errors) > failures:
            raise _Undone

    def _refusal(self) -> HirewireError | None:
        """Why the caller is nobody; None for a caller that we know."""
        try:
            self.context_value.caller  # noqa: B018 - asking is what refuses
        except HirewireError as refusal:
            return refusal
        return None

    def _fail(self, error: Exception, nodes: list[FieldNode], path: Path) -> None:
        located = located_error(error, nodes, path.as_list())
        field = self._root.fields[nodes[0].name.value]
        self.handle_field_error(located, field.type, path)

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        fields: dict[str, list[FieldNode]],
    ) -> Any:
        """Read leaves at once, and run one after the other what is left to await."""
        leaves = self._leaves.get(parent_type.name, _NO_LEAVES)
        results: dict[str, Any] = {}
        waiting: list[str] = []
        for name, nodes in fields.items():
            leaf = leaves.get(nodes[0].name.value)
            if leaf is not None:
                try:
                    value = leaf.read(source_value)
                    if value is not None:
                        results[name] = leaf.serialize(value)
                        continue
                    if leaf.is_nullable:
                        results[name] = None
                        continue
                except Exception:  # noqa: BLE001, S110 - the long way tells what is wrong
                    pass
            field_path = Path(path, name, parent_type.name)
            try:
                result = self.execute_field(parent_type, source_value, nodes, field_path)
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


def _needs_caller(nodes: list[FieldNode]) -> bool:
    return not nodes[0].name.value.startswith("__")
