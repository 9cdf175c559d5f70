"""The map of RFC 9700: no section is left out, and whatever passes says which test knows."""

import re
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[2] / "docs" / "conformance" / "rfc9700.md"
SECTIONS: Final = (
    *("2.1", "2.1.1", "2.1.2", "2.2.1", "2.2.2", "2.3", "2.4", "2.5", "2.6"),
    *("4.1", "4.2", "4.3.1", "4.3.2", "4.4", "4.5", "4.6", "4.7", "4.8", "4.9.1", "4.9.2"),
    *("4.10.1", "4.10.2", "4.11.1", "4.11.2", "4.12", "4.13", "4.14.2", "4.15", "4.16"),
    "4.17",
)

_VERDICT: Final = re.compile(r"pass|(?:not applicable|differs): .+")


def rows() -> list[list[str]]:
    """Read the rows of the tables, without their heads."""
    lines = PAGE.read_text("utf-8").splitlines()
    return [
        [cell.strip() for cell in line.strip("| ").split("|")]
        for line in lines
        if line.startswith("| `")
    ]


class TestMap:
    def test_has_every_section(self) -> None:
        """
        Each section that asks something of a server has a row, in the order of the RFC.
        """
        sections = dict.fromkeys(row[0].strip("`").partition(" ")[0] for row in rows())

        assert tuple(sections) == SECTIONS

    def test_has_a_verdict_on_everything(self) -> None:
        """
        A row passes and names a test, or says why not.
        """
        found = [(row[0], row[4], row[5] if len(row) > 5 else "") for row in rows()]

        unsaid = [name for name, verdict, _ in found if not _VERDICT.fullmatch(verdict)]
        untested = [name for name, verdict, test in found if verdict == "pass" and not test]

        assert (unsaid, untested) == ([], [])
