"""Coming back: the verdict, what was missed, and then what comes, on real sockets."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import pytest

from hirewire.kit.caller import Caller
from hirewire.kit.facts import Position
from hirewire.realtime.cursors import Cursors
from hirewire.realtime.ring import Ring
from tests.conversations.world import World
from tests.realtime.running import SECRET, Answer, RealTime
from tests.web.streams.parser import Event

CONTROL: Final = ["connection-metadata", "realtime-connection-config", "heartbeat"]


async def come_back(
    real_time: RealTime, caller: Caller, cursor: str, query: str = ""
) -> tuple[Answer, dict[str, object]]:
    """Open a stream from *cursor* on, and read its opening; return the verdict, too."""
    stream = await real_time.ask(caller, query, headers={"Last-Event-ID": cursor})
    opening = await stream.next(3)
    assert [event.type for event in opening] == CONTROL
    said = json.loads(opening[0].data)
    return stream, {name: said[name] for name in said if name != "connectionUuid"}


def told(events: Sequence[Event]) -> list[str]:
    """Name the messages that updates are about."""
    return [json.loads(json.loads(event.data)["payload"])["eventId"] for event in events]


async def heard_once(real_time: RealTime, world: World) -> str:
    """Hear one message, leave, and return the cursor that came with it."""
    stream = await real_time.listen(world.acme_caller)
    await real_time.say(world.thread)
    [event] = await stream.next()
    await stream.leave()
    return event.last_id


def forget_frames(real_time: RealTime) -> None:
    """Have only the log tell what was before."""
    announcer = real_time.streams.announcer
    assert announcer.head is not None
    announcer.ring = Ring(announcer.head)


class TestIds:
    @pytest.mark.fidelity("realtime.id.on-every-event", "realtime.retry-hint")
    async def test_every_event_has_one(self, real_time: RealTime, world: World) -> None:
        """
        Control events, updates and beats alike; and EventSource is told how long to wait.
        """
        stream = await real_time.ask(world.acme_caller)
        await real_time.say(world.thread)
        await real_time.pass_time(25)

        seen = []
        for _ in range(5):
            block = await stream.reader.readuntil(b"\n\n")
            lines = block.decode().splitlines()
            seen.append([line.partition(":")[0] for line in lines if line])

        assert seen[0] == ["event", "id", "retry", "data"]
        assert seen[1:] == [["event", "id", "data"]] * 4

    @pytest.mark.fidelity("realtime.heartbeat.moves-the-cursor")
    async def test_heartbeats_move_on(self, real_time: RealTime, world: World) -> None:
        """
        A stream that hears nothing of its own stands where the log does, and now.
        """
        stream = await real_time.ask(world.acme_caller)
        opening = await stream.next(3)
        await real_time.say(world.globex_thread)
        await real_time.pass_time(25)

        [beat] = await stream.next()

        cursors = real_time.streams.cursors
        before, after = cursors.read(opening[2].last_id), cursors.read(beat.last_id)
        assert after.position == real_time.streams.announcer.head
        assert after.position > before.position
        assert after.minted_at - before.minted_at == timedelta(seconds=20)


class TestResume:
    @pytest.mark.fidelity(
        "realtime.resume.last-event-id",
        "realtime.resume.once-and-in-order",
        "realtime.verdict.in-band",
    )
    @pytest.mark.parametrize("source", ["ring", "log"])
    async def test_goes_on_where_it_ended(
        self, real_time: RealTime, world: World, source: str
    ) -> None:
        """
        What was missed comes first, once and in order, and then what comes.
        """
        cursor = await heard_once(real_time, world)
        missed = [str((await real_time.say(world.thread)).id) for _ in range(3)]
        if source == "log":
            forget_frames(real_time)

        stream, verdict = await come_back(real_time, world.acme_caller, cursor)
        replayed = await stream.next(3)
        live = str((await real_time.say(world.thread)).id)

        assert verdict == {"recovered": True, "replayed": 3, "reason": None}
        assert told(replayed) == missed
        assert told(await stream.next()) == [live]
        await stream.leave()

    @pytest.mark.parametrize("source", ["ring", "log"])
    async def test_the_bytes_are_the_same_whichever_way(
        self, real_time: RealTime, world: World, source: str
    ) -> None:
        """
        An update that is replayed, even much later, is the very frame that was live.
        """
        cursor = await heard_once(real_time, world)
        live = await real_time.listen(world.acme_caller)
        await real_time.say(world.thread)
        frame = await live.reader.readuntil(b"\n\n")
        await real_time.pass_time(600)
        if source == "log":
            forget_frames(real_time)

        stream, _ = await come_back(real_time, world.acme_caller, cursor)

        assert await stream.reader.readuntil(b"\n\n") == frame

    @pytest.mark.fidelity("realtime.resume.query")
    async def test_a_query_names_the_place_too(self, real_time: RealTime, world: World) -> None:
        """
        EventSource cannot set a header; an empty header is none, and a header wins.
        """
        cursor = await heard_once(real_time, world)
        await real_time.say(world.thread)
        query = f"lastEventId={cursor}"

        verdicts = []
        for headers in ({}, {"Last-Event-ID": ""}, {"Last-Event-ID": "other"}):
            stream = await real_time.ask(world.acme_caller, query, headers=headers)
            verdicts.append(json.loads((await stream.next())[0].data))

        assert [verdict["recovered"] for verdict in verdicts] == [True, True, False]
        assert [verdict["replayed"] for verdict in verdicts] == [1, 1, 0]

    async def test_without_a_cursor_there_is_no_verdict(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        The documented data, and nothing else.
        """
        stream = await real_time.ask(world.acme_caller, "lastEventId=")

        [metadata] = (await stream.next())[:1]

        assert list(json.loads(metadata.data)) == ["connectionUuid"]

    @pytest.mark.parametrize("source", ["ring", "log"])
    async def test_nothing_missed_is_a_verdict_as_well(
        self, real_time: RealTime, world: World, source: str
    ) -> None:
        """
        Others' updates are not counted, and the cursor is the newest at once.
        """
        cursor = await heard_once(real_time, world)
        await real_time.say(world.globex_thread)
        if source == "log":
            forget_frames(real_time)

        stream, verdict = await come_back(real_time, world.acme_caller, cursor)

        place = real_time.streams.cursors.read(stream.events.last_id).position
        assert verdict == {"recovered": True, "replayed": 0, "reason": None}
        assert place == real_time.streams.announcer.head

    async def test_who_leaves_while_it_is_replayed_loses_nothing(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        Until the first missed update came, the reader stands where they were.
        """
        cursor = await heard_once(real_time, world)
        missed = [str((await real_time.say(world.thread)).id) for _ in range(2)]
        stream, _ = await come_back(real_time, world.acme_caller, cursor)
        assert stream.events.last_id == cursor
        await stream.leave()

        again, verdict = await come_back(real_time, world.acme_caller, stream.events.last_id)

        assert (verdict["replayed"], told(await again.next(2))) == (2, missed)

    @pytest.mark.parametrize("source", ["ring", "log"])
    async def test_a_filter_holds_for_what_was_missed(
        self, real_time: RealTime, world: World, source: str
    ) -> None:
        """
        Only wanted types are replayed and counted; the cursor still moves over the others.
        """
        cursor = await heard_once(real_time, world)
        await real_time.say(world.thread)
        async with world.database.unit() as uow:
            await world.conversations.open(uow, world.acme.id, world.thread.candidate)
        await real_time.relay.idle()
        if source == "log":
            forget_frames(real_time)

        stream, verdict = await come_back(
            real_time, world.acme_caller, cursor, "eventTypes=conversation-started"
        )

        [event] = await stream.next()
        assert verdict["replayed"] == 1
        assert json.loads(event.data)["eventType"] == "conversation-started"

    @pytest.mark.fidelity("realtime.resume.seen-now-only")
    @pytest.mark.parametrize("source", ["ring", "log"])
    async def test_replays_what_may_be_seen_now(
        self, real_time: RealTime, world: World, source: str
    ) -> None:
        """
        A cursor gives nobody a right: who left an employer misses what was said there.
        """
        caller = world.caller(person=world.pat)
        stream = await real_time.ask(caller)
        cursor = (await stream.next(3))[2].last_id
        await stream.leave()
        await real_time.say(world.thread)
        mine = str((await real_time.say(world.globex_thread)).id)
        async with world.database.unit() as uow:
            await world.accounts.leave(uow, world.pat.id, world.acme.id)
        if source == "log":
            forget_frames(real_time)

        stream, verdict = await come_back(real_time, caller, cursor)

        assert (verdict["replayed"], told(await stream.next())) == (1, [mine])

    async def test_many_pages_come_whole(self, real_time: RealTime, world: World) -> None:
        """
        More than a page of the log, and more than a slice of the ring, lose nothing.
        """
        cursor = await heard_once(real_time, world)
        said = [str((await real_time.say(world.thread)).id) for _ in range(450)]
        fast, verdict = await come_back(real_time, world.acme_caller, cursor)
        from_ring = told(await fast.next(450))
        forget_frames(real_time)

        slow, counted = await come_back(real_time, world.acme_caller, cursor)
        from_log = told(await slow.next(450))
        live = str((await real_time.say(world.thread)).id)

        assert (verdict["replayed"], counted["replayed"]) == (450, 450)
        assert (from_ring, from_log) == (said, said)
        assert told(await slow.next()) == told(await fast.next()) == [live]
        assert real_time.streams.recoveries.replayed == 900


class TestVerdict:
    @pytest.mark.fidelity("realtime.verdict.unknown-cursor")
    @pytest.mark.parametrize("cursor", ["x", "A" * 48, "A" * 5000, "%00", "ä"])
    async def test_a_stranger_begins_live(
        self, real_time: RealTime, world: World, cursor: str
    ) -> None:
        """
        Nothing is replayed, and what comes from now on is not missed.
        """
        await real_time.say(world.thread)

        stream, verdict = await come_back(real_time, world.acme_caller, cursor)
        live = str((await real_time.say(world.thread)).id)

        assert verdict == {"recovered": False, "replayed": 0, "reason": "unknown_cursor"}
        assert told(await stream.next()) == [live]

    @pytest.mark.fidelity("realtime.verdict.unknown-cursor")
    async def test_nobody_was_ahead_of_the_log(self, real_time: RealTime, world: World) -> None:
        """
        A cursor from before a backup was restored is not taken for a place to come.
        """
        head = real_time.streams.announcer.head
        assert head is not None
        cursor = real_time.streams.cursors.mint(Position(head.tx, head.seq + 5))

        _, verdict = await come_back(real_time, world.acme_caller, cursor)

        assert verdict["reason"] == "unknown_cursor"

    async def test_another_log_is_another(self, real_time: RealTime, world: World) -> None:
        """
        Also where positions are the same.
        """
        await heard_once(real_time, world)
        head = real_time.streams.announcer.head
        assert head is not None

        _, verdict = await come_back(
            real_time, world.acme_caller, Cursors(SECRET, 1, real_time.clock).mint(head)
        )

        assert verdict["reason"] == "unknown_cursor"

    @pytest.mark.fidelity("realtime.verdict.expired")
    async def test_a_day_is_replayed_and_no_more(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        At 24 hours all of it is there; a second later it is said that it is not.
        """
        cursor = await heard_once(real_time, world)
        missed = str((await real_time.say(world.thread)).id)
        caller = world.acme_caller
        verdicts = []
        await real_time.pass_time(24 * 3600)
        late = _living(real_time, caller)
        stream, verdict = await come_back(real_time, late, cursor)
        verdicts.append((verdict["recovered"], told(await stream.next())))
        await real_time.pass_time(1)

        stream, verdict = await come_back(real_time, late, cursor)

        assert verdicts == [(True, [missed])]
        assert verdict == {"recovered": False, "replayed": 0, "reason": "expired"}

    async def test_verdicts_are_counted(self, real_time: RealTime, world: World) -> None:
        """
        One for each who came back; HEAD opens nothing and counts for nothing.
        """
        cursor = await heard_once(real_time, world)
        await come_back(real_time, world.acme_caller, cursor)
        await come_back(real_time, world.acme_caller, "x")
        await real_time.ask(world.acme_caller, method="HEAD", headers={"Last-Event-ID": cursor})

        assert dict(real_time.streams.recoveries.verdicts) == {
            "recovered": 1,
            "unknown_cursor": 1,
        }


class TestHead:
    @pytest.mark.fidelity("realtime.methods.head")
    async def test_says_what_get_would(self, real_time: RealTime, world: World) -> None:
        """
        The same status and headers, no body, and no stream.
        """
        get = await real_time.ask(world.acme_caller)
        await get.leave()
        await real_time.until(lambda: real_time.hub.open_streams == 0)

        head = await real_time.ask(world.acme_caller, method="HEAD")
        refused = await real_time.ask(None, method="HEAD")

        names = ("content-type", "cache-control", "x-accel-buffering", "vary")
        assert (head.status, refused.status) == (200, 400)
        assert [head.headers[name] for name in names] == [get.headers[name] for name in names]
        assert real_time.hub.open_streams == 0


class TestDrain:
    async def test_a_stream_that_ends_says_where(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        The last word carries the last place: a restart in between loses nothing.
        """
        stream = await real_time.listen(world.acme_caller)
        await real_time.say(world.thread)
        await real_time.hub.drain(0.05)

        events = await stream.rest()

        assert [event.type for event in events] == ["message-update", "reconnect"]
        place = real_time.streams.cursors.read(events[1].last_id).position
        assert place == real_time.streams.announcer.head


def _living(real_time: RealTime, caller: Caller) -> Caller:
    """The same caller with a token of this moment."""
    return Caller(
        app_id=caller.app_id,
        scopes=caller.scopes,
        expires_at=real_time.clock.now() + timedelta(hours=1),
        person_id=caller.person_id,
        employer_id=caller.employer_id,
        token_ids=frozenset({UUID(int=1)}),
    )
