"""Whether a quiet stream shows that it lives, and moves its reader's place."""

from typing import Final

from hirewire.sse_conformance.checks.check import Check, expect
from hirewire.sse_conformance.target import Listening, Target

BEAT: Final = "heartbeat"
LEEWAY: Final = 1.3
"""A heartbeat may be a fifth late, and the network is not ours."""


def _beats(stream: Listening) -> list[str | None]:
    return [event.own_id for event in stream.events if event.type == BEAT]


async def _interval(target: Target) -> None:
    longest_s = target.options.heartbeat_s * LEEWAY
    async with target.listen() as stream:
        await stream.settle()
        for _ in range(2):
            before = stream.bytes
            came = await stream.until(lambda: stream.bytes > before, longest_s)  # noqa: B023
            expect(came, f"Nothing came in {longest_s:g} s: proxies take it for dead.")


async def _cursor(target: Target) -> None:
    longest_s = target.options.heartbeat_s * LEEWAY
    async with target.listen() as stream:
        await stream.settle()
        before = _beats(stream)
        expect(before and before[-1], "The first heartbeat has no id.")
        await target.published(stream)
        count = len(before)
        came = await stream.until(lambda: len(_beats(stream)) > count, longest_s)
        expect(came, f"No heartbeat came in {longest_s:g} s.")
        after = _beats(stream)[-1]
    expect(after and after != before[-1], "A heartbeat after an event has the id of before it.")
    for cursor, missed in ((after, 0), (before[-1], 1)):
        async with target.listen(cursor=cursor) as again:
            await again.settle()
        came_again = len(target.told(again.events))
        expect(
            came_again == missed,
            f"From a heartbeat with {missed} events behind it {came_again} are replayed.",
        )


HEARTBEATS: Final = (
    Check("heartbeat.interval", "Something comes often enough", _interval),
    Check("heartbeat.cursor", "Heartbeats move the reader's place", _cursor, is_ours=True),
)
