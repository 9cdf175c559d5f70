"""
One SQL text for two databases: parameters, and the few words where the dialects part.

A text has `:named` parameters. A parameter after `IN` or `NOT IN` takes a list. `@for_update`
and `@skip_locked` lock rows on PostgreSQL and are nothing on SQLite, whose one writer needs no
locks. `@in_turn` is a condition that always holds: before `@for_update` it lets the units at a
row, known by its `id`, go one after another, and their facts with them. `@identity` is a
primary key that counts up. `@settled_tx` is where the log of facts ends for a reader: every
fact with a lower `tx` is there to see, and no lower one will come. `@after_place` and
`@upto_place` compare rows of the log with the places `:tx`, `:seq` and `:upto_tx`,
`:upto_seq`, so that each database looks them up in its index: on SQLite all `tx` are 0, and it
takes no pair that holds a row's id for a bound. Nothing inside quotes is touched.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_TOKEN: Final = re.compile(
    r"""
    '(?:[^']|'')*' | "[^"]*" | --[^\n]*
    | \b(?P<negation>NOT\s+)?IN\s+:(?P<list>[a-z_][a-z0-9_]*)
    | (?<![:\w]):(?P<parameter>[a-z_][a-z0-9_]*)
    | @(?P<word>[a-z_]+)
    """,
    re.VERBOSE,
)

SQLITE_WORDS: Final[Mapping[str, str]] = {
    "for_update": "",
    "in_turn": "1",
    "skip_locked": "",
    "identity": "integer PRIMARY KEY AUTOINCREMENT",
    "settled_tx": "1",
    "after_place": "tx = 0 AND seq > :seq",
    "upto_place": "tx = 0 AND seq <= :upto_seq",
}
POSTGRES_WORDS: Final[Mapping[str, str]] = {
    "for_update": "FOR UPDATE",
    # Who waits for a row may have a transaction number by then, lower than that of who gets it
    # first; the log is in the order of these numbers. Who waits here has none yet.
    "in_turn": "pg_advisory_xact_lock(hashtextextended(id::text, 0)) IS NOT NULL",
    "skip_locked": "SKIP LOCKED",
    "identity": "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    "settled_tx": "fact_tx(pg_snapshot_xmin(pg_current_snapshot()))",
    "after_place": "(tx, seq) > (:tx, :seq)",
    "upto_place": "(tx, seq) <= (:upto_tx, :upto_seq)",
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A text in one dialect, the *names* of its parameters in order, and which are *lists*."""

    text: str
    names: tuple[str, ...]
    lists: tuple[str, ...]


@lru_cache(maxsize=4096)
def for_postgres(sql: str) -> Prepared:
    """Number the parameters, and compare lists with `= ANY` or `<> ALL`."""
    names: list[str] = []
    lists: list[str] = []

    def number(name: str) -> str:
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    def rewrite(match: re.Match[str]) -> str:
        if name := match["list"]:
            lists.append(name)
            return f"{'<> ALL' if match['negation'] else '= ANY'}({number(name)})"
        if name := match["parameter"]:
            return number(name)
        return match[0]

    text = spell(sql, POSTGRES_WORDS)
    return Prepared(_TOKEN.sub(rewrite, text), tuple(names), tuple(lists))


@lru_cache(maxsize=4096)
def for_sqlite(sql: str) -> Prepared:
    """Keep the names; lists are spread out by `spread`, as their length is known late."""
    text = spell(sql, SQLITE_WORDS)
    found = list(_TOKEN.finditer(text))
    names = dict.fromkeys(name for m in found if (name := m["parameter"] or m["list"]))
    return Prepared(text, tuple(names), tuple(m["list"] for m in found if m["list"]))


def spread(
    prepared: Prepared, params: Mapping[str, object]
) -> tuple[str, Mapping[str, object]]:
    """Replace each list parameter by as many parameters as the list is long."""
    flat = dict(params)
    holes: dict[str, str] = {}
    for name in dict.fromkeys(prepared.lists):
        items = flat.pop(name)
        if not isinstance(items, list | tuple):
            msg = f":{name} stands after IN and takes a list"
            raise TypeError(msg)
        flat |= {f"{name}__{i}": item for i, item in enumerate(items)}
        holes[name] = ", ".join(f":{name}__{i}" for i in range(len(items)))

    def rewrite(match: re.Match[str]) -> str:
        if name := match["list"]:
            return f"{match['negation'] or ''}IN ({holes[name]})"
        return match[0]

    return _TOKEN.sub(rewrite, prepared.text), flat


def spell(sql: str, words: Mapping[str, str]) -> str:
    """Replace the `@words` of *sql*."""
    return _TOKEN.sub(_speller(words), sql) if "@" in sql else sql


def statements(script: str) -> list[str]:
    """Split a migration into its statements; `;` ends one only at the end of a line."""
    lines = [line for line in script.splitlines() if not line.lstrip().startswith("--")]
    parts = re.split(r";[ \t]*(?:\n|$)", "\n".join(lines))
    return [part.strip() for part in parts if part.strip()]


def _speller(words: Mapping[str, str]) -> Callable[[re.Match[str]], str]:
    return lambda match: _spelt(match, words)


def _spelt(match: re.Match[str], words: Mapping[str, str]) -> str:
    return words[match["word"]] if match["word"] else match[0]
