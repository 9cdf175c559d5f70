"""`python -m hirewire.sse_conformance URL`: check a server, exit code 1 on a failure."""

import asyncio
import sys
from collections.abc import Sequence

from rich.console import Console

from hirewire.sse_conformance import report
from hirewire.sse_conformance.options import read_options
from hirewire.sse_conformance.suite import Outcome, findings


def main(arguments: Sequence[str]) -> int:
    """Make the checks, and print what they find."""
    return asyncio.run(_main(arguments))


async def _main(arguments: Sequence[str]) -> int:
    options = read_options(arguments)
    console = Console(highlight=False)
    found = []
    async for finding in findings(options):
        found.append(finding)
        if not options.as_json:
            report.tell(console, finding)
    if options.as_json:
        sys.stdout.write(report.as_json(options, found) + "\n")
    else:
        report.sum_up(console, found)
    return 1 if any(finding.outcome is Outcome.FAILED for finding in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
