"""`sql`: only a `store.py`, and the runtime's own tables, speak SQL."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from tools.lint.source import Finding, Source, finding_at

RULE: Final = "sql"

_HOMES: Final = frozenset({"db", "log", "tasks"})
_STATEMENT: Final = re.compile(
    r"\s*(?:"
    r"SELECT\s+\S|INSERT\s+(?:OR\s+\w+\s+)?INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s"
    r"|CREATE\s+(?:TABLE|INDEX|UNIQUE|TRIGGER|VIEW)\s|ALTER\s+TABLE\s|DROP\s+(?:TABLE|INDEX)\s"
    r"|WITH\s+\w+\s+AS\s*\(|PRAGMA\s+\w"
    r"|select\s.+\sfrom\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s"
    r"|create\s+table\s|alter\s+table\s|drop\s+table\s|pragma\s+\w+\s*="
    r")",
    re.DOTALL,
)


def check(source: Source) -> Iterator[Finding]:
    """Find every string, plain or formatted, that begins as a statement does."""
    if not source.inside or _may_speak_sql(source.inside):
        return
    skipped = _parts_of_others(source.tree)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.expr) and node not in skipped and _is_statement(node):
            yield finding_at(RULE, node, "SQL outside store.py")


def _may_speak_sql(inside: tuple[str, ...]) -> bool:
    if inside[-1] == "store":
        return True
    return inside[0] == "runtime" and len(inside) > 1 and inside[1] in _HOMES


def _parts_of_others(tree: ast.Module) -> set[ast.expr]:
    """The pieces of formatted strings, read with the whole, and the docstrings."""
    parts: set[ast.expr] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts.update(node.values)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            parts.add(node.value)
    return parts


def _is_statement(node: ast.expr) -> bool:
    return _STATEMENT.match(_text(node)) is not None


def _text(node: ast.expr) -> str:
    """The string that *node* is, an `x` standing for what is filled in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(v) if isinstance(v, ast.Constant) else "x" for v in node.values)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return ""
