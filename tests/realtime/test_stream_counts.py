"""What the meters count of a stream is what its reader got."""

import asyncio

import pytest

from hirewire.kit.ids import IdMaker
from tests.conversations.world import World
from tests.realtime.running import PATIENCE_S, RealTime
from tests.realtime.test_replay_outages import ask_again, say_at_once

MISSED = 450
OPENING, LIVE, BEAT, FAREWELL = 3, 1, 1, 1


class TestCounts:
    @pytest.mark.fidelity("metrics.streams.frames")
    async def test_are_what_came(self, real_time: RealTime, world: World, ids: IdMaker) -> None:
        """
        Opening, pages of a replay, beat, update and farewell: each event, and each byte.
        """
        cursor, _ = await say_at_once(real_time, world, ids, MISSED)
        stream = await ask_again(real_time, world, cursor)
        body = b"".join([await stream.reader.readuntil(b"\n\n") for _ in range(453)])
        await real_time.until(lambda: not real_time.hub.unsent_bytes)
        await real_time.pass_time(25)
        await real_time.say(world.thread)
        await real_time.hub.drain(0.05)

        async with asyncio.timeout(PATIENCE_S):
            body += await stream.reader.read()

        counts = real_time.hub.counts
        assert counts.delivered == OPENING + MISSED + BEAT + LIVE + FAREWELL
        assert (body.count(b"\n\n"), len(body)) == (counts.delivered, counts.delivered_bytes)
