"""A Python file as the rules see it, and where it stands in the house."""

import ast
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Self

_PACKAGE = ("src", "hirewire")


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its path from the project's root, its text and its syntax tree."""

    path: PurePosixPath
    text: str
    tree: ast.Module

    @classmethod
    def parse(cls, path: str | PurePosixPath, text: str) -> Self:
        """
        Read *text* as the file at *path*.

        Raises:
            SyntaxError: the text is no Python.
        """
        return cls(PurePosixPath(path), text, ast.parse(text, str(path)))

    @property
    def inside(self) -> tuple[str, ...]:
        """The path below `src/hirewire`, without suffix; empty for files elsewhere."""
        parts = self.path.with_suffix("").parts
        return parts[2:] if parts[:2] == _PACKAGE else ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule: on which lines (an escape may stand on any of them), and why."""

    rule: str
    first_line: int
    last_line: int
    message: str


def finding_at(rule: str, node: ast.expr | ast.stmt, message: str) -> Finding:
    """Say that *node* breaks *rule*."""
    return Finding(rule, node.lineno, node.end_lineno or node.lineno, message)
