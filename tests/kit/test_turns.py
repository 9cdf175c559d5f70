"""Letting others work."""

import asyncio

from hirewire.kit.turns import next_turn


async def test_lets_others_work_first() -> None:
    """
    What the loop was asked to call before is called before it goes on.
    """
    said: list[str] = []
    asyncio.get_running_loop().call_soon(said.append, "other")

    await next_turn()

    assert said == ["other"]
