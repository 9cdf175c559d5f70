"""
`python -m tools.changelog VERSION DATE`: turn the fragments of `changelog.d/` into a release.

Each fragment, `<issue>.<kind>.md`, becomes one item under its kind in `CHANGELOG.md`, above
the releases before it, and is removed.
"""

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Self

KINDS: Final = ("added", "changed", "fixed", "removed", "security")
TITLE: Final = "# Changelog\n"

_NAME: Final = re.compile(rf"(?P<issue>\d+)\.(?P<kind>{'|'.join(KINDS)})\.md")
_VERSION: Final = re.compile(r"\d+\.\d+\.\d+")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


class BadFragmentError(Exception):
    """A file of `changelog.d/` is no fragment."""


@dataclass(frozen=True, slots=True, order=True)
class Fragment:
    """What one issue changed for those who run or call hirewire."""

    issue: int
    kind: str
    text: str

    @classmethod
    def read(cls, name: str, text: str) -> Self:
        """
        Read a file of `changelog.d/`.

        Raises:
            BadFragmentError: it is not named as one, or says nothing.
        """
        match = _NAME.fullmatch(name)
        if match is None:
            msg = f"{name}: name it <issue>.<kind>.md, the kind one of {', '.join(KINDS)}"
            raise BadFragmentError(msg)
        if not text.strip():
            msg = f"{name}: it says nothing"
            raise BadFragmentError(msg)
        return cls(int(match["issue"]), match["kind"], text.strip())

    def item(self) -> str:
        """Write the fragment as one item of a list."""
        return f"- {self.text} (#{self.issue})".replace("\n", "\n  ")


def release(version: str, day: date, fragments: Iterable[Fragment]) -> str:
    """Write the section of one release."""
    ordered = sorted(fragments)
    sections = [_section(kind, ordered) for kind in KINDS]
    return "\n\n".join([f"## {version} ({day.isoformat()})", *filter(None, sections)]) + "\n"


def collect(root: Path, version: str, day: date) -> int:
    """
    Move the fragments of the project at *root* to its changelog, and count them.

    Raises:
        BadFragmentError: one of them is none; nothing was changed then.
    """
    files = [f for f in sorted((root / "changelog.d").iterdir()) if f.name != "README.md"]
    fragments = [Fragment.read(file.name, file.read_text("utf-8")) for file in files]
    log = root / "CHANGELOG.md"
    before = log.read_text("utf-8").removeprefix(TITLE) if log.exists() else ""
    log.write_text(f"{TITLE}\n{release(version, day, fragments)}{before}", "utf-8")
    for file in files:
        file.unlink()
    return len(fragments)


def main(arguments: Sequence[str], root: Path) -> int:
    """Collect the fragments into a release; 2 when the command or a fragment is wrong."""
    match arguments:
        case [version, day] if _VERSION.fullmatch(version) and _DAY.fullmatch(day):
            return _collect_or_explain(root, version, date.fromisoformat(day))
    print("usage: python -m tools.changelog 1.2.3 2026-01-31", file=sys.stderr)
    return 2


def _collect_or_explain(root: Path, version: str, day: date) -> int:
    try:
        print(f"changelog: {collect(root, version, day)} changes in {version}")
    except BadFragmentError as bad:
        print(f"changelog: {bad}", file=sys.stderr)
        return 2
    return 0


def _section(kind: str, fragments: Iterable[Fragment]) -> str:
    """Write the items of one kind under its title; nothing when there are none."""
    items = [fragment.item() for fragment in fragments if fragment.kind == kind]
    return f"### {kind.capitalize()}\n\n" + "\n".join(items) if items else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path.cwd()))
