"""What streams carry, and to whom: the documented events on real sockets."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from hirewire.accounts.model import Role
from hirewire.conversations.facts import MessageSent
from hirewire.conversations.model import Side
from hirewire.kit.clock import MovableClock
from hirewire.realtime.model import EventType, update_uuid
from hirewire.realtime.updates import EVENT_TYPES, OfMessage
from tests.conversations.world import World
from tests.realtime.running import NODE_IDS, OPENING, UUID_LENGTH, RealTime, running
from tests.web.streams.parser import Event

ANY_ID = re.compile(rb"[A-Za-z0-9_-]{48}")
ANY_UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def thread_of(event: Event) -> UUID:
    """Read whose thread an update is about."""
    payload = json.loads(json.loads(event.data)["payload"])
    return NODE_IDS.read("Conversation", payload["conversationId"])


class TestOpening:
    @pytest.mark.fidelity(
        "realtime.stream.is-an-event-stream",
        "realtime.stream.not-cached-nor-buffered",
        "realtime.opening.order",
        "realtime.connection-metadata.data",
        "realtime.connection-config.data",
        "realtime.heartbeat.at-once",
    )
    async def test_begins_as_documented(self, real_time: RealTime, world: World) -> None:
        """
        The head, then metadata, reconnect policy and a heartbeat, byte for byte.
        """
        stream = await real_time.ask(world.acme_caller)

        assert stream.status == 200
        assert stream.headers["content-type"] == "text/event-stream"
        assert stream.headers["cache-control"] == "no-store"
        assert stream.headers["x-accel-buffering"] == "no"
        opening = await stream.raw(len(OPENING))
        nameless = ANY_UUID.sub(b"-" * UUID_LENGTH, opening)
        assert ANY_ID.sub(b"=" * 48, nameless) == OPENING

    async def test_each_connection_has_its_own_name(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        Two streams of one caller are told apart.
        """
        names = set()
        for _ in range(2):
            stream = await real_time.ask(world.acme_caller)
            names.add((await stream.next())[0].data)

        assert len(names) == 2

    async def test_is_logged_at_open_and_close(self, real_time: RealTime, world: World) -> None:
        """
        The access log has both ends of a stream.
        """
        stream = await real_time.listen(world.acme_caller)
        await stream.leave()
        await real_time.until(lambda: len(real_time.log) == 2)

        events = [(event, fields["kind"]) for event, fields in real_time.log]
        assert events == [
            ("stream opened", "message-update"),
            ("stream closed", "message-update"),
        ]
        assert real_time.log[1][1]["reason"] == "client"


