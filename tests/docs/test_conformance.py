"""The pages about conformance: each row has its verdict, and each named test exists."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = sorted((ROOT / "docs" / "conformance").glob("*.md"))
LISTS: Final = [page for page in PAGES if page.stem in {"oidc", "oauch"}]
VERDICT: Final = re.compile(r"pass(?:: .+)?|(?:not applicable|differs): .+")

_NODE: Final = re.compile(r"`(?P<file>tests/[\w/]+\.py)(?:::(?P<name>[\w:]+))?(?:\[[^`]*\])?`")


@dataclass(frozen=True, slots=True)
class Row:
    """A requirement, what became of it, and how that is known."""

    names: str
    verdict: str
    tests: str


def name_of(page: Path) -> str:
    return page.name


def rows(page: Path) -> list[Row]:
    """Read the rows of the tables of a list; heads and rules are left out."""
    lines = [line for line in page.read_text("utf-8").splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [Row(names, verdict, tests) for names, _, verdict, tests in cells]


@cache
def defined_in(file: str) -> frozenset[str]:
    """List the tests of a file as pytest names them, without parameters."""
    found = set()
    for node in ast.parse((ROOT / file).read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{test.name}" for test in _functions(node.body)}
        found |= {test.name for test in _functions([node])}
    return frozenset(found)


def _functions(body: list[ast.stmt]) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [each for each in body if isinstance(each, kinds) and each.name.startswith("test")]


class TestLists:
    @pytest.mark.parametrize("page", PAGES, ids=name_of)
    def test_name_tests_that_exist(self, page: Path) -> None:
        """
        Whoever runs a test that a page names, runs one.
        """
        named = list(_NODE.finditer(page.read_text("utf-8")))

        lost = [
            match[0]
            for match in named
            if not (ROOT / match["file"]).exists()
            or (match["name"] and match["name"] not in defined_in(match["file"]))
        ]

        assert named != []
        assert lost == []

    @pytest.mark.parametrize("page", LISTS, ids=name_of)
    def test_have_a_verdict_on_everything(self, page: Path) -> None:
        """
        Every row says pass, or why not; and whatever passes says which test knows.
        """
        listed = rows(page)

        unsaid = [row.names for row in listed if not VERDICT.fullmatch(row.verdict)]
        untested = [
            row.names
            for row in listed
            if row.verdict.startswith("pass") and not _NODE.search(row.tests)
        ]

        assert len(listed) > 50
        assert (unsaid, untested) == ([], [])

    @pytest.mark.parametrize("page", LISTS, ids=name_of)
    def test_name_nothing_twice_in_a_table(self, page: Path) -> None:
        """
        A requirement has one row in its table.
        """
        tables = page.read_text("utf-8").split("\n## ")

        twice = [
            name
            for table in tables
            for names in [re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE)]
            for name in names
            if names.count(name) > 1
        ]

        assert twice == []
