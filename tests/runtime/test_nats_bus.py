"""What the bus over JetStream adds: restarts, other processes, servers that are not there."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise

import nats
import pytest
from nats.js import JetStreamContext
from nats.js.api import StreamInfo

from hirewire.runtime.bus import BusUnavailable, ListenerLagged, Message
from hirewire.runtime.bus import nats_link as link_module
from hirewire.runtime.bus import nats_listener as listener_module
from hirewire.runtime.bus import nats_mentions as mentions_module
from hirewire.runtime.bus import nats_publisher as publisher_module
from hirewire.runtime.bus.nats import NatsBus
from hirewire.runtime.bus.nats_link import NatsLink
from tests.fixtures import background
from tests.fixtures.servers import NatsServer, running_nats_server

PUBLISH_ELSEWHERE = """
import asyncio, sys
from hirewire.runtime.bus import connect

async def main():
    bus = await connect(sys.argv[1])
    for n in range(10):
        await bus.publish("t", b"%d" % n, message_id=f"elsewhere-{n}")
    await bus.close()

asyncio.run(main())
"""


@pytest.fixture
async def bus(spare_nats_server: NatsServer) -> AsyncIterator[NatsBus]:
    """A bus on a server of its own, with heartbeats quick enough to miss."""
    opened = await NatsBus.connect(spare_nats_server.url, heartbeat_s=0.1)
    yield opened
    await opened.close()


@pytest.fixture
async def operator(spare_nats_server: NatsServer) -> AsyncIterator[JetStreamContext]:
    """Somebody who handles the server behind the bus's back."""
    client = await nats.connect(spare_nats_server.url)
    yield client.jetstream()
    await client.close()


def numbered(numbers: Sequence[int]) -> list[Message]:
    return [Message(f"m-{n}", b"%d" % n) for n in numbers]


async def until(heard: AsyncIterator[bytes], last: bytes) -> list[bytes]:
    """What is heard up to and with *last*."""
    bodies = []
    async for body in heard:
        bodies.append(body)
        if body == last:
            break
    return bodies


class TestDoubles:
    async def test_are_heard_once(self, bus: NatsBus) -> None:
        """
        A message told again under its id within two minutes is not heard again.
        """
        async with bus.listen("t") as heard:
            await bus.publish("t", b"one", message_id="same")
            await bus.publish("t", b"one", message_id="same")
            await bus.publish("t", b"two", message_id="other")

            assert await until(heard, b"two") == [b"one", b"two"]


class TestOtherProcesses:
    async def test_hear_each_other(self, bus: NatsBus, spare_nats_server: NatsServer) -> None:
        """
        What another process tells is heard here, in its order.
        """
        async with bus.listen("t") as heard:
            other = await asyncio.create_subprocess_exec(
                sys.executable, "-c", PUBLISH_ELSEWHERE, spare_nats_server.url
            )
            bodies = await until(heard, b"9")

            assert bodies == [b"%d" % n for n in range(10)]
            assert await other.wait() == 0

    async def test_of_other_installations_do_not(
        self, bus: NatsBus, spare_nats_server: NatsServer
    ) -> None:
        """
        Two installations on one server never hear each other.
        """
        stranger = await NatsBus.connect(spare_nats_server.url, installation="stranger")

        async with bus.listen("t") as heard:
            await stranger.publish("t", b"theirs", message_id="1")
            await bus.publish("t", b"ours", message_id="1")

            assert await anext(heard) == b"ours"
        await stranger.close()


