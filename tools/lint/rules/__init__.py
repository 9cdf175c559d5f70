"""The rules, one a file: each looks at one source and yields what breaks it."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from tools.lint.rules import (
    clock,
    commit,
    first_sentence,
    inner_import,
    long_function,
    long_module,
    sql,
)
from tools.lint.source import Finding, Source

Rule = Callable[[Source], Iterator[Finding]]

RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        rule.RULE: rule.check
        for rule in (
            clock,
            commit,
            first_sentence,
            inner_import,
            long_function,
            long_module,
            sql,
        )
    }
)
