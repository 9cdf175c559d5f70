"""Whether what is sent is an event stream: its head, its lines, and when it comes."""

from typing import Final

from hirewire.sse_conformance.checks.check import Check, Examine, expect
from hirewire.sse_conformance.events import Flaw
from hirewire.sse_conformance.target import ACCEPT, OK, Failed, Listening, Skipped, Target

FIRST_S: Final = 2.0


async def _sampled(target: Target) -> Listening:
    """Return what came at first on a stream, and an event if one can be caused; taken once."""
    if target.sample is None:
        async with target.listen() as stream:
            await stream.settle()
            await _cause(target, stream)
            await stream.settle()
        target.sample = stream
    return target.sample


async def _cause(target: Target, stream: Listening) -> None:
    """Cause an event if that is possible; that it comes is what other checks ask for."""
    try:
        await target.published(stream)
    except Skipped:
        expect(stream.bytes, "Nothing came, and it is not said how to cause an event.")
    except Failed:
        return


async def _status(target: Target) -> None:
    async with target.ask() as answer:
        expect(answer.status == OK, f"The status is {answer.status}.")


async def _content_type(target: Target) -> None:
    async with target.ask() as answer:
        given = answer.header("content-type") or ""
    kind, _, parameters = given.lower().partition(";")
    expect(kind.strip() == ACCEPT, f"Content-Type is {given!r}.")
    charset = parameters.replace(" ", "").replace('"', "")
    expect(charset in {"", "charset=utf-8"}, f"Content-Type is {given!r}.")


async def _cache_control(target: Target) -> None:
    async with target.ask() as answer:
        given = answer.header("cache-control")
    words = {word.strip().lower() for word in (given or "").split(",")}
    expect(
        words & {"no-store", "no-cache"}, f"Cache-Control is {given!r}: proxies may keep it."
    )


async def _coding(target: Target) -> None:
    async with target.ask() as answer:
        expect(answer.header("content-length") is None, "Content-Length ends the stream.")
        coding = answer.header("content-encoding")
    expect(
        coding in {None, "identity"}, f"Content-Encoding is {coding!r}, though not asked for."
    )


async def _first_byte(target: Target) -> None:
    async with target.listen() as stream:
        if await stream.until(lambda: stream.bytes > 0, FIRST_S):
            return
    if target.options.is_hirewire:
        raise Failed(f"Nothing came in {FIRST_S:g} s.")
    raise Skipped("the head came at once, and the standard asks for nothing more")


async def _whole_events(target: Target) -> None:
    stream = await _sampled(target)
    expect(Flaw.MERGED not in stream.reader.flaws, f"There is {Flaw.MERGED}.")
    whole = stream.reader.is_between_events
    expect(whole, "What came last is not ended by an empty line: readers wait for it.")


async def _arrival(target: Target) -> None:
    await target.learn()
    async with target.listen() as stream:
        await stream.settle()
        first = await target.published(stream)
        await stream.settle()
    expect(len(first) == 1, f"{len(first)} events came of one.")


async def _bom(target: Target) -> None:
    if not target.options.is_hirewire:
        raise Skipped("the standard allows a byte order mark")
    stream = await _sampled(target)
    expect(not stream.reader.has_bom, "The stream begins with a byte order mark.")


async def _ids(target: Target) -> None:
    stream = await _sampled(target)
    bare = sorted({event.type for event in stream.events if event.own_id is None})
    expect(not bare, f"Events without an id: {', '.join(bare)}.")


async def _retry_hint(target: Target) -> None:
    stream = await _sampled(target)
    expect(stream.reader.retry_ms is not None, "Nothing says how long to wait (`retry`).")


async def _filter(target: Target) -> None:
    await target.learn()
    other = {"eventTypes": target.options.other_event_type}
    async with target.listen() as whole, target.listen(query=other) as filtered:
        await whole.settle()
        await filtered.settle()
        await target.published(whole)
        await filtered.settle()
        expect(not target.told(filtered.events), "An event came that was not asked for.")
        expect(filtered.events, "Control events are held back, too.")


async def _bad_filter(target: Target) -> None:
    async with target.ask(query={"eventTypes": "no-such-type"}) as answer:
        expect(answer.status == 400, f"An event type that is none is answered {answer.status}.")  # noqa: PLR2004


def _free_of(flaw: Flaw) -> Examine:
    async def examine(target: Target) -> None:
        stream = await _sampled(target)
        expect(flaw not in stream.reader.flaws, f"There is {flaw}.")

    return examine


FRAMING: Final = (
    Check("framing.status", "A stream is answered 200", _status),
    Check("framing.content-type", "Its type is text/event-stream, in UTF-8", _content_type),
    Check("framing.cache-control", "Nobody is to keep it", _cache_control),
    Check("framing.coding", "It has no length, and no coding that was not asked for", _coding),
    Check("framing.first-byte", "Something is sent at once", _first_byte),
    Check("framing.utf-8", "All of it is UTF-8", _free_of(Flaw.NOT_UTF8)),
    Check("framing.bom", "No byte order mark", _bom),
    Check("framing.nul", "No NUL in an id", _free_of(Flaw.NUL_IN_ID)),
    Check("framing.retry", "A retry is digits", _free_of(Flaw.BAD_RETRY)),
    Check("framing.whole-events", "Every event ends with an empty line", _whole_events),
    Check("framing.arrival", "An event that is caused comes, once", _arrival),
    Check("framing.ids", "Every event has an id", _ids, is_ours=True),
    Check("framing.retry-hint", "It is said how long to wait", _retry_hint, is_ours=True),
    Check("filter.event-types", "eventTypes holds others back", _filter, is_ours=True),
    Check("filter.unknown", "An unknown event type is refused", _bad_filter, is_ours=True),
)
