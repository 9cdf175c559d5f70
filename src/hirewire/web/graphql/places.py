"""Where a wrong value stands, and how it is shown: what messages say of callers' words."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from graphql import (
    ArgumentNode,
    DocumentNode,
    GraphQLError,
    GraphQLInputType,
    GraphQLNonNull,
    ListValueNode,
    Node,
    ObjectFieldNode,
    ValuesOfCorrectTypeRule,
    VariableDefinitionNode,
    coerce_input_value,
    value_from_ast,
)
from graphql.pyutils import print_path_list

from hirewire.kit.refusals import HirewireError
from hirewire.web.graphql.errors import BadValue, ValidationFailed

LONGEST_SHOWN: Final = 100
LONGEST_MESSAGE: Final = 500
_MOST_ERRORS: Final = 20
_LONG_RUN: Final = re.compile(rf"[^'\"]{{{LONGEST_SHOWN + 1},}}")


def shown(value: object) -> str:
    """Spell a value as its caller knows it, and no longer than need be."""
    if isinstance(value, str):
        return f"'{_cut(value)}'"
    return _cut(json.dumps(value, ensure_ascii=False, default=str))


def bounded(message: str) -> str:
    """Shorten what a message of graphql-core repeats of a document or of a variable."""
    short = _LONG_RUN.sub(lambda found: _cut(found[0]), message)
    return f"{short[:LONGEST_MESSAGE]}…" if len(short) > LONGEST_MESSAGE else short


class NamedLiterals(ValuesOfCorrectTypeRule):
    """The rule for literals; what it reports names the argument, and the place in it."""

    def report_error(self, error: GraphQLError) -> None:
        """Report *error*, which is about its first node."""
        nodes = error.nodes or ()
        place = literal_place(self.context.document, nodes[0]) if nodes else ""
        own = error.original_error
        reason = str(own) if isinstance(own, HirewireError) else bounded(error.message)
        if place:
            reason = f"Wrong value at '{place}': {reason}"
        is_ours = isinstance(own, HirewireError)
        refusal = BadValue(reason=reason) if is_ours else ValidationFailed(reason=reason)
        super().report_error(GraphQLError(reason, nodes, original_error=refusal))


def literal_place(document: DocumentNode, wanted: Node) -> str:
    """Say where *wanted* stands, such as `input.interviewers[0].email`, or nothing."""
    return next(_places(document, wanted, ""), "")


class _Enough(Exception):
    """More is wrong than anybody wants to read."""


def read_variables(
    definitions: Iterable[VariableDefinitionNode],
    types: Mapping[str, GraphQLInputType],
    given: Mapping[str, Any],
) -> dict[str, Any] | list[GraphQLError]:
    """Read the variables that are defined; or say what is wrong with them, and where."""
    values: dict[str, Any] = {}
    errors: list[GraphQLError] = []
    for node in definitions:
        name = node.variable.name.value
        try:
            _read_variable(node, types[name], given, values, errors)
        except _Enough:
            break
        except RecursionError:
            errors.append(_wrong(f"Variable '${name}' is nested too deeply.", node))
    return errors or values


def _read_variable(
    node: VariableDefinitionNode,
    type_: GraphQLInputType,
    given: Mapping[str, Any],
    values: dict[str, Any],
    errors: list[GraphQLError],
) -> None:
    name = node.variable.name.value

    def refuse(path: list[str | int], value: object, error: GraphQLError) -> None:
        if len(errors) >= _MOST_ERRORS:
            raise _Enough
        spot = f" at '{name}{print_path_list(path)}'" if path else ""
        reason = f"Variable '${name}' got invalid value {shown(value)}{spot}; {_why(error)}"
        errors.append(_wrong(reason, node))

    if name in given:
        values[name] = coerce_input_value(given[name], type_, refuse)
    elif node.default_value:
        values[name] = value_from_ast(node.default_value, type_)
    elif isinstance(type_, GraphQLNonNull):
        what = f"Variable '${name}' of required type '{type_}' was not provided."
        errors.append(_wrong(what, node))


def _why(error: GraphQLError) -> str:
    if isinstance(error.original_error, HirewireError):
        return str(error.original_error)
    return bounded(error.message).replace("not to be None", "not to be null")


def _wrong(reason: str, node: VariableDefinitionNode) -> GraphQLError:
    return GraphQLError(reason, node, original_error=BadValue(reason=reason))


def _places(node: Node, wanted: Node, place: str) -> Iterator[str]:
    """Search *node*, which stands at *place*, for *wanted*."""
    if node is wanted:
        yield place
        return
    for key in node.keys:
        below = getattr(node, key, None)
        for index, each in enumerate(below if isinstance(below, tuple | list) else (below,)):
            if isinstance(each, Node):
                yield from _places(each, wanted, _deeper(place, node, each, index))


def _deeper(place: str, above: Node, node: Node, index: int) -> str:
    if isinstance(node, ArgumentNode):
        return str(node.name.value)
    if isinstance(node, VariableDefinitionNode):
        return f"${node.variable.name.value}"
    if isinstance(node, ObjectFieldNode):
        return f"{place}.{node.name.value}"
    return f"{place}[{index}]" if isinstance(above, ListValueNode) else place


def _cut(text: str) -> str:
    return f"{text[:LONGEST_SHOWN]}…" if len(text) > LONGEST_SHOWN else text
