"""`commit`: slices leave the end of a transaction to the unit of work."""

import ast
from collections.abc import Iterator
from typing import Final

from tools.lint.source import Finding, Source, finding_at

RULE: Final = "commit"

_NOT_SLICES: Final = frozenset({"kit", "runtime", "server", "web"})
_METHODS: Final = frozenset({"commit", "rollback"})


def check(source: Source) -> Iterator[Finding]:
    """Find every call of a method named `commit` or `rollback`."""
    if not source.inside or source.inside[0] in _NOT_SLICES:
        return
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _METHODS
        ):
            yield finding_at(
                RULE, node, f".{node.func.attr}() in a slice; the unit of work does"
            )
