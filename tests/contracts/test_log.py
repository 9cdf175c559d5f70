"""What the log promises, on both databases and, where facts travel, on both buses."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import ClassVar
from uuid import UUID

import pytest

from hirewire.kit.clock import MovableClock, SystemClock
from hirewire.kit.facts import START, Fact, Position, Recorded
from hirewire.runtime.bus import Bus, MemoryBus
from hirewire.runtime.bus.nats import NatsBus
from hirewire.runtime.db import Database, UnitOfWork
from hirewire.runtime.log import DurableListener, Listeners, Log, Relay, forget, prune
from hirewire.runtime.log.carried import TOPIC, Carried
from hirewire.runtime.log.store import read
from tests.fixtures.background import in_background, until
from tests.fixtures.database import MORNING, OpenDatabase
from tests.fixtures.servers import NatsServer

REAL = SystemClock()
UNKNOWN = "INSERT INTO facts (id, kind, at, body) VALUES (:id, 'from.tomorrow', :at, '{}')"

_numbers = count()


@dataclass(frozen=True, slots=True, kw_only=True)
class PotFilled(Fact):
    """A fact that only this module tells."""

    kind: ClassVar[str] = "pot.filled"

    number: int
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CupBroken(Fact):
    """Another one."""

    kind: ClassVar[str] = "cup.broken"

    number: int


@pytest.fixture(params=["memory", "nats"])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    """Each kind of bus in turn."""
    if request.param == "memory":
        opened: Bus = MemoryBus()
    else:
        server: NatsServer = request.getfixturevalue("nats_server")
        opened = await NatsBus.connect(server.url, installation=f"log-{next(_numbers)}")
    yield opened
    await opened.close()


@pytest.fixture
def log(database: Database, bus: Bus) -> Log:
    return Log(database, bus, REAL, poll_s=None)


@pytest.fixture
def relay(database: Database, bus: Bus) -> Relay:
    return Relay(database, bus, REAL, is_shared=isinstance(bus, NatsBus), poll_s=None)


@pytest.fixture
def still(database: Database, clock: MovableClock) -> Log:
    """A log whose bus says nothing."""
    return Log(database, MemoryBus(), clock)


async def tell(database: Database, *numbers: int) -> None:
    """Tell one fact a number, each in a unit of its own."""
    for number in numbers:
        async with database.unit() as uow:
            uow.tell(PotFilled(employer_id=None, number=number))


async def tell_unknown(database: Database, how_many: int = 1) -> None:
    """Record facts of a kind that this program knows nothing of."""
    async with database.unit() as uow:
        rows = [{"id": uow.new_id(), "at": MORNING} for _ in range(how_many)]
        await uow.run_many(UNKNOWN, rows)


def number_of(recorded: Recorded) -> int:
    assert isinstance(recorded.fact, PotFilled)
    return recorded.fact.number


async def take(facts: AsyncIterator[Recorded], how_many: int) -> list[int]:
    async with asyncio.timeout(10):
        return [number_of(await anext(facts)) for _ in range(how_many)]


async def read_all(log: Log, limit: int = 1000) -> list[int]:
    return [number_of(recorded) for recorded in await log.read(START, limit)]


class TestRead:
    async def test_returns_what_was_told(self, database: Database, still: Log) -> None:
        """
        A fact comes back whole, with its moment, an id and a position.
        """
        employer = UUID(int=5)
        async with database.unit() as uow:
            uow.tell(PotFilled(employer_id=employer, number=1, label="é"))

        recorded = await still.read(START, 10)

        assert [(r.fact, r.at) for r in recorded] == [
            (PotFilled(employer_id=employer, number=1, label="é"), MORNING)
        ]
        assert recorded[0].position == await still.end()
        assert recorded[0].id.version == 7

    async def test_goes_on_after_a_position(self, database: Database, still: Log) -> None:
        """
        Reading by twos from where the last two ended yields everything once, in order.
        """
        await tell(database, *range(5))
        position, found = START, []

        while batch := await still.read(position, 2):
            found.append([number_of(recorded) for recorded in batch])
            position = batch[-1].position

        assert found == [[0, 1], [2, 3], [4]]
        assert await still.read(await still.end(), 10) == []

    async def test_keeps_the_order_of_one_unit(self, database: Database, still: Log) -> None:
        """
        Facts of one unit come in the order in which they were told.
        """
        async with database.unit() as uow:
            for number in range(20):
                uow.tell(PotFilled(employer_id=None, number=number))

        assert await read_all(still) == list(range(20))

    async def test_passes_over_unknown_kinds(self, database: Database, still: Log) -> None:
        """
        Facts of a newer program are skipped, also more of them than the limit.
        """
        await tell(database, 1)
        await tell_unknown(database, 5)
        await tell(database, 2)

        first = await still.read(START, 1)
        second = await still.read(first[0].position, 2)

        assert [number_of(r) for r in (*first, *second)] == [1, 2]

    async def test_of_an_empty_log(self, still: Log) -> None:
        """
        Nothing was told: nothing is read, and the end is the start.
        """
        assert (await still.read(START, 10), await still.end()) == ([], START)

    async def test_never_misses_a_late_commit(
        self, database: Database, open_database: OpenDatabase, still: Log
    ) -> None:
        """
        Beside forty writers of two processes that overlap, a reader sees each fact once.
        """
        other = await open_database()
        is_done = asyncio.Event()

        async def write(number: int) -> None:
            async with (database, other)[number % 2].unit() as uow:
                uow.tell(PotFilled(employer_id=None, number=number))
                await uow.run(
                    "INSERT INTO listeners (name, tx, seq) VALUES (:name, 0, 0)",
                    name=f"n{number}",
                )
                for _ in range(number * 7 % 11):
                    await asyncio.sleep(0)

        async def write_all() -> None:
            # SQLite's second process waits in the first one's thread: not at the same time.
            if database.dialect == "sqlite":
                for number in range(40):
                    await write(number)
            else:
                await asyncio.gather(*map(write, range(40)))
            is_done.set()

        async def read_on() -> list[Recorded]:
            position, found = START, list[Recorded]()
            while True:
                is_last = is_done.is_set()
                batch = await still.read(position, 3)
                found += batch
                position = batch[-1].position if batch else position
                if is_last and not batch:
                    return found
                await asyncio.sleep(0)

        _, found = await asyncio.gather(write_all(), read_on())

        assert sorted(number_of(recorded) for recorded in found) == list(range(40))
        positions = [recorded.position for recorded in found]
        assert positions == sorted(set(positions))


class TestFollow:
    async def test_from_now_hears_what_is_told_from_now(
        self, database: Database, log: Log, relay: Relay
    ) -> None:
        """
        Without a position a follower hears only what is committed after it came, in order.
        """
        await tell(database, 1, 2)

        async with in_background(relay.run()), log.follow() as facts:
            await tell(database, 3, 4, 5)

            assert await take(facts, 3) == [3, 4, 5]

    async def test_from_a_position_replays_first(
        self, database: Database, log: Log, relay: Relay
    ) -> None:
        """
        What was told before and what is told after come as one row, each once.
        """
        await tell(database, *range(5))
        first = await log.read(START, 2)

        async with in_background(relay.run()), log.follow(first[-1].position) as facts:
            await tell(database, 5, 6)
            early = await take(facts, 4)
            await tell(database, 7)

            assert early + await take(facts, 2) == [2, 3, 4, 5, 6, 7]

    async def test_meets_a_burst_without_gap_or_double(
        self, database: Database, log: Log, relay: Relay
    ) -> None:
        """
        A follower that comes amid a burst of 200 facts hears each once, in order.
        """

        async def burst() -> None:
            await tell(database, *range(200))

        async with in_background(relay.run(), burst()), log.follow(START) as facts:
            assert await take(facts, 200) == list(range(200))

    async def test_passes_over_unknown_kinds(
        self, database: Database, log: Log, relay: Relay
    ) -> None:
        """
        Facts of a newer program are skipped, told before or after.
        """
        await tell_unknown(database)

        async with in_background(relay.run()), log.follow(START) as facts:
            await tell(database, 1)
            await tell_unknown(database)
            await tell(database, 2)

            assert await take(facts, 2) == [1, 2]

    async def test_hears_what_is_too_long_for_the_bus(
        self, database: Database, log: Log, relay: Relay
    ) -> None:
        """
        A fact of two megabytes comes in its place, from the table.
        """
        async with in_background(relay.run()), log.follow() as facts:
            await tell(database, 1)
            async with database.unit() as uow:
                uow.tell(PotFilled(employer_id=None, number=2, label="x" * 2_000_000))
            await tell(database, 3)

            assert await take(facts, 3) == [1, 2, 3]

    async def test_hears_other_processes(
        self, database: Database, open_database: OpenDatabase, log: Log, bus: Bus
    ) -> None:
        """
        What another process commits is heard when its relay, or ours, has looked.
        """
        other = await open_database()
        relay = Relay(other, bus, REAL, is_shared=True, poll_s=None)

        async with in_background(relay.run()), log.follow() as facts:
            await tell(other, 1, 2)

            assert await take(facts, 2) == [1, 2]

    async def test_ends_with_the_bus(self, log: Log, bus: Bus) -> None:
        """
        When the bus is closed the iteration ends.
        """
        async with log.follow() as facts:
            ending = asyncio.create_task(anext(facts, None))
            await asyncio.sleep(0)
            await bus.close()

            async with asyncio.timeout(10):
                assert await ending is None

    async def test_notices_a_gap(self, database: Database, log: Log, bus: Bus) -> None:
        """
        When the bus skips a fact, the follower reads it from the table, in its place.
        """
        async with log.follow() as facts:
            await tell(database, 1, 2)
            async with database.read() as reader:
                first, second = await read(reader, START, 2)
            message = Carried.of(second, after=first.position).message()
            await bus.publish(TOPIC, message.body, message_id=message.id)

            assert await take(facts, 2) == [1, 2]

    async def test_drops_doubles(self, database: Database, log: Log, bus: Bus) -> None:
        """
        A fact that the bus tells three times is heard once.
        """
        async with log.follow() as facts:
            await tell(database, 1, 2)
            async with database.read() as reader:
                first, second = await read(reader, START, 2)
            one, two = (
                Carried.of(first, after=START).message(),
                Carried.of(second, after=first.position).message(),
            )
            for attempt, message in enumerate((one, one, two, one, two)):
                await bus.publish(TOPIC, message.body, message_id=f"{attempt}")
            await tell(database, 3)
            async with database.read() as reader:
                third = (await read(reader, second.position, 1))[0]
            message = Carried.of(third, after=second.position).message()
            await bus.publish(TOPIC, message.body, message_id=message.id)

            assert await take(facts, 3) == [1, 2, 3]


class TestFollowAlone:
    async def test_looks_at_times(
        self, database: Database, still: Log, clock: MovableClock
    ) -> None:
        """
        Where the bus says nothing a follower reads the log every five seconds.
        """
        async with still.follow() as facts:
            hearing = asyncio.create_task(take(facts, 2))
            await until(lambda: clock._alarms)
            await tell(database, 1, 2)
            await clock.advance(timedelta(seconds=4.9))
            was_done = hearing.done()
            await clock.advance(timedelta(seconds=0.2))

            assert (await hearing, was_done) == ([1, 2], False)

    async def test_catches_up_after_lagging(
        self, database: Database, clock: MovableClock
    ) -> None:
        """
        A follower that the bus gave up on hears everything all the same, in order.
        """
        bus = MemoryBus(backlog=10)
        log, relay = Log(database, bus, clock), Relay(database, bus, REAL)

        async with in_background(relay.run()), log.follow() as facts:
            await tell(database, *range(50))
            await relay.idle()
            early = await take(facts, 50)
            await tell(database, 50)

            assert early + await take(facts, 1) == list(range(51))


class TestRelay:
    async def test_publishes_what_a_crash_left_unpublished(
        self, database: Database, log: Log, bus: Bus
    ) -> None:
        """
        A shared bus gets what was committed while no relay ran, once one runs again.
        """
        relay = Relay(database, bus, REAL, is_shared=True, poll_s=None)
        async with in_background(relay.run()):
            await relay.idle()
            await tell(database, 1)
            await relay.idle()
        await tell(database, 2, 3)

        async with bus.listen(TOPIC), log.follow() as facts, in_background(relay.run()):
            await relay.idle()
            await tell(database, 4)

            assert await take(facts, 1) == [4]
            await relay.idle()
        assert relay.handled == 4

    async def test_shares_its_work(
        self, database: Database, open_database: OpenDatabase, log: Log, bus: Bus
    ) -> None:
        """
        Two processes relay at once; a follower hears each fact once, in order.
        """
        other = await open_database()
        relays = [
            Relay(one, bus, REAL, is_shared=True, poll_s=None) for one in (database, other)
        ]
        running = [relay.run() for relay in relays]

        async with in_background(*running), log.follow(START) as facts:
            await asyncio.gather(
                in_turn(tell, (database, other), range(30)),
                *(relay.idle() for relay in relays),
            )

            assert await take(facts, 30) == list(range(30))

    async def test_looks_at_times(
        self, database: Database, open_database: OpenDatabase, clock: MovableClock
    ) -> None:
        """
        What another process committed is published within five seconds.
        """
        other, bus = await open_database(), MemoryBus()
        relay, log = Relay(database, bus, clock), Log(database, bus, clock, poll_s=None)

        async with in_background(relay.run()), log.follow() as facts:
            await relay.idle()
            await tell(other, 1)
            before = relay.handled
            await clock.advance(timedelta(seconds=5.1))

            assert await take(facts, 1) == [1]
        assert before == 0


async def in_turn(
    tell: Callable[[Database, int], Awaitable[None]],
    databases: tuple[Database, ...],
    numbers: range,
) -> None:
    for number in numbers:
        await tell(databases[number % len(databases)], number)


class Effects:
    """A listener's handler that writes rows, and can be told to fail."""

    def __init__(self) -> None:
        self.calls: list[int] = []
        self.fails_at: set[int] = set()

    async def handle(self, uow: UnitOfWork, recorded: Recorded) -> None:
        number = number_of(recorded)
        self.calls.append(number)
        await uow.run("INSERT INTO effects (number) VALUES (:number)", number=number)
        if number in self.fails_at:
            raise ZeroDivisionError

    def listener(self, name: str = "effects", *, from_start: bool = True) -> DurableListener:
        return DurableListener(
            name=name,
            kinds=frozenset({PotFilled.kind}),
            handle=self.handle,
            from_start=from_start,
        )


