"""Streams of people who act for an employer no more: the real hub, real sockets."""

import pytest

from hirewire.accounts.model import Role
from hirewire.realtime.departures import Departures
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.slot import Reason, StreamKind
from tests.conversations.world import World
from tests.realtime.running import RealTime
from tests.web.streams.pipes import MemoryPipe


class TestDepartures:
    @pytest.mark.fidelity("realtime.stream.ends-with-membership")
    async def test_ends_the_streams_of_who_left(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        Nothing that is said afterwards arrives; the app's own stream goes on.
        """
        stream = await real_time.listen(world.caller(person=world.pat))
        other = await real_time.listen(world.acme_caller)

        async with world.database.unit() as uow:
            await world.accounts.leave(uow, world.pat.id, world.acme.id)

        assert real_time.hub.open_streams == 1
        message = await real_time.say(world.thread)
        assert [event.type for event in await stream.rest()] == ["reconnect"]
        (heard,) = await other.next()
        assert heard.type == "message-update"
        assert message.text == "Hello"
        await other.leave()

    async def test_lets_who_left_come_back_for_the_rest(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        The next stream, with the same token, hears the employers that are left.
        """
        caller = world.caller(person=world.pat)
        await real_time.listen(caller)
        async with world.database.unit() as uow:
            await world.accounts.leave(uow, world.pat.id, world.acme.id)

        again = await real_time.listen(caller)

        before = real_time.hub.counts.delivered
        await real_time.say(world.thread, "Not for Pat")
        await real_time.say(world.globex_thread, "For Pat")
        (heard,) = await again.next()
        assert heard.type == "message-update"
        assert real_time.hub.counts.delivered - before == 1
        await again.leave()

    async def test_refuses_who_left_the_employer_of_the_token(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        A token that represents the employer opens no further stream.
        """
        caller = world.caller(person=world.pat, employer=world.acme)
        stream = await real_time.listen(caller)
        async with world.database.unit() as uow:
            await world.accounts.leave(uow, world.pat.id, world.acme.id)
        assert [event.type for event in await stream.rest()] == ["reconnect"]

        answer = await real_time.ask(caller)

        assert (answer.status, real_time.hub.open_streams) == (403, 0)

    async def test_asks_anew_who_has_another_role(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        A stream ends with the role that it was opened in.
        """
        stream = await real_time.listen(world.caller(person=world.pat))

        async with world.database.unit() as uow:
            await world.accounts.change_role(uow, world.pat.id, world.acme.id, Role.ADMIN)

        assert [event.type for event in await stream.rest()] == ["reconnect"]

    async def test_minds_its_own(self, real_time: RealTime, world: World) -> None:
        """
        Somebody else's streams stay when one leaves.
        """
        stream = await real_time.listen(world.caller(person=world.sam))

        async with world.database.unit() as uow:
            await world.accounts.leave(uow, world.pat.id, world.acme.id)

        assert real_time.hub.open_streams == 1
        await stream.leave()


class TestRecheck:
    async def test_ends_a_stream_that_opened_while_somebody_left(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        What was read before the departure does not hold for what opens after it.
        """
        hub = Hub(real_time.clock, lambda: 0.5)
        departures = Departures(hub)
        read_at = departures.heard
        async with world.database.unit() as uow:
            await world.accounts.leave(uow, world.pat.id, world.acme.id)
        departures.committed(uow)
        stale = hub.open(MemoryPipe(), StreamKind(name="test"), topics=("t",))
        fresh = hub.open(MemoryPipe(), StreamKind(name="test"), topics=("t",))

        departures.recheck(stale, read_at=read_at)
        departures.recheck(fresh, read_at=departures.heard)

        assert (stale.reason, fresh.reason) == (Reason.MEMBERSHIP, None)
