"""`first-sentence`: every module begins by saying, in a sentence, what it owns."""

import ast
from collections.abc import Iterator
from typing import Final

from tools.lint.source import Finding, Source

RULE: Final = "first-sentence"


def check(source: Source) -> Iterator[Finding]:
    """Find a module without a docstring, or whose first paragraph is no sentence."""
    docstring = ast.get_docstring(source.tree)
    if docstring is None:
        yield Finding(RULE, 1, 1, "the module has no docstring")
        return
    first = docstring.split("\n\n")[0].strip()
    if not first.endswith((".", ".)")):
        yield Finding(RULE, 1, 1, "the docstring's first paragraph ends without a period")
