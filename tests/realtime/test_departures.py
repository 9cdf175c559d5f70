"""Streams of people who act for an employer no more: the real hub, real sockets."""

import pytest

from hirewire.accounts.facts import AppChanged
from hirewire.accounts.model import Person, Role
from hirewire.kit.facts import START, Position, Recorded
from hirewire.realtime.departures import REMEMBERED, Departures
from hirewire.runtime.bus import MemoryBus
from hirewire.runtime.log import Log
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.reading import Reading
from hirewire.web.streams.slot import Reason, Slot, StreamKind
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


class TestLateNews:
    @pytest.mark.fidelity("realtime.stream.ends-once")
    async def test_ends_no_stream_that_opened_since(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        What was heard with the commit comes from the log as well, and may come late.
        """
        caller = world.caller(person=world.pat)
        stream = await real_time.listen(caller)
        for role in (Role.ADMIN, Role.MEMBER):
            async with world.database.unit() as uow:
                await world.accounts.change_role(uow, world.pat.id, world.acme.id, role)
        assert [event.type for event in await stream.rest()] == ["reconnect"]
        again = await real_time.listen(caller)

        for recorded in await told(real_time):
            real_time.doors.departures.hear(recorded.fact, recorded.position)

        assert real_time.hub.open_streams == 1
        await again.leave()

    @pytest.mark.fidelity("realtime.stream.ends-once")
    async def test_ends_those_that_were_open_before(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        What another process did is heard from the log alone, and ends what opened earlier.
        """
        hub = Hub(real_time.clock, lambda: 0.5)
        departures, history = Departures(hub), real_time.streams.history
        before, during, after = open_for(hub, world.pat, world.pat, world.pat)
        departures.recheck(before, reading=Reading(departures.heard, await history.end()))
        async with world.database.unit() as uow:
            await world.accounts.leave(uow, world.pat.id, world.acme.id)
        departures.recheck(during, reading=Reading(departures.heard, await history.end()))
        async with world.database.unit() as uow:
            await world.accounts.join(uow, world.pat.id, world.acme.id, Role.ADMIN)
        departures.recheck(after, reading=Reading(departures.heard, await history.end()))

        for recorded in await told(real_time):
            departures.hear(recorded.fact, recorded.position)

        ended = (before.reason, during.reason, after.reason)
        assert ended == (Reason.MEMBERSHIP, Reason.MEMBERSHIP, None)


class TestRecheck:
    async def test_ends_a_stream_that_opened_while_somebody_left(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        What was read before the departure does not hold for what opens after it.
        """
        hub = Hub(real_time.clock, lambda: 0.5)
        departures = Departures(hub)
        before = Reading(departures.heard, await real_time.streams.history.end())
        async with world.database.unit() as uow:
            await world.accounts.leave(uow, world.pat.id, world.acme.id)
        departures.committed(uow)
        after = Reading(departures.heard, await real_time.streams.history.end())
        stale, fresh, other = open_for(hub, world.pat, world.pat, world.sam)

        departures.recheck(stale, reading=before)
        departures.recheck(fresh, reading=after)
        departures.recheck(other, reading=before)

        assert (stale.reason, fresh.reason, other.reason) == (Reason.MEMBERSHIP, None, None)

    async def test_ends_a_stream_whose_app_has_changed(self, real_time: RealTime) -> None:
        """
        It was not there to be looked at then; those of other apps open.
        """
        hub = Hub(real_time.clock, lambda: 0.5)
        departures, reading = Departures(hub), Reading(0, Position(0, 5))
        known, news, other = open_for(hub, *[real_time.world.sam] * 3)
        departures.hear(AppChanged(employer_id=None, app_id="known"), Position(0, 5))
        departures.hear(AppChanged(employer_id=None, app_id="news"), Position(0, 6))

        departures.recheck(known, reading=reading, app_id="known")
        departures.recheck(news, reading=reading, app_id="news")
        departures.recheck(other, reading=reading, app_id="other")

        assert (known.reason, news.reason, other.reason) == (None, Reason.MEMBERSHIP, None)

    async def test_ends_a_stream_that_took_too_long_to_open(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        Whether one of so many concerned it nobody knows any more.
        """
        hub = Hub(real_time.clock, lambda: 0.5)
        departures = Departures(hub)
        one, other = open_for(hub, world.sam, world.sam)
        for _ in range(REMEMBERED + 1):
            departures.hear(AppChanged(employer_id=None, app_id="a"))

        departures.recheck(one, reading=Reading(0, START))
        departures.recheck(other, reading=Reading(1, START))

        assert (one.reason, other.reason) == (Reason.MEMBERSHIP, None)


def open_for(hub: Hub, *people: Person) -> list[Slot]:
    """Open a stream for each."""
    kind = StreamKind(name="test")
    return [hub.open(MemoryPipe(), kind, topics=(), holders=(who.id,)) for who in people]


async def told(real_time: RealTime) -> list[Recorded]:
    """Read all of the log."""
    log = Log(real_time.world.database, MemoryBus(), real_time.clock)
    return await log.read(START, 1_000)
