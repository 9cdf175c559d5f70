"""Documents: parsed, measured and validated once, then kept by their text."""

from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLInputType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    Undefined,
    ValuesOfCorrectTypeRule,
    VariableNode,
    Visitor,
    parse,
    specified_rules,
    type_from_ast,
    validate,
    visit,
)
from graphql.validation.specified_rules import recommended_rules

from hirewire.kit.refusals import HirewireError
from hirewire.web.graphql.errors import (
    LimitExceeded,
    NotGraphQL,
    ParseFailed,
    UnknownOperation,
    ValidationFailed,
)
from hirewire.web.graphql.limits import Limits, Shape, cost, fragments_of
from hirewire.web.graphql.places import NamedLiterals, bounded
from hirewire.web.graphql.programs import Compiler, Program
from hirewire.web.graphql.variables import ReadVariable, variable_reader

_KEPT_CHARACTERS: Final = 512 * 1024
# What is made of the shortest document is as large as what is made of so many characters; a
# comment is enough to make one document many.
_LEAST_CHARACTERS: Final = 1024
_MOST_ANSWERS: Final = 8
_MOST_ERRORS: Final = 20
_MOST_PROGRAMS: Final = 4
_NESTED_TOO_DEEPLY: Final = "The document is nested too deeply."


@dataclass(slots=True, eq=False)
class Operation:
    """
    One operation of a valid document, with what every run of it can share.

    *variables* are the types of its variables, and *read_variables* reads them. *switches* are
    those that its directives depend on: for each choice of their values there is a program.
    *answer* keeps what never changes: introspection.
    """

    definition: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    root_type: GraphQLObjectType
    variables: dict[str, GraphQLInputType]
    read_variables: tuple[tuple[str, ReadVariable], ...]
    switches: tuple[str, ...]
    compiler: Compiler
    programs: dict[tuple[object, ...], Program] = field(default_factory=dict)
    answer: bytes | None = None

    @property
    def is_mutation(self) -> bool:
        """Tell whether it may change anything."""
        return self.definition.operation is OperationType.MUTATION

    @property
    def is_constant(self) -> bool:
        """Tell whether it asks for nothing but the schema, in words of its own."""
        if self.variables:
            return False
        return self.program({}).is_introspection

    def program(self, values: dict[str, Any]) -> Program:
        """
        Return the program for the variables *values*.

        Raises:
            GraphQLError: a directive has no condition.
        """
        key: tuple[object, ...] = ()
        if self.switches:
            key = tuple(values.get(name, Undefined) for name in self.switches)
        program = self.programs.get(key)
        if program is None:
            program = self.compiler.compile(values)
            if len(self.programs) >= _MOST_PROGRAMS:
                self.programs.pop(next(iter(self.programs)))
            self.programs[key] = program
        return program


@dataclass(slots=True)
class Document:
    """The operations of one text, by name; or the *errors* that it will always have."""

    operations: Mapping[str | None, Operation] = field(default_factory=dict)
    errors: tuple[GraphQLError, ...] = ()

    def operation(self, name: str | None) -> Operation:
        """
        Choose the operation *name*, or the only one.

        Raises:
            UnknownOperation: there is none of that name, or the name is needed.
        """
        if name:
            found = self.operations.get(name)
            if found is None:
                raise UnknownOperation(reason=f"Unknown operation named '{name[:100]}'.")
            return found
        if len(self.operations) != 1:
            raise UnknownOperation(
                reason="Must provide operation name if query contains multiple operations."
            )
        return next(iter(self.operations.values()))


