"""Clients that gave up before they were served: the real server, real sockets."""

import socket
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from hirewire.realtime.access import employers_heard
from hirewire.realtime.routes import PATH
from tests.conversations.world import World
from tests.realtime.running import RealTime


class TestLeft:
    @pytest.mark.fidelity("realtime.open.nobody-there")
    async def test_costs_the_database_nothing(
        self, real_time: RealTime, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Whoever left while others were served is found out before anything is read for them.
        """
        asked: list[object] = []

        async def noted(*given: Any) -> Sequence[UUID]:
            asked.append(given)
            return await employers_heard(*given)

        monkeypatch.setattr("hirewire.realtime.entrance.employers_heard", noted)
        # The loop does not turn meanwhile, as where it lags: both come to the server at once.
        for _ in range(5):
            knock_and_run(real_time, world)

        stream = await real_time.listen(world.acme_caller)

        assert (len(asked), real_time.hub.counts.opened) == (1, 1)
        await stream.leave()


def knock_and_run(real_time: RealTime, world: World) -> None:
    """Ask for a stream, and be gone before the server hears of it."""
    lines = [f"GET {PATH} HTTP/1.1", "Host: hirewire.test"]
    headers = real_time.tokens.bearer(world.acme_caller)
    lines += [f"{name}: {value}" for name, value in headers.items()]
    with socket.create_connection(("127.0.0.1", real_time.port)) as client:
        client.sendall("\r\n".join([*lines, "", ""]).encode())
