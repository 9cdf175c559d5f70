"""
One SQL text for two databases: parameters, and the few words where the dialects part.

A text has `:named` parameters. A parameter after `IN` takes a list. `@for_update` and
`@skip_locked` lock rows on PostgreSQL and are nothing on SQLite, whose one writer needs
no locks. `@identity` is a primary key that counts up.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_PARAMETER: Final = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")
_LIST: Final = re.compile(r"\bIN\s+:([a-z_][a-z0-9_]*)")
_WORD: Final = re.compile(r"@([a-z_]+)")

SQLITE_WORDS: Final[Mapping[str, str]] = {
    "for_update": "",
    "skip_locked": "",
    "identity": "integer PRIMARY KEY AUTOINCREMENT",
}
POSTGRES_WORDS: Final[Mapping[str, str]] = {
    "for_update": "FOR UPDATE",
    "skip_locked": "SKIP LOCKED",
    "identity": "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A text in one dialect, the *names* of its parameters in order, and which are *lists*."""

    text: str
    names: tuple[str, ...]
    lists: tuple[str, ...]


@lru_cache(maxsize=4096)
def for_postgres(sql: str) -> Prepared:
    """Number the parameters, and compare lists with `= ANY`."""
    lists = tuple(_LIST.findall(sql))
    text = _LIST.sub(r"= ANY(:\1)", spell(sql, POSTGRES_WORDS))
    names: list[str] = []

    def number(match: re.Match[str]) -> str:
        if match[1] not in names:
            names.append(match[1])
        return f"${names.index(match[1]) + 1}"

    return Prepared(_PARAMETER.sub(number, text), tuple(names), lists)


@lru_cache(maxsize=4096)
def for_sqlite(sql: str) -> Prepared:
    """Keep the names; lists are spread out by `spread`, as their length is known late."""
    text = spell(sql, SQLITE_WORDS)
    return Prepared(text, tuple(_PARAMETER.findall(text)), tuple(_LIST.findall(text)))


def spread(
    prepared: Prepared, params: Mapping[str, object]
) -> tuple[str, Mapping[str, object]]:
    """Replace each list parameter by as many parameters as the list is long."""
    text = prepared.text
    flat = dict(params)
    for name in prepared.lists:
        items = flat.pop(name)
        if not isinstance(items, list | tuple):
            msg = f":{name} stands after IN and takes a list"
            raise TypeError(msg)
        flat |= {f"{name}__{i}": item for i, item in enumerate(items)}
        holes = ", ".join(f":{name}__{i}" for i in range(len(items)))
        text = re.sub(rf"\bIN\s+:{name}\b", f"IN ({holes})", text)
    return text, flat


def spell(sql: str, words: Mapping[str, str]) -> str:
    """Replace the `@words` of *sql*."""
    return _WORD.sub(lambda match: words[match[1]], sql) if "@" in sql else sql


def statements(script: str) -> list[str]:
    """Split a migration into its statements; `;` ends one only at the end of a line."""
    lines = [line for line in script.splitlines() if not line.lstrip().startswith("--")]
    parts = re.split(r";[ \t]*(?:\n|$)", "\n".join(lines))
    return [part.strip() for part in parts if part.strip()]
