"""The page about clients names every test of clients and browser, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "conformance" / "clients.md"

_TEST: Final = re.compile(r"`(tests/[a-z0-9_/]+\.py::\w+::\w+)`")


def written() -> Iterator[str]:
    """Yield the name of each test that there is, but for this file's."""
    for folder in ("clients", "browser"):
        for file in sorted((ROOT / "tests" / folder).rglob("test_*.py")):
            if file != Path(__file__) and "node_modules" not in file.parts:
                yield from named(file)


def named(file: Path) -> Iterator[str]:
    for group in ast.parse(file.read_text("utf-8")).body:
        if isinstance(group, ast.ClassDef):
            for test in group.body:
                name = getattr(test, "name", "")
                if name.startswith("test_"):
                    yield f"{file.relative_to(ROOT)}::{group.name}::{name}"


class TestThePage:
    def test_lists_each_test_once(self) -> None:
        """What the page says can be run, and what runs is on the page."""
        listed = _TEST.findall(PAGE.read_text("utf-8"))

        assert sorted(listed) == sorted(written())
