"""`long-function`: a function fits on a screen."""

import ast
from collections.abc import Iterator
from typing import Final

from tools.lint.source import Finding, Source

RULE: Final = "long-function"
LIMIT: Final = 60


def check(source: Source) -> Iterator[Finding]:
    """Find every function of more than `LIMIT` lines, its decorators not counted."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > LIMIT:
            message = f"{node.name} has {lines} lines, over {LIMIT}"
            yield Finding(RULE, node.lineno, node.body[0].lineno - 1, message)
