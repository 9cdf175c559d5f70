"""`inner-import`: imports stand at the top of a module, where its needs are seen."""

import ast
from collections.abc import Iterator
from typing import Final

from tools.lint.source import Finding, Source, finding_at

RULE: Final = "inner-import"


def check(source: Source) -> Iterator[Finding]:
    """Find every import inside a function."""
    found = {
        node
        for function in ast.walk(source.tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    for node in sorted(found, key=lambda node: node.lineno):
        yield finding_at(RULE, node, "import inside a function")
