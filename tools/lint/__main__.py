"""`python -m tools.lint [paths]`: apply every house rule, print what breaks one."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tools.lint.escapes import settle
from tools.lint.rules import RULES
from tools.lint.source import Finding, Source

PLACES: Final = ("src", "tests", "tools", "bench")


def lint(source: Source) -> list[Finding]:
    """Apply every rule to *source*, and let its escapes speak."""
    findings = [finding for check in RULES.values() for finding in check(source)]
    return settle(source, findings, RULES)


def main(arguments: Sequence[str]) -> int:
    """Lint the files and folders named, or the whole project; 1 when a rule is broken."""
    root = Path.cwd()
    places = arguments or [place for place in PLACES if Path(place).exists()]
    files = sorted(_python_files(root / place for place in places))
    broken = 0
    for file in files:
        path = file.relative_to(root).as_posix()
        for finding in lint(Source.parse(path, file.read_text("utf-8"))):
            print(f"{path}:{finding.first_line}: {finding.rule}: {finding.message}")
            broken += 1
    print(f"house: {len(files)} files, {broken} broken rules")
    return 1 if broken else 0


def _python_files(places: Iterator[Path]) -> Iterator[Path]:
    for place in places:
        if place.is_dir():
            yield from place.rglob("*.py")
        else:
            yield place


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
