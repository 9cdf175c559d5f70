"""Whether who comes back is told, in the first event, what became of their cursor."""

from typing import Any, Final

from hirewire.sse_conformance.checks.check import Check, document, expect
from hirewire.sse_conformance.checks.resume import MISSED, missed
from hirewire.sse_conformance.target import Listening, Target

GREETING: Final = "connection-metadata"


async def _greeting(stream: Listening, patience_s: float) -> dict[str, Any]:
    """Read the first event."""
    await stream.until(lambda: bool(stream.events), patience_s)
    expect(stream.events, "No first event came.")
    first = stream.events[0]
    expect(first.type == GREETING, f"The first event is {first.type!r}, not {GREETING!r}.")
    return document(first.data)


async def _none(target: Target) -> None:
    async with target.listen() as stream:
        said = await _greeting(stream, target.options.patience_s)
    expect(set(said) == {"connectionUuid"}, f"The first event says {sorted(said)}.")


async def _recovered(target: Target) -> None:
    cursor, _ = await missed(target)
    async with target.listen(cursor=cursor) as stream:
        said = await _greeting(stream, target.options.patience_s)
        await stream.settle()
    verdict = (said.get("recovered"), said.get("replayed"), said.get("reason", ""))
    expect(verdict == (True, MISSED, None), f"The verdict on {MISSED} missed is {verdict}.")
    told = len(target.told(stream.events))
    expect(told == MISSED, f"{told} were replayed, {MISSED} announced.")


async def _unknown(target: Target) -> None:
    async with target.listen(cursor="no-cursor-of-this-server") as stream:
        said = await _greeting(stream, target.options.patience_s)
        await stream.settle()
        verdict = (said.get("recovered"), said.get("replayed"), said.get("reason"))
        expected = (False, 0, "unknown_cursor")
        expect(verdict == expected, f"The verdict on a stranger's cursor is {verdict}.")
        expect(
            not target.told(stream.events), "Something is replayed after a stranger's cursor."
        )
        await target.published(stream)


VERDICT: Final = (
    Check("verdict.none", "Without a cursor there is none", _none, is_ours=True),
    Check("verdict.recovered", "It counts what is replayed", _recovered, is_ours=True),
    Check("verdict.unknown", "A stranger's cursor is told, and live", _unknown, is_ours=True),
)
