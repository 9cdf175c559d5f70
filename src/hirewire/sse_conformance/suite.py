"""Makes the checks one after the other, and says what came of each."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hirewire.sse_conformance.checks import CHECKS
from hirewire.sse_conformance.checks.check import Check
from hirewire.sse_conformance.options import Options
from hirewire.sse_conformance.target import UNREACHABLE, Failed, Skipped, Target

LONGEST_S: Final = 300.0


class Outcome(StrEnum):
    """What came of a check."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one check; *reason* says why it did not pass."""

    check: Check
    outcome: Outcome
    reason: str = ""


def chosen(options: Options) -> tuple[Check, ...]:
    """Pick the checks that are to be made: those named, by id or by group, or all."""
    if not options.only:
        return CHECKS
    return tuple(each for each in CHECKS if {each.id, each.group} & set(options.only))


async def findings(options: Options) -> AsyncIterator[Finding]:
    """Make the checks, and yield what came of each as soon as it is known."""
    target = Target(options)
    for check in chosen(options):
        yield await _found(check, target)


async def _found(check: Check, target: Target) -> Finding:
    if check.is_ours and not target.options.is_hirewire:
        reason = "the HTML standard does not ask for it (--profile hirewire does)"
        return Finding(check, Outcome.SKIPPED, reason)
    try:
        async with asyncio.timeout(LONGEST_S):
            await check.examine(target)
    except Skipped as skipped:
        return Finding(check, Outcome.SKIPPED, str(skipped))
    except Failed as failed:
        return Finding(check, Outcome.FAILED, str(failed))
    except UNREACHABLE as error:
        said = str(error) or "it took too long"
        return Finding(check, Outcome.FAILED, f"{type(error).__name__}: {said}")
    return Finding(check, Outcome.PASSED)
