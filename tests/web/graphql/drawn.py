"""
Documents, variables and data drawn from a seed, and graphql-core's own answer to them.

The schema has what a schema can have: interfaces, a union, lists of lists, enums, scalars of
its own, arguments, fields that wait, and fields that fail. A third of the seeds draw data
without a fault, the others with some or with many.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any, Final

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, Undefined, execute, parse

from hirewire.kit.caller import Caller
from hirewire.kit.node_ids import BadNodeId, NodeIds
from hirewire.runtime.db.database import Database
from hirewire.web.graphql import Context, GraphQLPart, Limits, build_schema
from hirewire.web.graphql.documents import Documents
from hirewire.web.graphql.execution import Executor

SDL: Final = """
extend type Query {
  thing: Thing
  must: Thing!
  things: [Thing!]
  grid: [[Thing]!]
  any: [Any]
  named: Named
  numbers(first: Int = 2): [Int]
}
extend type Mutation { make: Thing makeMust: Thing! }
interface Named { name: String! friend: Thing }
union Any = Thing | Robot
enum Colour { RED GREEN }
type Robot implements Named { name: String! serial: ID! power: Int! friend: Thing }
type Thing implements Named {
  name: String!
  class: String
  colour: Colour
  colours: [Colour!]
  size: Int
  weight: Float
  good: Boolean
  at: DateTime
  mail: EmailAddress
  tags: [String!]
  table: [[Int!]]
  friend: Thing
  friends: [Thing!]!
  any: Any
  odd(x: Int!): String
  echo(text: String!, times: Int = 2): String
  later: String
  laterMust: Thing!
}
"""
VARIABLES: Final = {
    "yes": "Boolean!",
    "maybe": "Boolean = true",
    "text": 'String = "d"',
    "times": "Int",
}
REFUSAL: Final = BadNodeId(id="x", expected_type="Thing")
NOW: Final = datetime(2026, 11, 22, tzinfo=UTC)
EAST: Final = timezone(timedelta(hours=2))


@dataclass(slots=True)
class Robot:
    """The other kind of thing."""

    __typename = "Robot"

    name: object = "r"
    serial: object = "1"
    power: object = 1
    friend: object = None


@dataclass(slots=True)
class Thing:
    """A thing in which much can be wrong; what is drawn for a field stands under its name."""

    __typename = "Thing"

    name: object = "t"
    colour: object = None
    colours: object = None
    size: object = None
    weight: object = None
    good: object = None
    at: object = None
    mail: object = None
    tags: object = None
    table: object = None
    friend: object = None
    friends: object = ()
    any: object = None
    odd: object = None
    said: object = "s"
    later: object = None
    later_must: object = None


setattr(Thing, "class", property(lambda thing: thing.name))  # A keyword is a name like any.

_BAD: Final = (None, Undefined, REFUSAL, 2**40, "", object(), [None], float("inf"), {"a": 1})
_GOOD: Final[dict[str, tuple[object, ...]]] = {
    "name": ("a", "b"),
    "colour": ("RED", "GREEN", None),
    "colours": (None, ["RED"], ("RED", "GREEN"), []),
    "size": (1, -(2**31), True, 2.0, None),
    "weight": (1.5, 2, None),
    "good": (True, False, 1, None),
    "at": (NOW, NOW.replace(microsecond=7), NOW.astimezone(EAST), None),
    "mail": ("a@b.example", 5, None),
    "tags": (None, [], ["x", "y"], {"z"}),
    "table": (None, [], [[1], None, [2, 3]], ((1,),)),
    "odd": ("o", None),
    "said": ("s", None),
    "later": ("l", None),
    "serial": ("1", 7),
    "power": (3,),
}


@dataclass(slots=True)
class World:
    """What root fields answer, and how often each was asked."""

    roots: dict[str, object]
    asked: Counter[str] = field(default_factory=Counter)

    def take(self, name: str) -> object:
        """Return what the root field *name* comes to, or raise it."""
        self.asked[name] += 1
        found = self.roots[name]
        if isinstance(found, Exception):
            raise found
        return found


def root(name: str) -> Any:
    async def resolve(ctx: Context) -> object:
        return ctx.part(World).take(name)

    return resolve


async def numbers(ctx: Context, first: int) -> object:
    found = ctx.part(World).take("numbers")
    return found if not isinstance(found, list) or first is None else found[:first]


def echo(thing: Thing, ctx: Context, text: str, times: int | None = None) -> object:
    if isinstance(thing.said, Exception):
        raise thing.said
    return thing.said if thing.said != "s" else text * (times or 0)


async def later(thing: Thing, ctx: Context) -> object:
    await asyncio.sleep(0)
    if isinstance(thing.later, Exception):
        raise thing.later
    return thing.later


async def later_must(thing: Thing, ctx: Context) -> object:
    return thing.later_must


PART: Final = GraphQLPart(
    sdl=SDL,
    queries={
        **{name: root(name) for name in ("thing", "must", "things", "grid", "any", "named")},
        "numbers": numbers,
    },
    mutations={"make": root("thing"), "makeMust": root("must")},
    fields={"Thing": {"echo": echo, "later": later, "laterMust": later_must}},
)


@dataclass(slots=True)
class Case:
    """One drawn request, and the world that it meets."""

    text: str
    variables: dict[str, object]
    world: World


class Drawing:
    """Draws one case from *seed*."""

    def __init__(self, schema: GraphQLSchema, seed: int) -> None:
        self._schema = schema
        self._random = Random(seed)  # noqa: S311 - nothing secret is drawn
        self._faults = self._random.choice((0.0, 0.02, 0.2))
        self._left = 25

    def case(self) -> Case:
        """Draw it."""
        kind = "mutation" if self._random.random() < 0.2 else "query"
        root = "Mutation" if kind == "mutation" else "Query"
        fragments = [self._fragment(n) for n in range(3)]
        body = self._selection(root, 4)
        text = body
        for n in (0, 1, 2):  # Each fragment spreads only those after it.
            if f"...F{n}" in text:
                text += f" {fragments[n]}"
        used = [name for name in VARIABLES if f"${name}" in text]
        declared = ", ".join(f"${name}: {VARIABLES[name]}" for name in used)
        head = f"{kind} ({declared})" if used else kind
        return Case(f"{head} {text}", self._variables(used), World(self._roots()))

    def _variables(self, used: list[str]) -> dict[str, object]:
        pick = self._random.choice
        drawn: dict[str, object] = {}
        if "yes" in used:
            drawn["yes"] = pick((True, False))
        for name, values in (("maybe", (True, False, None)), ("text", ("v", None))):
            if name in used and self._random.random() < 0.5:
                drawn[name] = pick(values if self._faults else values[:-1])
        if "times" in used and self._random.random() < 0.7:
            drawn["times"] = pick((0, 3, None))
        return drawn

    def _fragment(self, number: int) -> str:
        name = self._random.choice(("Thing", "Robot", "Named", "Any"))
        return f"fragment F{number} on {name} {self._selection(name, 2, after=number)}"

    def _selection(self, name: str, depth: int, *, after: int = -1) -> str:
        """Draw a selection set; fragments spread only those *after* them: no circles."""
        count = self._random.randint(1, 4)
        parts = [self._part(name, depth, after) for _ in range(count)]
        return "{ " + " ".join(parts) + " }"

    def _part(self, name: str, depth: int, after: int) -> str:
        chance = self._random.random()
        if depth and chance < 0.12 and name not in {"Query", "Mutation"}:
            condition = self._random.choice(("", " on Thing", " on Named", " on Any"))
            inner = condition.removeprefix(" on ") or name
            below = self._selection(inner, depth - 1, after=after)
            return f"...{condition}{self._directive()} {below}"
        if chance < 0.24 and after < 2 and name not in {"Query", "Mutation"}:
            return f"...F{self._random.randint(after + 1, 2)}{self._directive()}"
        type_: Any = self._schema.get_type(name)
        fields = list(getattr(type_, "fields", ()))
        self._left -= 1
        is_root = name in {"Query", "Mutation"}
        if not fields or chance > (0.98 if is_root else 0.94) or self._left < 0:
            return f"{self._alias('__typename')}__typename"
        return self._field(type_, self._random.choice(fields), depth, after)

    def _field(self, type_: Any, name: str, depth: int, after: int) -> str:
        inner = type_.fields[name].type
        while hasattr(inner, "of_type"):
            inner = inner.of_type
        is_leaf = not hasattr(inner, "fields") and not hasattr(inner, "types")
        if not is_leaf and depth <= 0:
            return "__typename"
        below = "" if is_leaf else f" {self._selection(inner.name, depth - 1, after=after)}"
        if name == "echo":
            one, other = 'echo(text: "e")', "e2: echo(text: $text, times: $times)"
            call = self._random.choice((one, other))
        elif name == "odd":
            call = "odd(x: 1)"
        elif name == "numbers":
            call = self._random.choice(("numbers", "n2: numbers(first: $times)"))
        else:
            call = f"{self._alias(name)}{name}"
        return f"{call}{self._directive()}{below}"

    def _alias(self, name: str) -> str:
        return self._random.choice(("", "", "", f"a_{name}: "))

    def _directive(self) -> str:
        if self._random.random() > 0.15:
            return ""
        condition = self._random.choice(("$yes", "$maybe", "true", "false"))
        return f" @{self._random.choice(('skip', 'include'))}(if: {condition})"

    def _roots(self) -> dict[str, object]:
        things = [self._thing(3) for _ in range(3)]
        return {
            "thing": self._or_bad(things[0]),
            "must": self._or_bad(things[1]),
            "things": self._or_bad([self._or_bad(each) for each in things]),
            "grid": self._or_bad([things, [things[0], None], []]),
            "any": self._or_bad([things[0], self._robot(), None]),
            "named": self._or_bad(self._random.choice((things[2], self._robot()))),
            "numbers": self._or_bad([1, 2, None, 4]),
        }

    def _thing(self, depth: int) -> Thing:
        drawn = {name: self._value(name) for name in _GOOD if hasattr(Thing, name)}
        made = Thing(**drawn)
        if depth:
            made.friend = self._or_bad(self._random.choice((None, self._thing(depth - 1))))
            made.friends = self._or_bad([self._thing(depth - 2)] if depth > 1 else ())
            made.any = self._or_bad(self._random.choice((None, self._robot())))
            made.later_must = self._or_bad(self._thing(depth - 1))
        else:
            made.later_must = Thing() if not self._faults else None
        return made

    def _robot(self) -> Robot:
        drawn = {name: self._value(name) for name in ("name", "serial", "power")}
        return Robot(**drawn, friend=self._or_bad(Thing()))

    def _value(self, name: str) -> object:
        return self._or_bad(self._random.choice(_GOOD[name]))

    def _or_bad(self, value: object) -> object:
        is_good = self._random.random() >= self._faults
        return value if is_good else self._random.choice(_BAD)


@dataclass(slots=True)
class Answers:
    """What came of one case: data and errors of both, and why ours was graphql-core's."""

    ours: object
    theirs: object
    reasons: list[str]
    asked: Counter[str]


