"""How many may listen, and how all of them are sent away."""

import asyncio
from contextlib import AsyncExitStack
from typing import Final

from hirewire.sse_conformance.checks.check import Check, document, expect, need
from hirewire.sse_conformance.checks.resume import compare
from hirewire.sse_conformance.target import (
    OK,
    UNREACHABLE,
    Failed,
    Listening,
    Skipped,
    Target,
    run,
)
from hirewire.sse_conformance.wire import NotHttp

LAST_WORD: Final = "reconnect"
_TOO_MANY: Final = 429


async def _limit(target: Target) -> None:
    limit = target.options.limit
    if limit is None:
        raise Skipped("--limit is not given")
    async with AsyncExitStack() as streams:
        for number in range(1, limit + 1):
            try:
                await streams.enter_async_context(target.listen())
            except Failed as refused:
                raise Failed(f"Stream {number} of {limit}: {refused}") from refused
        async with target.ask() as answer:
            status, wait = answer.status, answer.header("retry-after")
        expect(status == _TOO_MANY, f"Stream {limit + 1} is answered {status}.")
        expect(wait, "429 comes without Retry-After.")
    expect(await _is_let_in(target), "There is no place although all have gone.")


async def _is_let_in(target: Target) -> bool:
    loop = asyncio.get_running_loop()
    ends_at_s = loop.time() + target.options.patience_s
    while loop.time() < ends_at_s:
        async with target.ask() as answer:
            if answer.status == OK:
                return True
        await _wait(target.options.quiet_s)
    return False


async def _drain(target: Target) -> None:
    command = need(target.options.drain_command, "--drain-command")
    await target.learn()
    async with target.listen() as stream:
        await stream.settle()
        heard = await _heard_one(target, stream)
        stopping = asyncio.ensure_future(run(command))
        try:
            await _end(target, stream)
        finally:
            await stopping
    if target.options.is_hirewire:
        _check_last_word(stream)
    if not target.options.return_s:
        return
    if not stream.reader.last_id:
        raise Skipped("it ended well; without ids nobody can come back")
    await _come_back(target, stream, heard)


async def _heard_one(target: Target, stream: Listening) -> bool:
    try:
        await target.published(stream)
    except Skipped:
        return False
    return True


async def _end(target: Target, stream: Listening) -> None:
    """Listen to the end, which has to come by the server's will."""
    try:
        ended = await stream.until(lambda: stream.has_ended, target.options.return_s or 30.0)
    except NotHttp as error:
        raise Failed(f"The stream is cut off: {error}") from error
    expect(ended, "The stream does not end.")
    expect(stream.reader.is_between_events, "The stream ends in the middle of an event.")


def _check_last_word(stream: Listening) -> None:
    last = stream.events[-1]
    expect(last.type == LAST_WORD, f"The last event is {last.type!r}, not {LAST_WORD!r}.")
    said = document(last.data)
    expect(said.get("reason") == "drained", f"The reason is {said.get('reason')!r}.")
    wait_ms = said.get("waitMs")
    expect(isinstance(wait_ms, int), f"waitMs is {wait_ms!r}.")
    expect(last.retry_ms == wait_ms, f"retry is {last.retry_ms!r}, waitMs {wait_ms!r}.")


async def _come_back(target: Target, stream: Listening, heard: bool) -> None:  # noqa: FBT001
    """Wait for the server, and find nothing lost and nothing doubled since."""
    await _wait((stream.reader.retry_ms or 0) / 1000)
    loop = asyncio.get_running_loop()
    ends_at_s = loop.time() + target.options.return_s
    while loop.time() < ends_at_s:
        try:
            async with target.listen(cursor=stream.reader.last_id) as again:
                await again.settle()
                compare(target.told(again.events), [])
                if heard:
                    await target.published(again)
                return
        except UNREACHABLE:
            await _wait(target.options.quiet_s)
        except Failed as refused:
            if "503" not in str(refused):
                raise
            await _wait(target.options.quiet_s)
    raise Failed(f"The server is not back in {target.options.return_s:g} s.")


async def _wait(seconds: float) -> None:
    # lint: allow clock - a real server is waited for, and this package stands alone
    await asyncio.sleep(seconds)


PLACES: Final = (
    Check("limits.streams", "One too many is answered 429, and when to come back", _limit),
    Check("drain.end", "A server that stops ends its streams well, and goes on", _drain),
)
