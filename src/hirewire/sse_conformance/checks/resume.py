"""Whether who comes back is sent what they missed: all of it, once, in its order."""

from typing import Final

from hirewire.sse_conformance.checks.check import Check, Examine, expect
from hirewire.sse_conformance.events import Event
from hirewire.sse_conformance.target import Failed, Skipped, Target

MISSED: Final = 4


async def missed(target: Target) -> tuple[str, list[Event]]:
    """Listen, leave, and have events caused; return the cursor, and what a witness heard."""
    await target.learn()
    async with target.listen() as witness:
        await witness.settle()
        async with target.listen() as reader:
            await reader.settle()
            await target.published(reader)
            cursor = reader.reader.last_id
        if not cursor:
            raise Failed("No event has an id: nobody can come back to it.")
        await witness.settle()
        return cursor, await target.published(witness, MISSED)


async def heard_after(
    target: Target, cursor: str, expected: list[Event], *, by_query: bool = False
) -> None:
    """
    Come back, and hear the *expected* events and then one more, live.

    Raises:
        Failed: something is lost, doubled, out of order, or other than it was.
    """
    name = target.options.cursor_parameter
    query = {name: cursor} if by_query and name else None
    async with target.listen(cursor=None if by_query else cursor, query=query) as stream:
        await stream.until(
            lambda: len(target.told(stream.events)) >= len(expected), target.options.patience_s
        )
        await stream.settle()
        compare(target.told(stream.events), expected)
        live = await target.published(stream)
        await stream.settle()
        after = target.told(stream.events)[len(expected) :]
        expect(after == live and len(live) == 1, "What came live after it came not once.")


def compare(heard: list[Event], expected: list[Event]) -> None:
    """
    See that what was heard is what was to be heard.

    Raises:
        Failed: it is not.
    """
    told, wanted = [_said(event) for event in heard], [_said(event) for event in expected]
    lost = [each for each in wanted if each not in told]
    expect(not lost, f"{len(lost)} of {len(wanted)} events were lost.")
    doubled = len(told) - len(set(told))
    expect(not doubled, f"{doubled} events came twice.")
    strange = [each for each in told if each not in wanted]
    expect(not strange, f"{len(strange)} events came that were heard before, or changed.")
    expect(told == wanted, "The order of events is another.")


def _said(event: Event) -> tuple[str, str, str | None]:
    return event.type, event.data, event.own_id


def _resumed(*, by_query: bool, skip: int) -> Examine:
    async def examine(target: Target) -> None:
        if by_query and target.options.cursor_parameter is None:
            raise Skipped("--cursor-parameter is not given")
        cursor, witnessed = await missed(target)
        if skip:
            cursor = witnessed[skip - 1].last_id
        await heard_after(target, cursor, witnessed[skip:], by_query=by_query)

    return examine


async def _at_the_end(target: Target) -> None:
    _, witnessed = await missed(target)
    await heard_after(target, witnessed[-1].last_id, [])


async def _header_wins(target: Target) -> None:
    name = target.options.cursor_parameter
    cursor, witnessed = await missed(target)
    query = {str(name): cursor}
    async with target.listen(cursor=witnessed[-1].last_id, query=query) as stream:
        await stream.settle()
    expect(not target.told(stream.events), "The query counts although the header is there.")


RESUME: Final = (
    Check("resume.header", "Last-Event-ID brings all, once", _resumed(by_query=False, skip=0)),
    Check("resume.midway", "From the middle: the rest alone", _resumed(by_query=False, skip=2)),
    Check("resume.end", "From the end: nothing", _at_the_end),
    Check("resume.query", "The query brings the same", _resumed(by_query=True, skip=0)),
    Check("resume.header-wins", "The header wins over the query", _header_wins, is_ours=True),
)
