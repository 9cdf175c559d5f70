"""`long-module`: a file holds one idea, and can be read in one sitting."""

from collections.abc import Iterator
from typing import Final

from tools.lint.source import Finding, Source

RULE: Final = "long-module"
LIMIT: Final = 500


def check(source: Source) -> Iterator[Finding]:
    """Find a file of more than `LIMIT` lines."""
    lines = len(source.text.splitlines())
    if lines > LIMIT:
        yield Finding(RULE, 1, 1, f"the module has {lines} lines, over {LIMIT}")