class Documents:
    """
    The least recently used go first, once the kept texts are too long together.

    Answers that never change may be a thousand times as long as what they answer: only the
    last few are kept.
    """

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, introspection: bool) -> None:
        self._schema = schema
        self._limits = limits
        own = () if introspection else (NoSchemaIntrospectionCustomRule,)
        rules = [*specified_rules, *recommended_rules, *own]
        self._rules = [
            NamedLiterals if rule is ValuesOfCorrectTypeRule else rule for rule in rules
        ]
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._characters = 0
        self._answered: deque[Operation] = deque()

    def get(self, text: str) -> Document:
        """Return what *text* says; also that it is invalid is remembered."""
        document = self._kept.get(text)
        if document is None:
            if len(text) > self._limits.characters:
                return Document(errors=(_nowhere(self._too_long(text)),))
            document = self._prepare(text)
            self._keep(text, document)
            return document
        self._kept.move_to_end(text)
        return document

    def keep_answer(self, operation: Operation, answer: bytes) -> None:
        """Let *operation* be answered with *answer* from now on, as few others are."""
        if operation.answer is None:
            self._answered.append(operation)
        operation.answer = answer
        if len(self._answered) > _MOST_ANSWERS:
            self._answered.popleft().answer = None

    def _too_long(self, text: str) -> LimitExceeded:
        """Refuse a text that would take long to read, and longer to refuse otherwise."""
        most = self._limits.characters
        return LimitExceeded(measure="characters", found=len(text), limit=most)

    def _keep(self, text: str, document: Document) -> None:
        self._kept[text] = document
        self._characters += _weight(text)
        while self._characters > _KEPT_CHARACTERS:
            dropped, _ = self._kept.popitem(last=False)
            self._characters -= _weight(dropped)

    def _prepare(self, text: str) -> Document:
        try:
            return self._read(text)
        except GraphQLSyntaxError as error:
            return Document(errors=(_at(error, ParseFailed(reason=bounded(error.message))),))
        except HirewireError as refusal:
            return Document(errors=(_nowhere(refusal),))
        except RecursionError:
            return Document(errors=(_nowhere(ParseFailed(reason=_NESTED_TOO_DEEPLY)),))

    def _read(self, text: str) -> Document:
        parsed = parse(text, max_tokens=self._limits.tokens)
        Shape.of(parsed, self._limits.depth).check(self._limits)
        errors = validate(self._schema, parsed, self._rules, max_errors=_MOST_ERRORS)
        if errors:
            return Document(errors=tuple(_refused(error) for error in errors))
        found = cost(self._schema, parsed)
        if found > self._limits.cost:
            raise LimitExceeded(measure="cost", found=found, limit=self._limits.cost)
        return Document(operations=self._operations(parsed, len(text)))

    def _operations(self, parsed: DocumentNode, characters: int) -> dict[str | None, Operation]:
        fragments = fragments_of(parsed)
        finder = _Switches()
        visit(parsed, finder)
        return {
            definition.name.value if definition.name else None: self._operation(
                definition, fragments, finder.found, characters
            )
            for definition in parsed.definitions
            if isinstance(definition, OperationDefinitionNode)
        }

    def _operation(
        self,
        definition: OperationDefinitionNode,
        fragments: dict[str, FragmentDefinitionNode],
        switches: set[str],
        characters: int,
    ) -> Operation:
        root = self._schema.get_root_type(definition.operation)
        if root is None:
            raise NotGraphQL(reason=f"There are no {definition.operation.value}s here.")
        # Validation has seen to it that each names an input type.
        types = {
            each.variable.name.value: type_from_ast(self._schema, each.type)
            for each in definition.variable_definitions
        }
        variables = cast("dict[str, GraphQLInputType]", types)
        return Operation(
            definition,
            fragments,
            root,
            variables,
            tuple((name, variable_reader(type_)) for name, type_ in variables.items()),
            tuple(sorted(switches & variables.keys())),
            Compiler(self._schema, definition, fragments, root, characters),
        )


def _weight(text: str) -> int:
    return max(len(text), _LEAST_CHARACTERS)


class _Switches(Visitor):
    """The variables that a document's directives depend on."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        for argument in node.arguments:
            if isinstance(argument.value, VariableNode):
                self.found.add(argument.value.name.value)


def _refused(error: GraphQLError) -> GraphQLError:
    """Give a validation error a refusal; a value of ours that said why keeps its own."""
    if isinstance(error.original_error, HirewireError):
        return _at(error, error.original_error)
    return _at(error, ValidationFailed(reason=bounded(error.message)))


def _nowhere(refusal: HirewireError) -> GraphQLError:
    return GraphQLError(str(refusal), original_error=refusal)


def _at(error: GraphQLError, refusal: HirewireError) -> GraphQLError:
    return GraphQLError(
        str(refusal), error.nodes, error.source, error.positions, original_error=refusal
    )
