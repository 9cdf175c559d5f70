"""Who types, on streams: what is told, to whom, and that it is heard live or never."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Self
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from hirewire.conversations.model import Conversation, Side
from hirewire.conversations.typing import Signal
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.kit.ids import IdMaker
from hirewire.realtime.model import conversation_topic, topic_of
from hirewire.realtime.typing import MOST_UNTOLD, TOPIC, TypingNews
from hirewire.runtime.bus import Bus, MemoryBus
from hirewire.runtime.db import Database
from hirewire.web.streams.slot import Slot, StreamKind
from tests.conversations.world import World
from tests.fixtures.background import in_background, until
from tests.realtime.listening import ACME, GLOBEX, THREADS, Ear, Hall
from tests.realtime.running import NODE_IDS, RealTime
from tests.realtime.test_resume import come_back, forget_frames, told
from tests.web.streams.parser import Event, Reader
from tests.web.streams.pipes import MemoryPipe

KIND: Final = StreamKind(name="test")
PAT: Final = UUID(int=7)


def signal(thread: Conversation, *, person: UUID | None = None) -> Signal:
    """Say that the candidate types, or one of the employer's people."""
    return Signal(
        employer_id=thread.employer_id,
        conversation_id=thread.id,
        side=Side.CANDIDATE if person is None else Side.EMPLOYER,
        name="Robin Reyes" if person is None else "Pat Doe",
        person_id=person,
    )


def at_acme(name: str = "Pat Doe") -> Signal:
    """Say that somebody of Acme types in its one thread."""
    return Signal(
        employer_id=ACME,
        conversation_id=THREADS[ACME],
        side=Side.EMPLOYER,
        name=name,
        person_id=PAT,
    )


