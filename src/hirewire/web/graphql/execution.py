"""
Running one operation: graphql-core's executor, with our transactions and without its detours.

A query reads in one transaction. Each root field of a mutation is one unit of work, run after
the one before it, and leaves no trace when the field fails.
"""

from types import CoroutineType
from typing import Any

from graphql import (
    ExecutionContext,
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLSchema,
    is_object_type,
    located_error,
)
from graphql.execution.collect_fields import collect_fields
from graphql.execution.execute import (
    CollectedErrors,
    default_field_resolver,
    default_type_resolver,
)
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path

from hirewire.kit.refusals import HirewireError
from hirewire.runtime.db.database import Database
from hirewire.web.graphql.binding import ROOT, Deferred, RootResolver
from hirewire.web.graphql.context import Context
from hirewire.web.graphql.documents import Operation
from hirewire.web.graphql.inputs import argument_reader
from hirewire.web.graphql.places import read_variables
from hirewire.web.graphql.plans import LongWay, Plan, Planner
from hirewire.web.graphql.schema import SHORTCUTS

_Fields = dict[str, list[FieldNode]]

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
    values = _coerce(operation, variables or {})
    if isinstance(values, list):
        return None, values
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


def _coerce(operation: Operation, given: dict[str, Any]) -> dict[str, Any] | list[GraphQLError]:
    """Read the variables; when all are given and right, without asking where they stand."""
    if not operation.variables:
        return {}
    try:
        return {name: read(given[name]) for name, read in operation.read_variables}
    except (KeyError, RecursionError, LongWay):
        nodes = operation.definition.variable_definitions
        return read_variables(nodes, operation.variables, given)


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
        self._readers = operation.arguments
        self._plans: dict[tuple[str, int], Plan | None] = {}
        if operation.subfields is not None:
            self._subfields_cache = operation.subfields
            self._plans = operation.plans

    @staticmethod
    def is_awaitable(value: Any) -> bool:
        """Tell what is to be awaited: our resolvers return nothing else that could be."""
        return type(value) is CoroutineType or type(value) is Deferred

    async def query(self, fields: _Fields, database: Database) -> dict[str, Any]:
        """Run the root fields of a query, all in one transaction that only reads."""
        needed = [nodes for nodes in fields.values() if _needs_caller(nodes)]
        if not needed or self._refusal() is not None:
            return await self._all(fields)
        async with database.read() as reader:
            self.context_value.reads_from(reader)
            return await self._all(fields)

    async def mutate(self, fields: _Fields, database: Database) -> dict[str, Any]:
        """Run the root fields of a mutation, one after the other, each in its own unit."""
        data: dict[str, Any] = {}
        for name, nodes in fields.items():
            path = Path(None, name, self._root.name)
            if _needs_caller(nodes) and self._refusal() is None:
                data[name] = await self._in_a_unit(nodes, path, database)
            else:
                data[name] = await self._one(nodes, path)
        return data

    async def _all(self, fields: _Fields) -> dict[str, Any]:
        return {
            name: await self._one(nodes, Path(None, name, self._root.name))
            for name, nodes in fields.items()
        }

    async def _one(self, nodes: list[FieldNode], path: Path) -> Any:
        """Run one root field; who is unknown, or was refused, gets none."""
        refusal = self._refusal() if _needs_caller(nodes) else None
        if refusal is not None:
            return self._fail(refusal, nodes, path)
        field = self._root.fields.get(nodes[0].name.value)
        if field is not None and is_object_type(field.type):
            return await self._resolve(field, nodes, path)
        result = self.execute_field(self._root, None, nodes, path)
        return await result if self.is_awaitable(result) else result

    async def _resolve(self, field: GraphQLField, nodes: list[FieldNode], path: Path) -> Any:
        """Run a root field that answers one object, as nearly all of ours do."""
        resolve: RootResolver = field.extensions[ROOT]
        type_: Any = field.type
        try:
            arguments = self._arguments(field, nodes[0])
            value = await resolve(self.context_value, arguments)
            if value is None:
                return None
            fields = self.collect_subfields(type_, nodes)
            result = self.execute_fields(type_, value, path, fields)
            return await result if self.is_awaitable(result) else result
        except Exception as error:  # noqa: BLE001 - whatever it was, the field is answered
            return self._fail(error, nodes, path)

    def _arguments(self, field: GraphQLField, node: FieldNode) -> dict[str, Any]:
        """Read the arguments of a root field, the short way where there is one."""
        known = self._readers
        key = id(node)
        if key not in known:
            known[key] = argument_reader(field, node)
        read = known[key]
        if read is not None:
            try:
                return read(self.variable_values)
            except LongWay:
                pass
        return get_argument_values(field, node, self.variable_values)

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
        fields: _Fields,
    ) -> Any:
        """Follow the plans there are, and run one after the other what is to be awaited."""
        results: dict[str, Any] = {}
        waiting: list[str] = []
        for name, nodes in fields.items():
            try:
                plan = self._plan(parent_type, nodes)
                if plan is not None:
                    results[name] = plan(source_value)
                    continue
            except Exception:  # noqa: BLE001, S110 - the long way tells what is wrong
                pass
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

    def _plan(self, owner: GraphQLObjectType, nodes: list[FieldNode]) -> Plan | None:
        """Find the plan for one field; None where there is none."""
        key = (owner.name, id(nodes))
        if key not in self._plans:
            shortcuts = self.schema.extensions[SHORTCUTS]
            planner = Planner(shortcuts, self.collect_subfields)
            self._plans[key] = planner.field(owner, nodes)
        return self._plans[key]

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
