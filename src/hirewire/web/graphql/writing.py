"""
Writing selections out as Python: one function for each, compiled once.

The text holds no word of a caller: keys, tables and functions are names with a number, bound
in the namespace that the text runs in, which has no builtins. The one kind of word from
outside is the attribute's name, which comes from our schema, and is a plain identifier.

The functions know the happy path only, and gaps in lists. Whatever else they meet, they raise
something, and graphql-core completes the same value again and says what is wrong.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from keyword import iskeyword
from types import CoroutineType
from typing import Any, Final

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)
from graphql.execution.execute import get_typename
from graphql.pyutils import is_collection

from hirewire.web.graphql.binding import Attribute
from hirewire.web.graphql.gaps import noter
from hirewire.web.graphql.inputs import LongWay
from hirewire.web.graphql.scalars import MEMBERS, write_moment, write_text, write_utc
from hirewire.web.graphql.selections import (
    AnyOf,
    Leaf,
    Many,
    Needs,
    One,
    Selection,
    Shape,
    Step,
)

Complete = Callable[[Any, Any, Any], Any]
"""Turns a value, the context and the variables into what is answered, or into a coroutine."""

_IDENTIFIER: Final = re.compile(r"[a-z_][a-z0-9_]*")
_TEXTS: Final = (GraphQLString.serialize, GraphQLID.serialize, write_text)
_ALL: Final = ", context, variables"
_LEARN: Final = ["    if type(value) not in seen:", "        learn(value)"]
_SKIP: Final = ["        answers.append(None)", "        continue"]
_ABSENT: Final = ["    if value is None:", *_SKIP]


@dataclass(slots=True)
class Writer:
    """Collects the text of one program, and the namespace that it runs in."""

    _lines: list[str] = field(default_factory=list)
    _namespace: dict[str, Any] = field(default_factory=dict)
    _written: dict[tuple[int, str], str] = field(default_factory=dict)
    _roots: int = 0

    def __post_init__(self) -> None:
        seen: set[type] = set()
        self._namespace |= {**_NAMESPACE, "seen": seen, "learn": _learner(seen)}

    def root(self, shape: Shape) -> str:
        """Write what completes a value of *shape*, and return its name."""
        name = f"root{self._roots}"
        self._roots += 1
        answer = self._expression(shape, "value")
        head = _head(name, max(shape.needs, Needs.CONTEXT))
        self._lines += [head, f"    return {answer}"]
        return name

    def constant(self, text: str) -> str:
        """Write what answers *text*, whatever the value; return its name."""
        name = f"root{self._roots}"
        self._roots += 1
        head = _head(name, Needs.CONTEXT)
        self._lines += [head, f"    return {self._bind('name', text)}"]
        return name

    @property
    def text(self) -> str:
        """What was written up to now."""
        return "\n".join(self._lines)

    def build(self) -> Mapping[str, Any]:
        """Compile what was written, and return it by name."""
        code = compile(self.text, "<operation>", "exec", dont_inherit=True)
        exec(code, self._namespace)  # noqa: S102 - our own text, see above
        return self._namespace

    def _bind(self, kind: str, value: object) -> str:
        """Give *value* a name of its own."""
        name = f"{kind}{len(self._namespace)}"
        self._namespace[name] = value
        return name

    def _object(self, selection: Selection) -> str:
        """Write the function that answers one object, unless there is one; return its name."""
        known = self._written.get((id(selection), "object"))
        if known is not None:
            return known
        lines, answer = self._selection(selection)
        name = self._written[id(selection), "object"] = self._bind("object", None)
        head = _head(name, selection.needs)
        self._lines += [head, *_LEARN, *lines, f"    return {answer}"]
        return name

    def _objects(self, many: Many, one: One) -> str:
        """Write the function that answers a list of objects; it saves a call for each."""
        kind = "objects" if one.must else "nullables"
        known = self._written.get((id(one.selection), kind))
        if known is not None:
            return known
        lines, answer = self._selection(one.selection)
        name = self._written[id(one.selection), kind] = self._bind(kind, None)
        first = self._look_for_gaps(one.selection) if many.may_have_gaps else _LEARN
        self._lines += [
            _head(name, many.needs),
            "    answers = []",
            f"    for value in {_items('value')}:",
            *(f"    {line}" for line in [*first, *lines]),
            f"        answers.append({answer})",
            "    return answers",
        ]
        return name

    def _look_for_gaps(self, selection: Selection) -> list[str]:
        """Say what becomes of a `value` that is no object."""
        note = self._bind("note", noter(selection.nodes, self._namespace["learn"]))
        is_gap = f"    if type(value) not in seen and {note}(value, context, answers):"
        return [*_ABSENT, is_gap, *_SKIP]

    def _selection(self, selection: Selection) -> tuple[list[str], str]:
        """Write how the fields of `value` are had, and the display that they come to."""
        lines: list[str] = []
        pairs: list[str] = []
        for step in selection.steps:
            if isinstance(step, str):
                name = self._bind("name", selection.name)
                pairs.append(f"{self._bind('key', step)}: {name}")
                continue
            local = f"x{len(pairs)}"
            lines.append(f"    {local} = {self._read(step)}")
            answer = self._expression(step.shape, local)
            pairs.append(f"{self._bind('key', step.key)}: {answer}")
        return lines, f"{{{', '.join(pairs)}}}"

    def _read(self, step: Step) -> str:
        how = step.how
        if isinstance(how, Attribute):
            if _IDENTIFIER.fullmatch(how.name) and not iskeyword(how.name):
                return f"value.{how.name}"
            return f"{self._bind('read', how.read)}(value)"
        arguments = f"{self._bind('arguments', step.arguments)}(variables)"
        call = f"{self._bind('resolve', how.call)}(value, context, {arguments})"
        return f"await {call}" if how.is_async else call

    def _expression(self, shape: Shape, local: str) -> str:
        """Say how the value in *local* becomes the answer."""
        if isinstance(shape, Leaf):
            return self._leaf(shape, local)
        answer = self._composite(shape, local)
        return answer if shape.must else f"(None if {local} is None else {answer})"

    def _composite(self, shape: Many | One | AnyOf, local: str) -> str:
        if isinstance(shape, Many) and isinstance(shape.item, One):
            return _call(self._objects(shape, shape.item), local, shape.needs)
        if isinstance(shape, Many):
            item = f"i{local}"
            answer = self._expression(shape.item, item)
            return f"[{answer} for {item} in {_items(local)}]"
        name = self._object(shape.selection) if isinstance(shape, One) else self._switch(shape)
        return _call(name, local, shape.needs)

    def _switch(self, shape: AnyOf) -> str:
        """Write the function that chooses among the types that a value may be of."""
        options = self._bind("options", {})
        for name, selection in shape.options.items():
            key = self._bind("key", name)
            self._lines += [
                _head(f"option_{key}", shape.needs),
                f"    return {_call(self._object(selection), 'value', selection.needs)}",
                f"{options}[{key}] = option_{key}",
            ]
        name = self._bind("switch", None)
        answer = _call(f"{options}[typename(value)]", "value", shape.needs)
        self._lines += [_head(name, shape.needs), f"    return {answer}"]
        return name

    def _leaf(self, leaf: Leaf, local: str) -> str:
        serialize = leaf.type.serialize
        long = f"{self._bind('leaf', _leaf(leaf.type, must=leaf.must))}({local})"
        # What may be null is null often.
        absent = "" if leaf.must else f"None if {local} is None else "
        if serialize in _TEXTS:
            return f"({absent}{local} if type({local}) is str else {long})"
        if isinstance(leaf.type, GraphQLEnumType) and MEMBERS in leaf.type.extensions:
            members = self._bind("members", leaf.type.extensions[MEMBERS])
            return f"({absent}{members}[{local}])"
        if serialize is write_moment:
            is_utc = f"type({local}) is datetime and {local}.tzinfo is UTC"
            return f"({absent}moment({local}) if {is_utc} else {long})"
        if serialize is GraphQLBoolean.serialize:
            return f"({absent}{local} if type({local}) is bool else {long})"
        if serialize is GraphQLInt.serialize:
            fits = f"type({local}) is int and -2147483648 <= {local} <= 2147483647"
            return f"({absent}{local} if {fits} else {long})"
        return f"({absent}{long})"


def _head(name: str, needs: Needs) -> str:
    word = "async def" if needs is Needs.AWAIT else "def"
    return f"{word} {name}(value{_ALL if needs else ''}):"


def _call(name: str, local: str, needs: Needs) -> str:
    call = f"{name}({local}{_ALL if needs else ''})"
    return f"(await {call})" if needs is Needs.AWAIT else call


def _items(local: str) -> str:
    return f"({local} if type({local}) is list or type({local}) is tuple else items({local}))"


def _leaf(type_: GraphQLLeafType, *, must: bool) -> Callable[[Any], Any]:
    """Complete a leaf that is not plainly what it should be."""
    serialize = type_.serialize

    def finish(value: Any) -> Any:
        if value is None:
            if must:
                raise LongWay
            return None
        if isinstance(value, Exception | CoroutineType):
            raise LongWay
        answer = serialize(value)
        if answer is None or answer is Undefined:
            raise LongWay
        return answer

    return finish


def _learner(seen: set[type]) -> Callable[[Any], None]:
    def learn(value: Any) -> None:
        """Insist that *value* is an object; those of its class are not asked again."""
        if value is None or isinstance(value, Exception):
            raise LongWay
        seen.add(type(value))

    return learn


def _again_and_again(value: Any) -> Any:
    """Insist that *value* can be gone through a second time, should graphql-core have to."""
    if is_collection(value):
        return value
    raise LongWay


_NAMESPACE: Final[Mapping[str, Any]] = {
    "__builtins__": {},
    "UTC": UTC,
    "bool": bool,
    "datetime": datetime,
    "int": int,
    "items": _again_and_again,
    "list": list,
    "moment": write_utc,
    "str": str,
    "tuple": tuple,
    "type": type,
    "typename": get_typename,
}