class TestMessageUpdate:
    @pytest.mark.fidelity(
        "realtime.message-update.data",
        "realtime.message-update.payload-is-a-string",
        "realtime.message-update.ids-are-graphqls",
        "realtime.message-update.event-time",
        "realtime.message-update.uuid-tells-the-time",
    )
    async def test_tells_of_a_new_message(self, real_time: RealTime, world: World) -> None:
        """
        A message in a thread arrives as the documented frame, byte for byte.
        """
        stream = await real_time.listen(world.acme_caller)

        message = await real_time.say(world.thread)

        async with world.database.read() as reader:
            fact_id = await reader.value(
                "SELECT id FROM facts WHERE kind = 'conversation.message_sent'"
            )
        uuid = update_uuid(fact_id, message.sent_at)
        thread = NODE_IDS.mint("Conversation", world.thread.id)
        expected = (
            "event: message-update\n"
            f"id: {'=' * 48}\n"
            f'data: {{"uuid":"{uuid}","eventType":"new-message",'
            f'"payload":"{{\\"eventId\\":\\"{message.id}\\",'
            f'\\"conversationId\\":\\"{thread}\\"}}","eventTime":1772442000000}}\n\n'
        ).encode()
        assert ANY_ID.sub(b"=" * 48, await stream.raw(len(expected)), 1) == expected
        assert message.sent_at == datetime.fromtimestamp(1772442000, UTC)

    async def test_comes_to_every_stream_once_and_in_order(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        All who may see a thread hear the same messages in the same order.
        """
        streams = [await real_time.listen(world.acme_caller) for _ in range(3)]

        said = [str((await real_time.say(world.thread)).id) for _ in range(5)]

        for stream in streams:
            updates = await stream.next(5)
            payloads = [json.loads(json.loads(update.data)["payload"]) for update in updates]
            assert [payload["eventId"] for payload in payloads] == said

    async def test_nothing_is_told_that_was_rolled_back(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        A message whose unit fails is never heard of.
        """
        stream = await real_time.listen(world.acme_caller)
        with pytest.raises(ZeroDivisionError):
            await self._fail_after_sending(world)

        kept = await real_time.say(world.thread, "kept")

        [update] = await stream.next()
        assert json.loads(json.loads(update.data)["payload"])["eventId"] == str(kept.id)

    async def _fail_after_sending(self, world: World) -> None:
        async with world.database.unit() as uow:
            await world.conversations.receive(uow, world.thread.id, "lost")
            raise ZeroDivisionError


class TestWhoHears:
    @pytest.mark.fidelity(
        "realtime.access.own-employer-only", "realtime.access.two-legged-token"
    )
    async def test_two_employers_never_hear_each_other(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        Each employer's app hears of its own threads alone.
        """
        acme = await real_time.listen(world.acme_caller)
        globex = await real_time.listen(
            world.caller(app=world.globex_app, employer=world.globex)
        )

        await real_time.say(world.globex_thread)
        await real_time.say(world.thread)
        await real_time.say(world.globex_thread)
        await real_time.pass_time(25)

        heard = [[e.type, e.data != "0" and thread_of(e)] for e in await acme.next(2)]
        assert heard == [["message-update", world.thread.id], ["heartbeat", False]]
        heard = [[e.type, e.data != "0" and thread_of(e)] for e in await globex.next(3)]
        assert heard == [
            ["message-update", world.globex_thread.id],
            ["message-update", world.globex_thread.id],
            ["heartbeat", False],
        ]

    @pytest.mark.fidelity("realtime.access.person-hears-all-employers")
    async def test_a_person_hears_all_of_theirs_on_one_stream(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        Pat acts for both employers, and a token without one hears both.
        """
        stream = await real_time.listen(world.caller(person=world.pat))

        await real_time.say(world.globex_thread)
        await real_time.say(world.thread)

        threads = [thread_of(event) for event in await stream.next(2)]
        assert threads == [world.globex_thread.id, world.thread.id]

    @pytest.mark.fidelity("realtime.access.three-legged-token")
    async def test_a_person_who_represents_one_hears_that_one(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        A token that represents an employer is about that employer.
        """
        stream = await real_time.listen(world.caller(person=world.pat, employer=world.acme))

        await real_time.say(world.globex_thread)
        await real_time.say(world.thread)

        assert [thread_of(event) for event in await stream.next()] == [world.thread.id]

    async def test_a_person_without_employers_hears_heartbeats(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        Sam acts for nobody yet, and hears that the connection is healthy.
        """
        stream = await real_time.listen(world.caller(person=world.sam))

        await real_time.say(world.thread)
        await real_time.pass_time(25)

        assert [event.type for event in await stream.next()] == ["heartbeat"]


class TestFilter:
    @pytest.mark.fidelity("realtime.filter.event-types")
    @pytest.mark.parametrize("query", ["", "eventTypes=new-message", "other=x"])
    async def test_new_messages_pass(
        self, real_time: RealTime, world: World, query: str
    ) -> None:
        """
        Without a filter, and with one that names them, messages are heard.
        """
        stream = await real_time.listen(world.acme_caller, query)

        await real_time.say(world.thread)

        assert [event.type for event in await stream.next()] == ["message-update"]

    @pytest.mark.fidelity("realtime.filter.control-events-always")
    async def test_control_events_pass_every_filter(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        The filter is about `data.eventType`, and control events have none.
        """
        stream = await real_time.listen(world.acme_caller, "eventTypes=new-message")

        await real_time.pass_time(25)

        assert [event.type for event in await stream.next()] == ["heartbeat"]

    async def test_another_type_is_filtered_out(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        A frame of a type that was not asked for is not sent.
        """
        stream = await real_time.listen(world.acme_caller, "eventTypes=new-message")
        topic = f"employer:{world.acme.id.hex}"

        real_time.hub.publish(topic, b"event: message-update\ndata: 1\n\n", event="other")
        await real_time.say(world.thread)

        assert [thread_of(event) for event in await stream.next()] == [world.thread.id]


class TestHeartbeat:
    @pytest.mark.fidelity("realtime.heartbeat.interval")
    @pytest.mark.parametrize(("fraction", "seconds"), [(0.0, 16), (0.5, 20), (1.0, 24)])
    async def test_beats_every_20_seconds_give_or_take_a_fifth(
        self, world: World, clock: MovableClock, fraction: float, seconds: int
    ) -> None:
        """
        Nothing before the beat is due, and one at every beat.
        """
        async with running(world, clock, lambda: fraction) as real_time:
            stream = await real_time.listen(world.acme_caller)

            await real_time.pass_time(seconds - 0.5)
            await real_time.say(world.thread)
            await real_time.pass_time(1 + seconds)

            types = [event.type for event in await stream.next(3)]
            assert types == ["message-update", "heartbeat", "heartbeat"]


class TestEnd:
    @pytest.mark.fidelity("realtime.lifetime.token-expiry")
    async def test_ends_when_the_token_does(self, real_time: RealTime, world: World) -> None:
        """
        A stream does not outlive its access token.
        """
        short = replace(
            world.acme_caller, expires_at=real_time.clock.now() + timedelta(minutes=10)
        )
        stream = await real_time.listen(short)

        await real_time.pass_time(599)
        await real_time.say(world.thread, "in time")
        await real_time.pass_time(1)
        await real_time.say(world.thread, "too late")

        types = [event.type for event in await stream.rest()]
        assert sorted(types[:-2]) == ["heartbeat"] * 29 + ["token-expiring"]
        assert types[-2:] == ["message-update", "reconnect"]
        assert real_time.hub.open_streams == 0
        assert real_time.log[-1][1]["reason"] == "expired"

    @pytest.mark.fidelity("realtime.lifetime.maximum")
    async def test_ends_before_it_grows_old(self, real_time: RealTime, world: World) -> None:
        """
        However long the token lives, a stream lives four hours at most, less at random.
        """
        long = replace(world.acme_caller, expires_at=real_time.clock.now() + timedelta(days=1))
        await real_time.listen(long)

        await real_time.pass_time(4 * 3419)
        before = real_time.hub.open_streams
        await real_time.pass_time(8)

        assert (before, real_time.hub.open_streams) == (1, 0)

    async def test_a_client_that_leaves_frees_its_slot(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        Nothing is kept of a closed tab.
        """
        streams = [await real_time.listen(world.acme_caller) for _ in range(3)]
        for stream in streams[:2]:
            await stream.leave()
        await real_time.until(lambda: real_time.hub.open_streams == 1)

        await real_time.say(world.thread)

        assert [event.type for event in await streams[2].next()] == ["message-update"]


class TestListener:
    async def test_says_nothing_of_other_facts(self, real_time: RealTime, world: World) -> None:
        """
        Somebody who joins an employer is no update.
        """
        stream = await real_time.listen(world.acme_caller)

        async with world.database.unit() as uow:
            await world.accounts.join(uow, world.sam.id, world.acme.id, Role.RECRUITER)
        await real_time.say(world.thread)

        assert [thread_of(event) for event in await stream.next()] == [world.thread.id]

    @pytest.mark.fidelity("realtime.event-types.more")
    async def test_tells_of_a_thread_that_begins(
        self, real_time: RealTime, world: World
    ) -> None:
        """
        A new thread is an update of a type of its own, named by its fact.
        """
        stream = await real_time.listen(world.acme_caller, "eventTypes=conversation-started")

        async with world.database.unit() as uow:
            opened = await world.conversations.open(uow, world.acme.id, world.thread.candidate)
        await real_time.relay.idle()

        [update] = await stream.next()
        async with world.database.read() as reader:
            fact_id = await reader.value(
                "SELECT id FROM facts WHERE kind = 'conversation.opened' ORDER BY seq DESC"
            )
        assert thread_of(update) == opened.id
        assert json.loads(update.data)["eventType"] == "conversation-started"
        assert json.loads(json.loads(update.data)["payload"])["eventId"] == str(fact_id)

    def test_understands_the_fact_of_the_slice_that_tells_it(self) -> None:
        """
        The two slices are strangers; this is where they are held against each other.
        """
        at = datetime(2026, 3, 2, tzinfo=UTC)
        told = MessageSent(
            employer_id=UUID(int=1),
            conversation_id=UUID(int=2),
            message_id=UUID(int=3),
            side=Side.CANDIDATE,
            sent_at=at,
        )

        understood: OfMessage = told

        assert EVENT_TYPES[told.kind] == EventType.NEW_MESSAGE
        assert understood.message_id == UUID(int=3)