def update_in(event: Event) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read an update and its payload."""
    update = json.loads(event.data)
    return update, json.loads(update.pop("payload"))


@dataclass(slots=True)
class Process:
    """One process with its streams, and what else it was told over the bus."""

    hall: Hall
    news: TypingNews
    pipes: list[MemoryPipe] = field(default_factory=list)

    @classmethod
    async def built(
        cls,
        database: Database,
        clock: MovableClock,
        tasks: asyncio.TaskGroup,
        *,
        bus: Bus | None = None,
        seed: int = 1,
    ) -> Self:
        """Make it; each *seed* makes another."""
        hall = await Hall.built(database, clock, tasks)
        news = TypingNews(
            hall.streams.hub,
            hall.streams.announcer,
            NODE_IDS,
            clock,
            new_id=IdMaker(clock, SeededEntropy(seed)).new,
            bus=bus,
        )
        return cls(hall, news)

    def open(self, *topics: str) -> tuple[MemoryPipe, Slot]:
        """Open a live stream."""
        pipe = MemoryPipe()
        return pipe, self.hall.streams.hub.open(pipe, KIND, topics=topics)

    def names(self, pipe: MemoryPipe) -> list[str]:
        """List who was said to type."""
        self.hall.streams.hub.flush()
        events = Reader().read(pipe.received)
        return [update_in(each)[1]["sender"]["name"] for each in events]


class TestFrame:
    @pytest.mark.fidelity("typing.event")
    async def test_names_who_types_and_where(self, real_time: RealTime, world: World) -> None:
        """
        A person by their name and their participant's id, in words of GraphQL.
        """
        stream = await real_time.listen(world.acme_caller)

        real_time.doors.typing.tell(signal(world.thread, person=world.pat.id))
        [event] = await stream.next()

        update, payload = update_in(event)
        event_id, uuid = UUID(payload.pop("eventId")), UUID(update.pop("uuid"))
        assert event.type == "message-update"
        assert update == {"eventType": "typing", "eventTime": 1772442000000}
        assert (event_id.version, uuid.version) == (7, 1)
        assert uuid.int & 0xFFFF == event_id.int & 0xFFFF
        assert payload == {
            "conversationId": NODE_IDS.mint("Conversation", world.thread.id),
            "sender": {"side": "EMPLOYER", "name": "Pat Doe"},
            "participantId": NODE_IDS.mint("ConversationParticipant", world.pat.id),
            "expiresInMs": 6000,
        }

    @pytest.mark.fidelity("typing.event", "typing.default")
    async def test_of_a_candidate_has_no_participant(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        It is heard at their employer, by default, and at no other.
        """
        stream = await real_time.listen(world.acme_caller)
        other = world.caller(app=world.globex_app, employer=world.globex)
        elsewhere = await real_time.listen(other)

        real_time.doors.typing.tell(signal(world.thread))
        await real_time.say(world.globex_thread)
        [event], [not_typing] = await stream.next(), await elsewhere.next()

        _, payload = update_in(event)
        assert payload["sender"] == {"side": "CANDIDATE", "name": "Robin Reyes"}
        assert payload["participantId"] is None
        assert json.loads(not_typing.data)["eventType"] == "new-message"

    @pytest.mark.fidelity("typing.filter")
    async def test_comes_to_those_who_want_it(self, real_time: RealTime, world: World) -> None:
        """
        `eventTypes=typing` hears nothing else, and `eventTypes=new-message` no typing.
        """
        typing = await real_time.listen(world.acme_caller, "eventTypes=typing")
        messages = await real_time.listen(world.acme_caller, "eventTypes=new-message")

        real_time.doors.typing.tell(signal(world.thread))
        await real_time.say(world.thread)
        real_time.doors.typing.tell(signal(world.thread))
        kinds = [
            json.loads(each.data)["eventType"]
            for each in [*await typing.next(2), *await messages.next(1)]
        ]

        assert kinds == ["typing", "typing", "new-message"]

    @pytest.mark.fidelity("typing.not-measured")
    async def test_is_counted_as_a_frame_and_not_as_a_lag(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        It is no fact, so that nothing was committed that could be late.
        """
        lags: list[float] = []
        real_time.streams.announcer.on_sent.append(lags.append)
        stream = await real_time.listen(world.acme_caller)
        before = real_time.hub.counts.delivered

        real_time.doors.typing.tell(signal(world.thread))
        await stream.next()

        assert (real_time.hub.counts.delivered - before, lags) == (1, [])

    async def test_is_not_even_encoded_where_nobody_listens(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        Each process hears of all who type, and has streams for few of them.
        """
        real_time.doors.typing.tell(signal(world.thread, person=world.pat.id))

        assert real_time.hub.counts.published == 0


class TestCursor:
    @pytest.mark.fidelity("typing.cursor")
    async def test_resumes_without_loss_or_double(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        Who comes back with the id of a signal is sent what came after it, from ring and log.
        """
        stream = await real_time.listen(world.acme_caller)
        await real_time.say(world.thread)
        real_time.doors.typing.tell(signal(world.thread))
        [_, typed] = await stream.next(2)
        await stream.leave()
        missed = [str((await real_time.say(world.thread)).id) for _ in range(2)]
        real_time.doors.typing.tell(signal(world.thread))

        by_ring, verdict = await come_back(real_time, world.acme_caller, typed.last_id)
        from_ring = told(await by_ring.next(2))
        forget_frames(real_time)
        by_log, _ = await come_back(real_time, world.acme_caller, typed.last_id)
        from_log = told(await by_log.next(2))
        last = str((await real_time.say(world.thread)).id)
        live = told([*await by_ring.next(), *await by_log.next()])

        assert verdict == {"recovered": True, "replayed": 2, "reason": None}
        assert (from_ring, from_log, live) == (missed, missed, [last, last])

    @pytest.mark.fidelity("typing.live-only", "typing.filter")
    async def test_of_who_hears_nothing_else_has_nothing_to_replay(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        Neither the ring nor the log has a signal.
        """
        stream = await real_time.listen(world.acme_caller, "eventTypes=typing")
        real_time.doors.typing.tell(signal(world.thread))
        [typed] = await stream.next()
        await stream.leave()
        real_time.doors.typing.tell(signal(world.thread))
        await real_time.say(world.thread)

        verdicts = []
        for _ in range(2):
            again, verdict = await come_back(
                real_time, world.acme_caller, typed.last_id, "eventTypes=typing"
            )
            verdicts.append(verdict)
            await again.leave()
            forget_frames(real_time)

        assert verdicts == [{"recovered": True, "replayed": 0, "reason": None}] * 2


class TestReplay:
    @pytest.mark.fidelity("typing.live-only")
    async def test_hears_of_nobody(
        self, sqlite_database: Database, clock: MovableClock
    ) -> None:
        """
        A stream that is not live yet would take its cursor for what it was not sent.
        """
        async with asyncio.TaskGroup() as tasks:
            process = await Process.built(sqlite_database, clock, tasks)
            hall, ear = process.hall, Ear(ACME)
            ear.cursor, ear.begins = hall.streams.cursors.mint(hall.head), hall.head
            for employer in (ACME, GLOBEX, ACME, ACME, ACME, ACME, ACME):
                await hall.say(employer)
            await hall.hear(10)
            hall.gate.is_shut = True
            await hall.open(ear)
            hall.gate.let_through()
            await hall.until(lambda: ear.pipe is not None and bool(ear.pipe.received))
            not_live = hall.streams.hub.listeners(topic_of(ACME))
            process.news.tell(at_acme())
            hall.gate.is_shut = False
            hall.gate.let_through()
            await hall.until(lambda: bool(hall.streams.hub.listeners(topic_of(ACME))))
            ear.listen()
            replayed = list(ear.heard)

            process.news.tell(at_acme())
            hall.streams.hub.flush()
            ear.listen()
            hall.streams.hub.close_all()

        assert (not_live, replayed) == ((), hall.due(ear))
        assert len(ear.heard) == len(replayed) + 1


class TestProcesses:
    @pytest.fixture
    async def bus(self) -> AsyncIterator[MemoryBus]:
        """A bus that both share; what several processes share behaves as it does."""
        bus = MemoryBus()
        yield bus
        await bus.close()

    @pytest.mark.fidelity("typing.across-processes")
    async def test_are_told_of_by_the_bus(
        self, sqlite_database: Database, clock: MovableClock, bus: MemoryBus
    ) -> None:
        """
        Each stream hears a signal once, wherever it is open, as the same event.
        """
        async with asyncio.TaskGroup() as tasks:
            one, two = [
                await Process.built(sqlite_database, clock, tasks, bus=bus, seed=seed)
                for seed in (1, 2)
            ]
        here, _ = one.open(topic_of(ACME))
        there, _ = two.open(conversation_topic(THREADS[ACME]))
        async with in_background(one.news.run(), two.news.run()):
            one.news.tell(at_acme())
            await until(lambda: two.names(there))

        assert (one.names(here), two.names(there)) == (["Pat Doe"], ["Pat Doe"])
        assert here.received == there.received

    @pytest.mark.fidelity("typing.bus-away")
    async def test_do_without_a_bus_that_is_away(
        self, sqlite_database: Database, clock: MovableClock, bus: MemoryBus
    ) -> None:
        """
        This one hears, nobody waits, and what was not told in time is never told.
        """
        async with asyncio.TaskGroup() as tasks:
            process = await Process.built(sqlite_database, clock, tasks, bus=bus)
        here, _ = process.open(topic_of(ACME))
        for _ in range(MOST_UNTOLD + 1):
            process.news.tell(at_acme())
        await clock.advance(timedelta(seconds=3))
        process.news.tell(at_acme("Ada"))
        async with bus.overhear(TOPIC) as messages, in_background(process.news.run()):
            first = await anext(messages)
        await bus.close()

        with capture_logs() as lines:
            async with in_background(process.news.run()):
                process.news.tell(at_acme("Sam"))
                await until(lambda: any(each["event"] == "typing.untold" for each in lines))

        assert b"Ada" in first
        assert process.names(here)[MOST_UNTOLD:] == ["Pat Doe", "Ada", "Sam"]
        assert not any("Sam" in str(line) for line in lines)

    @pytest.mark.fidelity("typing.across-processes")
    async def test_pass_over_what_another_version_says(
        self, sqlite_database: Database, clock: MovableClock, bus: MemoryBus
    ) -> None:
        """
        They hear what comes after it.
        """
        async with asyncio.TaskGroup() as tasks:
            one, two = [
                await Process.built(sqlite_database, clock, tasks, bus=bus, seed=seed)
                for seed in (1, 2)
            ]
        there, _ = two.open(topic_of(ACME))
        async with in_background(one.news.run(), two.news.run()):
            await bus.mention(TOPIC, b"\x91\x01")
            one.news.tell(at_acme())
            await until(lambda: two.names(there))

        assert two.names(there) == ["Pat Doe"]
