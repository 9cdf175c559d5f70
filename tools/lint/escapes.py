"""The escape comment, `# lint: allow <rule> - <reason>`, and what makes it a good one."""

import re
import tokenize
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from io import StringIO

from tools.lint.source import Finding, Source

RULE = "escape"

_MARK = re.compile(r"#\s*lint:")
_FULL = re.compile(r"#\s*lint: allow (?P<rule>[a-z-]+) - (?P<reason>\S.*)")


@dataclass(frozen=True, slots=True)
class Escape:
    """One rule set aside, for a reason, for the code on *covers*."""

    rule: str
    line: int
    covers: int

    def excuses(self, finding: Finding) -> bool:
        """Tell whether this escape is for *finding*."""
        on_it = finding.first_line <= self.covers <= finding.last_line
        return self.rule == finding.rule and on_it


def settle(
    source: Source, findings: Collection[Finding], rules: Collection[str]
) -> list[Finding]:
    """Drop the findings that are excused, and add those that the escapes themselves are."""
    good: list[Escape] = []
    bad: list[Finding] = []
    for line, alone, comment in _marks(source.text):
        match = _FULL.match(comment)
        if match is None:
            bad.append(_bad(line, "write `# lint: allow <rule> - <reason>`"))
        elif match["rule"] not in rules:
            bad.append(_bad(line, f"no rule is called `{match['rule']}`"))
        else:
            good.append(Escape(match["rule"], line, line + 1 if alone else line))
    bad.extend(
        _bad(escape.line, f"nothing here breaks `{escape.rule}`; remove this")
        for escape in good
        if not any(escape.excuses(finding) for finding in findings)
    )
    left = [f for f in findings if not any(escape.excuses(f) for escape in good)]
    return sorted([*left, *bad], key=lambda f: (f.first_line, f.rule))


def _marks(text: str) -> Iterator[tuple[int, bool, str]]:
    """Each `# lint:` comment: its line, whether it stands alone there, and its text."""
    for token in tokenize.generate_tokens(StringIO(text).readline):
        if token.type == tokenize.COMMENT and _MARK.match(token.string):
            alone = not token.line[: token.start[1]].strip()
            yield token.start[0], alone, token.string


def _bad(line: int, message: str) -> Finding:
    return Finding(RULE, line, line, message)