class Judge:
    """Lets the compiler and graphql-core answer the same."""

    def __init__(self, database: Database) -> None:
        self.schema = build_schema([PART])
        self._documents = Documents(self.schema, Limits(), introspection=True)
        self._database = database
        self._reasons: list[str] = []
        self.executor = Executor(self.schema, database, self._reasons.append)

    def context(self, world: World) -> Context:
        """Surround an operation with *world*."""
        caller = Caller(app_id="app", scopes=frozenset(), expires_at=NOW)
        return Context(caller, parts={World: world}, node_ids=NodeIds("api.test"), now=NOW)

    def draw(self, seed: int) -> Case:
        """Draw a case."""
        return Drawing(self.schema, seed).case()

    async def hear(self, case: Case) -> Answers | None:
        """Let both answer; nothing for a document that is not valid."""
        document = self._documents.get(case.text)
        if document.errors:
            return None
        self._reasons.clear()
        with one_by_one() as left:
            data, errors = await self.executor.run(
                document.operation(None), case.variables, self.context(case.world)
            )
            asked = Counter(case.world.asked)
            theirs = await self._by_graphql_core(case)
            spelled = _spelled(data, errors), _spelled(theirs.data, theirs.errors or [])
            for each in left:
                with suppress(Exception):
                    await each
        return Answers(*spelled, list(self._reasons), asked)

    async def _by_graphql_core(self, case: Case) -> ExecutionResult:
        found = execute(
            self.schema,
            parse(case.text),
            context_value=self.context(case.world),
            variable_values=dict(case.variables),
        )
        return found if isinstance(found, ExecutionResult) else await found


@contextmanager
def one_by_one() -> Iterator[list[Awaitable[Any]]]:
    """
    Let graphql-core await one field after the other, as we do: who fails first is sure.

    What nobody awaits any more once one has failed is to be awaited in the end.
    """
    left: list[Awaitable[Any]] = []

    async def gather(*waiting: Awaitable[Any]) -> list[Any]:
        done: list[Any] = []
        for index, each in enumerate(waiting, 1):
            try:
                done.append(await each)
            except Exception:
                left.extend(waiting[index:])
                raise
        return done

    module: Any = sys.modules["graphql.execution.execute"]
    known = module.gather
    module.gather = gather
    try:
        yield left
    finally:
        module.gather = known


def _spelled(data: object, errors: list[GraphQLError]) -> object:
    """Spell an answer so that the order of errors is no matter, but that of fields is."""
    return json.dumps(data, default=repr), sorted(
        json.dumps(error.formatted, sort_keys=True) for error in errors
    )
