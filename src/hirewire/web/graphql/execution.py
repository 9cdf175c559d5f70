"""
Running one operation: our transactions around root fields, each completed as it was compiled.

A query reads in one transaction. Each root field of a mutation is one unit of work, run after
the one before it, and leaves no trace when the field fails; one that writes nothing only reads.
What took effect before a deadline passed is answered, too, so that nobody repeats it. Whatever
goes wrong while a value is completed, but for gaps in one list, graphql-core completes the same
value again, and says exactly what it is.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Final

from graphql import GraphQLError, GraphQLSchema

from hirewire.kit.refusals import HirewireError
from hirewire.runtime.db.database import Database
from hirewire.web.graphql.context import Context
from hirewire.web.graphql.documents import Operation
from hirewire.web.graphql.errors import DeadlinePassed, MayBeDone, NotBegun
from hirewire.web.graphql.gaps import errors_of
from hirewire.web.graphql.inputs import LongWay
from hirewire.web.graphql.oracle import Oracle
from hirewire.web.graphql.places import read_variables
from hirewire.web.graphql.programs import Program, RootField

NO_DEADLINE: Final = nullcontext()

Result = tuple[dict[str, Any] | None, list[GraphQLError]]


@dataclass(frozen=True, slots=True)
class Executor:
    """Runs operations; *fell_back* is told why graphql-core had to complete a root field."""

    schema: GraphQLSchema
    database: Database
    fell_back: Callable[[str], object]

    async def run(
        self,
        operation: Operation,
        variables: dict[str, Any] | None,
        context: Context,
        deadline: AbstractContextManager[None] = NO_DEADLINE,
    ) -> Result:
        """
        Run *operation*; errors are answered, only what breaks a transaction is raised.

        Raises:
            DeadlinePassed: a query took longer than *deadline* lets it.
        """
        values = _coerce(operation, variables or {})
        if isinstance(values, list):
            return None, values
        run = _Run(self, operation, values, context)
        try:
            program = operation.program(values)
            if operation.is_mutation:
                data = await run.mutate(program, deadline)
            else:
                with deadline:
                    data = await run.query(program)
        except GraphQLError as error:
            run.oracle.collected_errors.add(error, None)
            data = None
        return data, run.errors


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


class _Run:
    """One run of one operation."""

    __slots__ = ("_context", "_executor", "_operation", "_oracle", "_values")

    def __init__(
        self,
        executor: Executor,
        operation: Operation,
        values: dict[str, Any],
        context: Context,
    ) -> None:
        self._executor = executor
        self._operation = operation
        self._values = values
        self._context = context
        self._oracle: Oracle | None = None

    @property
    def oracle(self) -> Oracle:
        """graphql-core's executor, from when it is needed first."""
        if self._oracle is None:
            operation = self._operation
            self._oracle = Oracle(
                self._executor.schema,
                operation.definition,
                operation.fragments,
                self._values,
                self._context,
            )
        return self._oracle

    @property
    def errors(self) -> list[GraphQLError]:
        """What went wrong up to now."""
        return [] if self._oracle is None else self._oracle.errors

    async def query(self, program: Program) -> dict[str, Any]:
        """Run the root fields of a query, all in one transaction that only reads."""
        if program.is_introspection or self._context.refusal is not None:
            return {root.key: await self._one(root) for root in program.fields}
        async with self._executor.database.read() as reader:
            self._context.reads_from(reader)
            return {root.key: await self._one(root) for root in program.fields}

    async def mutate(
        self, program: Program, deadline: AbstractContextManager[None]
    ) -> dict[str, Any]:
        """Run the root fields of a mutation, one after the other, each in its own unit."""
        data: dict[str, Any] = {}
        try:
            with deadline:
                for root in program.fields:
                    data[root.key] = await self._mutate_one(root)
        except DeadlinePassed as late:
            await self._cut_short(program, data, late.seconds)
        return data

    async def _mutate_one(self, root: RootField) -> Any:
        if root.resolve is None or self._context.refusal is not None:
            return await self._one(root)
        return await (self._in_a_look(root) if root.is_reading else self._in_a_unit(root))

    async def _cut_short(self, program: Program, data: dict[str, Any], seconds: float) -> None:
        """
        Answer for the root fields that are not in *data*.

        The first of them was running, and may be committing still; the others were not begun.
        """
        late: HirewireError = MayBeDone(seconds)
        for root in program.fields[len(data) :]:
            data[root.key] = await self.oracle.complete(self._operation.root_type, root, late)
            late = NotBegun(seconds)

    async def _one(self, root: RootField) -> Any:
        """Run one root field; who is unknown, or was refused, gets none."""
        context = self._context
        value: Any = None if root.resolve is None else context.refusal
        if root.resolve is not None and value is None:
            try:
                value = await root.resolve(context, root.read_arguments(self._values))
            except Exception as error:  # noqa: BLE001 - whatever it was, the field is answered
                value = error
        if isinstance(value, Exception):
            return await self.oracle.complete(self._operation.root_type, root, value)
        if root.complete is None:
            return await self._fall_back(root, value, root.uncovered)
        try:
            answer = root.complete(value, context, self._values)
            if root.is_async:
                answer = await answer
        except Exception:  # noqa: BLE001 - the long way tells what is wrong
            context.gaps.clear()
            return await self._fall_back(root, value, "failed")
        if context.gaps and not self._tell_of_gaps(root, answer):
            return await self._fall_back(root, value, "failed")
        return answer

    def _tell_of_gaps(self, root: RootField, answer: object) -> bool:
        """Add the errors that left gaps in *answer*; False where only the long way can."""
        gaps, self._context.gaps = self._context.gaps, []
        errors = errors_of(gaps, root.key, answer)
        self.oracle.errors.extend(errors or ())
        return errors is not None

    async def _fall_back(self, root: RootField, value: object, reason: str) -> Any:
        """Let graphql-core complete *value*, and count why."""
        self._executor.fell_back(reason)
        return await self.oracle.complete(self._operation.root_type, root, value)

    async def _in_a_look(self, root: RootField) -> Any:
        try:
            async with self._executor.database.read() as reader:
                self._context.reads_from(reader)
                return await self._one(root)
        except GraphQLError:
            raise
        except Exception as error:  # noqa: BLE001 - what is out of reach fails its field
            return await self.oracle.complete(self._operation.root_type, root, error)

    async def _in_a_unit(self, root: RootField) -> Any:
        failures = len(self.errors)
        try:
            async with self._executor.database.unit() as uow:
                self._context.writes_to(uow)
                result = await self._one(root)
                self._check_done(result, failures)
        except _Undone:
            return None
        except GraphQLError:
            raise
        except Exception as error:  # noqa: BLE001 - a commit that failed fails its field
            return await self.oracle.complete(self._operation.root_type, root, error)
        finally:
            self._context.writes_to(None)
        return result

    def _check_done(self, result: object, failures: int) -> None:
        """Insist that a field which is null did not become so by failing."""
        if result is None and len(self.errors) > failures:
            raise _Undone
