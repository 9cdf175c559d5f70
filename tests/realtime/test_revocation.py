"""Streams whose token is revoked: the real hub, real sockets, the real log."""

from uuid import UUID

import pytest

from hirewire.oauth.revoked import Revoked, revoke
from tests.conversations.world import World
from tests.realtime.running import RealTime


@pytest.fixture
def revoked(real_time: RealTime) -> Revoked:
    """What is revoked, wired as the server wires it."""
    revoked = Revoked(real_time.clock)
    revoked.listeners.append(real_time.hub.close_held)
    real_time.world.database.committed.append(revoked.committed)
    return revoked


def token_id(real_time: RealTime) -> UUID:
    """Name the token that the tests' signer mints at this moment."""
    return UUID(int=int(real_time.clock.now().timestamp()))


class TestRevocation:
    @pytest.mark.fidelity("revocation.streams.real")
    async def test_ends_the_open_streams_of_a_token(
        self, real_time: RealTime, world: World, revoked: Revoked
    ) -> None:
        """
        When the revocation has committed the hub has let go, and the reader sees the end.
        """
        stream = await real_time.listen(world.acme_caller)
        mine = token_id(real_time)
        await real_time.pass_time(1)
        other = await real_time.listen(world.acme_caller)

        async with world.database.unit() as uow:
            await revoke(uow, [mine])

        assert real_time.hub.open_streams == 1
        assert [event.type for event in await stream.rest()] == ["reconnect"]
        await real_time.until(lambda: real_time.log[-1][0] == "stream closed")
        assert real_time.log[-1][1]["reason"] == "revoked"
        await other.leave()