class TestRestart:
    async def test_loses_nothing(self, bus: NatsBus, spare_nats_server: NatsServer) -> None:
        """
        A listener goes on after a restart: what was told before, between and after is heard.
        """
        async with bus.listen("t") as heard:
            await bus.publish_many("t", numbered(range(100)))
            spare_nats_server.restart()
            await bus.publish_many("t", numbered(range(100, 200)))

            assert await until(heard, b"199") == [b"%d" % n for n in range(200)]
            assert bus.is_up

    async def test_loses_nothing_acknowledged_to_a_crash(
        self, bus: NatsBus, spare_nats_server: NatsServer
    ) -> None:
        """
        What was acknowledged before the server was killed is heard after it is back.
        """
        async with bus.listen("t") as heard:
            await bus.publish_many("t", numbered(range(50)))
            spare_nats_server.kill()
            spare_nats_server.start()
            await bus.publish("t", b"back", message_id="back")

            assert await until(heard, b"back") == [*(b"%d" % n for n in range(50)), b"back"]

    async def test_keeps_the_order_of_what_is_under_way(
        self, bus: NatsBus, spare_nats_server: NatsServer
    ) -> None:
        """
        Messages in flight when the server goes are sent again in their order, once each.
        """
        async with bus.listen("t") as heard:
            telling = asyncio.ensure_future(bus.publish_many("t", numbered(range(5_000))))
            first = await anext(heard)
            await asyncio.to_thread(spare_nats_server.restart)
            rest = await until(heard, b"4999")
            await telling

        numbers = [int(body) for body in [first, *rest]]
        assert all(earlier < later for earlier, later in pairwise(numbers))
        assert len(numbers) == 5_000

    async def test_is_seen_by_those_who_ask(
        self,
        bus: NatsBus,
        spare_nats_server: NatsServer,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """
        While the server is away the bus is not up, and telling is refused in time.
        """
        monkeypatch.setattr(publisher_module, "ANSWER_WITHIN_S", 0.2)
        await asyncio.to_thread(spare_nats_server.stop)

        with pytest.raises(BusUnavailable) as refusal:
            await bus.publish("t", b"nobody", message_id="1")

        assert str(refusal.value) == (
            f"The bus at {spare_nats_server.url.removeprefix('nats://')} is not available:"
            " it did not acknowledge a message within 0.2 s."
        )
        assert not bus.is_up


class TestListener:
    async def test_is_forgotten_when_it_leaves(
        self, bus: NatsBus, operator: JetStreamContext
    ) -> None:
        """
        The server keeps a consumer while somebody listens, and none afterwards.
        """
        async with bus.listen("t"):
            during = await operator.consumers_info("hirewire")
        after = await operator.consumers_info("hirewire")

        assert (len(during), len(after)) == (1, 0)

    async def test_notices_that_it_was_forgotten(
        self, bus: NatsBus, operator: JetStreamContext
    ) -> None:
        """
        A consumer lost on the server is made anew once its heartbeats are missed.
        """
        async with bus.listen("t") as heard:
            await bus.publish("t", b"one", message_id="1")
            one = await anext(heard)
            (consumer,) = await operator.consumers_info("hirewire")
            await operator.delete_consumer("hirewire", consumer.name)
            await bus.publish("t", b"two", message_id="2")

            assert (one, await anext(heard)) == (b"one", b"two")

    async def test_is_refused_when_the_stream_is_another(
        self, bus: NatsBus, operator: JetStreamContext
    ) -> None:
        """
        With its stream deleted a listener cannot know what it missed, and telling goes on.
        """
        async with bus.listen("t") as heard:
            await operator.delete_stream("hirewire")
            await bus.publish("t", b"into the new one", message_id="1")

            with pytest.raises(ListenerLagged) as refusal:
                await anext(heard)

        assert refusal.value.reason == "the server no longer has what follows"

    async def test_is_refused_when_the_connection_is_over(self, bus: NatsBus) -> None:
        """
        A connection that ends for good ends the listener with a reason, not in silence.
        """
        async with bus.listen("t") as heard:
            await bus.link.client.close()

            with pytest.raises(BusUnavailable):
                await anext(heard)

    async def test_is_refused_while_the_server_is_away(
        self,
        bus: NatsBus,
        spare_nats_server: NatsServer,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """
        Nobody can begin to listen to a server that cannot say when it counts them in.
        """
        monkeypatch.setattr(listener_module, "ANSWER_WITHIN_S", 0.2)
        await asyncio.to_thread(spare_nats_server.stop)

        with pytest.raises(BusUnavailable) as refusal:
            await bus.listen("t").__aenter__()

        assert refusal.value.reason == "it does not take a listener"

    async def test_comes_back_after_a_long_silence(
        self, bus: NatsBus, spare_nats_server: NatsServer
    ) -> None:
        """
        A reader that waits through many missed heartbeats hears on when the server is back.
        """
        async with bus.listen("t") as heard:
            waiting = asyncio.ensure_future(until(heard, b"back"))
            await asyncio.to_thread(spare_nats_server.stop)
            await asyncio.wait([waiting], timeout=0.5)
            await asyncio.to_thread(spare_nats_server.start)
            await bus.publish("t", b"back", message_id="back")

            assert await waiting == [b"back"]

    async def test_has_a_lost_attempt_made_again(
        self, bus: NatsBus, spare_nats_server: NatsServer
    ) -> None:
        """
        The client's own task that reconnects ends of a stray cancel: the bus comes back.
        """
        async with bus.listen("t") as heard:
            await asyncio.to_thread(spare_nats_server.stop)
            await background.until(lambda: not bus.is_up)
            attempt = bus.link.client._reconnection_task
            assert attempt is not None
            attempt.cancel()
            await asyncio.to_thread(spare_nats_server.start)
            await bus.publish("t", b"back", message_id="back")

            assert await until(heard, b"back") == [b"back"]

    async def test_says_so_when_it_fails_itself(
        self, bus: NatsBus, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        A listener that nothing was to stop, and that cannot go on, refuses its reader.
        """
        async with bus.listen("t") as heard:
            reading = asyncio.ensure_future(anext(heard))

            async def fail() -> StreamInfo:
                raise asyncio.CancelledError

            monkeypatch.setattr(NatsLink, "stream", lambda _: fail())
            for doubt in bus.link.on_up:
                doubt()

            with pytest.raises(BusUnavailable) as refusal:
                await reading

        assert refusal.value.reason == "its listener failed"


class TestClosing:
    async def test_leaves_nothing_running(
        self, spare_nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Whenever it happens between two attempts to reach a server that is away, it ends them.
        """
        monkeypatch.setattr(link_module, "RECONNECT_EVERY_S", 0.001)
        buses = [await NatsBus.connect(spare_nats_server.url) for _ in range(40)]
        await asyncio.to_thread(spare_nats_server.stop)

        for bus in buses:
            await bus.close()

        others = asyncio.all_tasks() - {asyncio.current_task()}
        _, left = await asyncio.wait(others, timeout=5) if others else (set(), set())
        assert left == set()

    async def test_is_for_good(
        self, spare_nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        A server that comes back just then is not reached again.
        """
        monkeypatch.setattr(link_module, "RECONNECT_EVERY_S", 0.001)
        buses = [await NatsBus.connect(spare_nats_server.url) for _ in range(40)]
        await asyncio.to_thread(spare_nats_server.stop)
        starting = asyncio.ensure_future(asyncio.to_thread(spare_nats_server.start))

        for bus in buses:
            await asyncio.wait([starting], timeout=0.002)
            await bus.close()

        await starting
        others = asyncio.all_tasks() - {asyncio.current_task()}
        _, left = await asyncio.wait(others, timeout=5) if others else (set(), set())
        assert left == set()
        assert not any(bus.is_up or bus.link.client.is_connected for bus in buses)


class TestMentions:
    @pytest.mark.fidelity("bus.mention")
    async def test_are_kept_nowhere(self, bus: NatsBus, operator: JetStreamContext) -> None:
        """
        The stream, which keeps what is published for a day, takes none of them.
        """
        async with bus.overhear("t") as heard:
            await bus.mention("t", b"said")
            await bus.publish("t", b"kept", message_id="1")
            first = await anext(heard)

        state = (await operator.stream_info("hirewire")).state
        assert (first, state.messages) == (b"said", 1)

    @pytest.mark.fidelity("bus.mention")
    async def test_are_heard_again_after_a_restart(
        self, bus: NatsBus, spare_nats_server: NatsServer
    ) -> None:
        """
        What is mentioned while the server is away is dropped, and nobody waits.
        """
        async with bus.overhear("t") as heard:
            spare_nats_server.stop()
            await background.until(lambda: not bus.is_up)
            await bus.mention("t", b"lost")
            spare_nats_server.start()
            await background.until(lambda: bus.is_up)
            await bus.mention("t", b"heard")

            assert await anext(heard) == b"heard"

    async def test_are_not_overheard_while_the_server_is_away(
        self, bus: NatsBus, spare_nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Who enters then is refused, and can try again.
        """
        monkeypatch.setattr(mentions_module, "ANSWER_WITHIN_S", 0.05)
        spare_nats_server.stop()
        await background.until(lambda: not bus.is_up)

        with pytest.raises(BusUnavailable):
            await bus.overhear("t").__aenter__()


class TestConnect:
    async def test_refuses_a_server_that_is_not_there(self) -> None:
        """
        Nobody listening there is said at once, in one line, without the password.
        """
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]

        with pytest.raises(BusUnavailable) as refusal:
            await NatsBus.connect(f"nats://me:secret@127.0.0.1:{port}")

        assert refusal.value.where == f"127.0.0.1:{port}"
        assert "Connect call failed" in refusal.value.reason
        assert "secret" not in str(refusal.value)

    @pytest.mark.parametrize(
        ("configuration", "reason"),
        [
            ("server_name: plain", "it runs without JetStream"),
            (
                "jetstream: enabled, max_payload: 1000",
                "its max_payload is 1000, hirewire needs 1045504",
            ),
        ],
    )
    async def test_refuses_a_server_that_cannot_serve(
        self, configuration: str, reason: str
    ) -> None:
        """
        A server that lacks what the bus needs is refused with what it lacks.
        """
        with running_nats_server(configuration) as server:
            with pytest.raises(BusUnavailable) as refusal:
                await NatsBus.connect(server.url)

            assert refusal.value.reason == reason

    async def test_refuses_a_name_that_is_taken(
        self, spare_nats_server: NatsServer, operator: JetStreamContext
    ) -> None:
        """
        Another stream that already has our subjects is named as the trouble.
        """
        await operator.add_stream(name="theirs", subjects=["ours.*"])

        with pytest.raises(BusUnavailable) as refusal:
            await NatsBus.connect(spare_nats_server.url, installation="ours")

        assert refusal.value.reason == (
            "it refuses the stream 'ours': subjects overlap with an existing stream"
        )

    async def test_takes_a_stream_as_the_operator_made_it(
        self, spare_nats_server: NatsServer, operator: JetStreamContext
    ) -> None:
        """
        A stream with bounds of the operator's own is used, and stays as it is.
        """
        await operator.add_stream(name="ours", subjects=["ours.*"], max_bytes=10_000_000)

        bus = await NatsBus.connect(spare_nats_server.url, installation="ours")
        async with bus.listen("t") as heard:
            await bus.publish("t", b"hello", message_id="1")
            body = await anext(heard)
        await bus.close()

        stream = await operator.stream_info("ours")
        assert (body, stream.config.max_bytes) == (b"hello", 10_000_000)
