"""Renewal: streams that go on with a later token, here and in other processes."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

import pytest

from hirewire.kit.caller import Caller
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.kit.ids import IdMaker
from hirewire.realtime.connections import ConnectionIds, holders_of
from hirewire.realtime.errors import NotYourConnection, UnknownConnection
from hirewire.realtime.notices import Notices, expiry_of
from hirewire.realtime.renewal import TOPIC, Renewals
from hirewire.runtime.bus import Bus, MemoryBus
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.slot import Reason, Slot, StreamKind
from tests.fixtures.background import in_background, until
from tests.web.streams.parser import Event, Reader
from tests.web.streams.pipes import MemoryPipe

ENTROPY = SeededEntropy(5)
PERSON = UUID(int=7)


def pat(clock: MovableClock, *, minutes: int, token: int) -> Caller:
    """Pat, by a token of so many minutes."""
    return Caller(
        app_id="app",
        scopes=frozenset({"conversations.read"}),
        expires_at=clock.now() + timedelta(minutes=minutes),
        person_id=PERSON,
        token_ids=frozenset({UUID(int=token)}),
    )


@dataclass(slots=True)
class Process:
    """One process with its hub; *counted* is what became of renewals."""

    clock: MovableClock
    bus: Bus | None = None
    revoked: set[UUID] = field(default_factory=set)
    counted: list[str] = field(default_factory=list)
    hub: Hub = field(init=False)
    notices: Notices = field(init=False)
    renewals: Renewals = field(init=False)
    kind: StreamKind = field(init=False)

    def __post_init__(self) -> None:
        self.hub = Hub(self.clock, lambda: 0.5, self.revoked)
        self.notices = Notices(clock=self.clock, place_of=lambda slot: "here")
        self.kind = StreamKind(
            name="test", warning=self.notices.expiring, farewell=self.notices.farewell
        )
        self.renewals = Renewals(
            hub=self.hub,
            clock=self.clock,
            connections=ConnectionIds("s" * 32, ENTROPY),
            notices=self.notices,
            new_id=IdMaker(self.clock, ENTROPY).new,
            bus=self.bus,
            on_renewed=self.counted.append,
        )

    def open(self, caller: Caller) -> tuple[MemoryPipe, Slot, UUID]:
        """Open a stream as the endpoint does."""
        pipe = MemoryPipe()
        connection_id = self.renewals.connections.mint(caller)
        slot = self.hub.open(
            pipe,
            self.kind,
            topics=(),
            lifetime_s=(caller.expires_at - self.clock.now()).total_seconds(),
            holders=holders_of(connection_id, caller),
        )
        return pipe, slot, connection_id


def events(pipe: MemoryPipe) -> list[Event]:
    """What a reader was told."""
    return Reader().read(pipe.received)


@asynccontextmanager
async def two_processes(clock: MovableClock) -> AsyncIterator[tuple[Process, Process]]:
    """Run two that share a bus."""
    bus = MemoryBus()
    one, two = Process(clock, bus), Process(clock, bus)
    async with in_background(one.renewals.run(), two.renewals.run()):
        yield one, two
    await bus.close()


class TestRenew:
    @pytest.mark.fidelity("realtime.renewal.goes-on")
    async def test_lets_a_stream_live_by_the_later_token(self, clock: MovableClock) -> None:
        """
        The stream outlives the token that it was opened with, and ends with the new one.
        """
        process = Process(clock)
        pipe, slot, connection_id = process.open(pat(clock, minutes=5, token=1))
        later = pat(clock, minutes=30, token=2)

        renewed = await process.renewals.renew(connection_id, later)

        assert (renewed.until, slot.holders) == (
            later.expires_at,
            (connection_id, UUID(int=2), PERSON),
        )
        assert process.counted == ["here"]
        await clock.advance(timedelta(minutes=30, seconds=-1))
        was_closed = pipe.is_closed
        await clock.advance(timedelta(seconds=2))
        assert (was_closed, slot.reason, pipe.is_closed) == (False, Reason.EXPIRED, True)

    @pytest.mark.fidelity("realtime.renewal.told-in-band")
    async def test_is_announced_and_told_in_band(self, clock: MovableClock) -> None:
        """
        A minute before the token's end the stream says so, and then that it was renewed.
        """
        process = Process(clock)
        pipe, _, connection_id = process.open(pat(clock, minutes=5, token=1))
        first, later = pat(clock, minutes=5, token=1), pat(clock, minutes=30, token=2)

        await clock.advance(timedelta(minutes=4, seconds=-1))
        before = events(pipe)
        await clock.advance(timedelta(seconds=2))
        await process.renewals.renew(connection_id, later)

        def said(caller: Caller) -> dict[str, object]:
            expires_at_ms = round(caller.expires_at.timestamp() * 1000)
            return {"connectionUuid": str(connection_id), "expiresAt": expires_at_ms}

        told = [(event.type, json.loads(event.data)) for event in events(pipe)]
        assert before == []
        assert told == [("token-expiring", said(first)), ("token-renewed", said(later))]
        assert {event.last_id for event in events(pipe)} == {"here"}

    async def test_is_announced_again_for_the_next_token(self, clock: MovableClock) -> None:
        """
        A renewed stream is warned of the end of the token that it lives by now.
        """
        process = Process(clock)
        pipe, _, connection_id = process.open(pat(clock, minutes=5, token=1))
        later = pat(clock, minutes=30, token=2)
        await clock.advance(timedelta(minutes=4, seconds=1))
        await process.renewals.renew(connection_id, later)

        await clock.advance(timedelta(minutes=25))

        assert [event.type for event in events(pipe)] == [
            "token-expiring",
            "token-renewed",
            "token-expiring",
        ]

    @pytest.mark.fidelity("realtime.renewal.last-one-counts")
    async def test_counts_also_when_the_token_ends_earlier(self, clock: MovableClock) -> None:
        """
        What was renewed last counts, whichever token ends first.
        """
        process = Process(clock)
        _, slot, connection_id = process.open(pat(clock, minutes=30, token=1))
        earlier = pat(clock, minutes=5, token=2)

        renewed = await process.renewals.renew(connection_id, earlier)

        assert (renewed.until, slot.holders) == (
            earlier.expires_at,
            (connection_id, UUID(int=2), PERSON),
        )
        await clock.advance(timedelta(minutes=5, seconds=1))
        assert slot.reason is Reason.EXPIRED

    @pytest.mark.fidelity("realtime.renewal.old-token-holds-no-more")
    async def test_lets_go_of_a_token_that_ends_in_the_same_second(
        self, clock: MovableClock
    ) -> None:
        """
        Tokens tell their end in whole seconds, so two often end at once: the new one holds.
        """
        process = Process(clock)
        _, slot, connection_id = process.open(pat(clock, minutes=5, token=1))

        await process.renewals.renew(connection_id, pat(clock, minutes=5, token=2))
        process.hub.close_held([UUID(int=1)])

        assert (slot.reason, slot.holders) == (None, (connection_id, UUID(int=2), PERSON))

    @pytest.mark.fidelity("realtime.renewal.old-token-holds-no-more")
    async def test_is_held_by_the_new_token_only(self, clock: MovableClock) -> None:
        """
        What becomes of the old token is nothing to the stream; the new one's end is its own.
        """
        process = Process(clock)
        _, slot, connection_id = process.open(pat(clock, minutes=5, token=1))
        await process.renewals.renew(connection_id, pat(clock, minutes=30, token=2))

        process.hub.close_held([UUID(int=1)])
        still_open = slot.reason is None
        process.hub.close_held([UUID(int=2)])

        assert (still_open, slot.reason) == (True, Reason.REVOKED)

    @pytest.mark.parametrize("bus", [None, MemoryBus()], ids=["alone", "one of several"])
    @pytest.mark.fidelity("realtime.renewal.unknown-connection")
    async def test_is_none_by_a_token_that_is_revoked_by_then(
        self, clock: MovableClock, bus: Bus | None
    ) -> None:
        """
        A token that is revoked while it is looked at ends the stream, and renews nothing.

        No other process is told: the stream was here, and is no more.
        """
        process = Process(clock, bus)
        _, slot, connection_id = process.open(pat(clock, minutes=5, token=1))
        process.revoked.add(UUID(int=2))

        with pytest.raises(UnknownConnection):
            await process.renewals.renew(connection_id, pat(clock, minutes=30, token=2))

        assert (slot.reason, process.counted) == (Reason.REVOKED, [])

    @pytest.mark.fidelity("realtime.renewal.own-connection-only")
    async def test_refuses_a_connection_of_others(self, clock: MovableClock) -> None:
        """
        Another person's token renews nothing, and nothing changes.
        """
        process = Process(clock)
        pipe, slot, connection_id = process.open(pat(clock, minutes=5, token=1))
        holders, expires_at_s = slot.holders, slot.expires_at_s
        other = replace(pat(clock, minutes=30, token=2), person_id=UUID(int=9))

        with pytest.raises(NotYourConnection):
            await process.renewals.renew(connection_id, other)

        assert (slot.holders, slot.expires_at_s) == (holders, expires_at_s)
        assert (pipe.received, process.counted) == (b"", [])

    @pytest.mark.fidelity("realtime.renewal.unknown-connection")
    async def test_refuses_a_connection_that_is_closed(self, clock: MovableClock) -> None:
        """
        Where no other process can have it, a connection that is not open here is not.
        """
        process = Process(clock)
        caller = pat(clock, minutes=5, token=1)
        _, slot, connection_id = process.open(caller)
        process.hub.close(slot)

        with pytest.raises(UnknownConnection):
            await process.renewals.renew(connection_id, caller)

        assert process.counted == []

    async def test_lets_no_stream_grow_older_than_any_may(self, clock: MovableClock) -> None:
        """
        A renewal moves the end of the token, not the greatest age.
        """
        process = Process(clock)
        process.kind = replace(process.kind, longest_life_s=600.0, life_jitter=0.0)
        _, slot, connection_id = process.open(pat(clock, minutes=5, token=1))
        await process.renewals.renew(connection_id, pat(clock, minutes=30, token=2))

        await clock.advance(timedelta(minutes=10, seconds=1))

        assert slot.reason is Reason.LIFETIME


class TestAcrossProcesses:
    @pytest.mark.fidelity("realtime.renewal.any-node")
    async def test_reaches_the_process_that_has_the_stream(self, clock: MovableClock) -> None:
        """
        Whichever process is asked, the stream goes on and says so.
        """
        async with two_processes(clock) as (one, two):
            pipe, slot, connection_id = two.open(pat(clock, minutes=5, token=1))
            later = pat(clock, minutes=30, token=2)

            renewed = await one.renewals.renew(connection_id, later)

            await until(lambda: two.counted)
            assert renewed.until is None
            assert (one.counted, two.counted) == (["told"], ["heard"])
            assert slot.holders == (connection_id, UUID(int=2), PERSON)
            assert [event.type for event in events(pipe)] == ["token-renewed"]

    @pytest.mark.fidelity("realtime.renewal.last-one-counts")
    async def test_are_taken_in_the_order_in_which_they_were_asked(
        self, clock: MovableClock
    ) -> None:
        """
        A message of the bus that comes late, or twice, takes nothing from a later renewal.
        """
        bus = MemoryBus()
        one, two = Process(clock, bus), Process(clock, bus)
        pipe, slot, connection_id = two.open(pat(clock, minutes=5, token=1))
        later = pat(clock, minutes=20, token=3)
        async with bus.listen(TOPIC) as told:
            await one.renewals.renew(connection_id, pat(clock, minutes=30, token=2))
            message = await anext(told)
        await clock.advance(timedelta(milliseconds=1))
        await two.renewals.renew(connection_id, later)

        two.renewals.hear(message)
        two.renewals.hear(message)

        assert slot.holders == (connection_id, UUID(int=3), PERSON)
        assert expiry_of(slot, clock) == later.expires_at
        assert two.counted == ["here"]
        assert [event.type for event in events(pipe)] == ["token-renewed"]
        await bus.close()

    @pytest.mark.fidelity("realtime.renewal.last-one-counts")
    async def test_counts_here_whatever_clock_was_ahead(self, clock: MovableClock) -> None:
        """
        Who is answered that the stream lives by their token is answered right.
        """
        bus = MemoryBus()
        ahead = MovableClock(clock.now() + timedelta(seconds=2))
        one, two = Process(ahead, bus), Process(clock, bus)
        _, slot, connection_id = two.open(pat(clock, minutes=5, token=1))
        async with bus.listen(TOPIC) as told:
            await one.renewals.renew(connection_id, pat(clock, minutes=30, token=2))
            message = await anext(told)
        two.renewals.hear(message)

        await two.renewals.renew(connection_id, pat(clock, minutes=20, token=3))
        two.renewals.hear(message)

        assert slot.holders == (connection_id, UUID(int=3), PERSON)
        assert two.counted == ["heard", "here"]
        await bus.close()

    @pytest.mark.fidelity("realtime.renewal.own-connection-only")
    async def test_tells_nobody_of_a_connection_of_others(self, clock: MovableClock) -> None:
        """
        Whose a connection is, the process that is asked can tell by its id.
        """
        async with two_processes(clock) as (one, two):
            _, slot, connection_id = two.open(pat(clock, minutes=5, token=1))
            holders = slot.holders
            assert one.bus is not None
            async with one.bus.listen(TOPIC) as told:
                other = replace(pat(clock, minutes=30, token=2), person_id=None)
                with pytest.raises(NotYourConnection):
                    await one.renewals.renew(connection_id, other)
                await one.bus.close()

                assert [body async for body in told] == []
            assert slot.holders == holders


class TestFarewell:
    @pytest.mark.fidelity("realtime.stream.says-why-it-ends")
    @pytest.mark.parametrize(
        ("reason", "said"),
        [
            (Reason.DRAINED, "drained"),
            (Reason.EXPIRED, "expired"),
            (Reason.REVOKED, "revoked"),
            (Reason.LIFETIME, "lifetime"),
            (Reason.MEMBERSHIP, "membership"),
            (Reason.CLOSED, "closed"),
        ],
    )
    async def test_says_why_and_when_to_come_back(
        self, clock: MovableClock, reason: Reason, said: str
    ) -> None:
        """
        The last event of a stream has the time to wait twice: for programs and for browsers.
        """
        process = Process(clock)
        pipe, slot, _ = process.open(pat(clock, minutes=5, token=1))

        process.hub.close(slot, reason=reason, wait_ms=1_500)

        assert pipe.received.decode() == (
            "event: reconnect\nid: here\nretry: 1500\n"
            f'data: {{"reason":"{said}","waitMs":1500}}\n\n'
        )
