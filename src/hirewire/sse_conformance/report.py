"""How findings are told: a line each for people, or one JSON document."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Final

from rich.console import Console
from rich.text import Text

from hirewire.sse_conformance.options import Options
from hirewire.sse_conformance.suite import Finding, Outcome

_STYLES: Final = {
    Outcome.PASSED: "green",
    Outcome.FAILED: "bold red",
    Outcome.SKIPPED: "dim",
}


def tell(console: Console, finding: Finding) -> None:
    """Print one finding."""
    style = _STYLES[finding.outcome]
    line = Text.assemble(
        (f"{finding.outcome:<8}", style),
        (f"{finding.check.id:<24}", "bold"),
        finding.check.title,
    )
    console.print(line, soft_wrap=True)
    if finding.reason:
        console.print(Text(f"{'':8}{finding.reason}", style), soft_wrap=True)


def sum_up(console: Console, found: Iterable[Finding]) -> None:
    """Print how many came out how."""
    counts = Counter(finding.outcome for finding in found)
    console.print(", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome))


def as_json(options: Options, found: Iterable[Finding]) -> str:
    """Spell all findings for programs."""
    found = list(found)
    counts = Counter(finding.outcome for finding in found)
    document = {
        "url": f"{options.url.origin}{options.url.target}",
        "profile": options.profile,
        **{outcome.value: counts[outcome] for outcome in Outcome},
        "checks": [
            {
                "id": finding.check.id,
                "title": finding.check.title,
                "outcome": finding.outcome.value,
                "reason": finding.reason or None,
            }
            for finding in found
        ],
    }
    return json.dumps(document, indent=2)