@pytest.fixture
async def effects(database: Database) -> Effects:
    async with database.unit() as uow:
        await uow.run(
            "CREATE TABLE effects (number bigint NOT NULL, place @identity)"
            if database.dialect == "postgres"
            else "CREATE TABLE effects (place @identity, number bigint NOT NULL)"
        )
    return Effects()


async def written(database: Database) -> list[int]:
    async with database.read() as reader:
        return await reader.all(int, "SELECT number FROM effects ORDER BY place")


def listening(
    database: Database, clock: MovableClock, *listeners: DurableListener
) -> Listeners:
    return Listeners(database, MemoryBus(), clock, listeners)


class TestDurableListeners:
    async def test_handle_each_fact_once_in_order(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        Facts told before and after the start have their effect once, also over a restart.
        """
        listeners = listening(database, clock, effects.listener())
        await tell(database, *range(120))
        async with in_background(listeners.run()):
            await listeners.idle()
            await tell(database, 120)
        again = listening(database, clock, effects.listener())
        async with in_background(again.run()):
            await again.idle()
            await tell(database, 121)
            await again.idle()

        assert await written(database) == list(range(122))
        assert effects.calls == list(range(122))

    async def test_hear_at_once_by_the_bus(
        self, database: Database, effects: Effects, bus: Bus, relay: Relay
    ) -> None:
        """
        A fact that the relay published is handled without anyone looking at the clock.
        """
        done = asyncio.Event()

        async def handle(uow: UnitOfWork, recorded: Recorded) -> None:
            await effects.handle(uow, recorded)
            done.set()

        listener = DurableListener(
            name="quick", kinds=frozenset({PotFilled.kind}), handle=handle
        )
        listeners = Listeners(database, bus, REAL, [listener], poll_s=None)

        async with in_background(relay.run(), listeners.run()):
            await listeners.idle()
            await tell(database, 1)
            async with asyncio.timeout(10):
                await done.wait()
            await listeners.idle()

        assert await written(database) == [1]

    async def test_look_at_times(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        Where the bus says nothing they read the log every five seconds.
        """
        listeners = listening(database, clock, effects.listener())
        clock.on_step.append(listeners.idle)

        async with in_background(listeners.run()):
            await listeners.idle()
            await tell(database, 1)
            before = list(effects.calls)
            await clock.advance(timedelta(seconds=5.1))

        assert (before, await written(database)) == ([], [1])

    async def test_take_only_their_kinds(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        Other kinds are passed over, and so is one that this program does not know.
        """
        listener = DurableListener(
            name="both",
            kinds=frozenset({PotFilled.kind, "from.tomorrow"}),
            handle=effects.handle,
        )
        listeners = listening(database, clock, listener)
        await tell(database, 1)
        async with database.unit() as uow:
            uow.tell(CupBroken(employer_id=None, number=7))
        await tell_unknown(database)
        await tell(database, 2)

        async with in_background(listeners.run()):
            await listeners.idle()

        assert effects.calls == [1, 2]

    async def test_move_over_what_does_not_concern_them(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        After a thousand foreign facts the cursor has moved, so that these can be pruned.
        """
        listeners = listening(database, clock, effects.listener())
        await tell_unknown(database, 1_001)

        async with in_background(listeners.run()):
            await listeners.idle()

        async with database.read() as reader:
            cursor = await reader.one(Position, "SELECT tx, seq FROM listeners")
        assert cursor == await Log(database, MemoryBus(), clock).end()
        assert effects.calls == []

    async def test_can_begin_with_the_next_fact(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        A new listener that does not want the past begins after it.
        """
        listeners = listening(database, clock, effects.listener(from_start=False))
        await tell(database, 1)

        async with in_background(listeners.run()):
            await listeners.idle()
            await tell(database, 2)
            await listeners.idle()

        assert await written(database) == [2]

    async def test_wait_longer_after_each_failure_and_keep_the_order(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        What stands before the culprit is done; it is tried after 1, 2 and 4 s; then the rest.
        """
        listeners = listening(database, clock, effects.listener())
        clock.on_step.append(listeners.idle)
        effects.fails_at = {3}
        await tell(database, 1, 2, 3, 4)

        async with in_background(listeners.run()):
            await listeners.idle()
            at_first, calls_at_first = await written(database), list(effects.calls)
            await clock.advance(timedelta(seconds=1))
            after_one_by_one, calls_then = await written(database), list(effects.calls)
            await clock.advance(timedelta(seconds=0.9))
            calls_before_the_next = list(effects.calls)
            effects.fails_at = set()
            await clock.advance(timedelta(seconds=0.1))

        assert (at_first, calls_at_first) == ([], [1, 2, 3])
        assert (after_one_by_one, calls_then) == ([1, 2], [1, 2, 3, 1, 2, 3])
        assert calls_before_the_next == calls_then
        assert await written(database) == [1, 2, 3, 4]

    async def test_do_not_wait_for_one_that_fails(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        One listener fails for ever; the other goes on.
        """
        failing = Effects()
        failing.fails_at = {1, 2}
        listeners = listening(
            database, clock, failing.listener("failing"), effects.listener("working")
        )
        await tell(database, 1, 2)

        async with in_background(listeners.run()):
            await listeners.idle()

        assert await written(database) == [1, 2]
        assert failing.calls == [1]

    async def test_run_in_one_process_at_a_time(
        self,
        database: Database,
        open_database: OpenDatabase,
        clock: MovableClock,
        effects: Effects,
    ) -> None:
        """
        The same listener in two processes: each fact has its effect once, in order.
        """
        other = await open_database()
        here, there = (listening(one, clock, effects.listener()) for one in (database, other))
        await tell(database, *range(150))

        async with in_background(here.run(), there.run()):
            for _ in range(3):
                await asyncio.gather(here.idle(), there.idle())

        assert await written(database) == list(range(150))

    async def test_have_names_of_their_own(
        self, database: Database, clock: MovableClock, effects: Effects
    ) -> None:
        """
        Two listeners of one name would share a cursor, and are refused.
        """
        with pytest.raises(ValueError, match="two durable listeners have one name"):
            listening(database, clock, effects.listener(), effects.listener())


class TestPrune:
    async def test_removes_what_is_old_and_needed_by_nobody(
        self, database: Database, still: Log, clock: MovableClock
    ) -> None:
        """
        Old facts go, those told since the horizon stay.
        """
        await tell(database, 1, 2)
        await clock.advance(timedelta(days=2))
        await tell(database, 3)
        async with database.unit() as uow:
            removed = await prune(uow, clock.now() - timedelta(days=1))

        assert (removed, await read_all(still)) == (2, [3])

    async def test_keeps_what_a_listener_needs(
        self, database: Database, still: Log, clock: MovableClock, effects: Effects
    ) -> None:
        """
        Facts that a listener has not handled stay until it has, or is forgotten.
        """
        effects.fails_at = {2}
        listeners = listening(database, clock, effects.listener())
        await tell(database, 1)
        async with in_background(listeners.run()):
            await listeners.idle()
        await tell(database, 2, 3)
        await clock.advance(timedelta(days=2))

        async with database.unit() as uow:
            first = await prune(uow, clock.now())
        kept = await read_all(still)
        async with database.unit() as uow:
            forgotten = (await forget(uow, "effects"), await forget(uow, "effects"))
            second = await prune(uow, clock.now())

        assert (first, kept) == (1, [2, 3])
        assert (forgotten, second, await read_all(still)) == ((True, False), 1, [3])

    async def test_goes_in_small_steps(
        self, database: Database, still: Log, clock: MovableClock
    ) -> None:
        """
        A call looks at no more than its limit; the newest fact always stays.
        """
        await tell(database, *range(5))
        await clock.advance(timedelta(days=2))
        removed = []
        for _ in range(3):
            async with database.unit() as uow:
                removed.append(await prune(uow, clock.now(), limit=3))

        assert (removed, await read_all(still)) == ([3, 1, 0], [4])
