"""What every bus does, run on each of them."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hirewire.runtime.bus import (
    LARGEST_BODY_BYTES,
    Bus,
    BusUnavailable,
    ListenerLagged,
    MemoryBus,
    Message,
    MessageTooLarge,
)
from hirewire.runtime.bus.nats import NatsBus
from tests.fixtures.servers import NatsServer

BACKLOG = 2_000

pytestmark = pytest.mark.parametrize("bus", ["memory", "nats"], indirect=True)

_numbers = count()


@pytest.fixture
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    """An empty bus of the kind asked for."""
    opened: Bus = MemoryBus(backlog=BACKLOG)
    if request.param == "nats":
        server: NatsServer = request.getfixturevalue("nats_server")
        name = f"contract-{next(_numbers)}"
        opened = await NatsBus.connect(server.url, installation=name, backlog=BACKLOG)
    yield opened
    await opened.close()


def numbered(numbers: Iterable[int], prefix: str = "m") -> list[Message]:
    """Messages whose bodies are their numbers."""
    return [Message(f"{prefix}-{n}", b"%d" % n) for n in numbers]


async def take(heard: AsyncIterator[bytes], how_many: int) -> list[bytes]:
    return [await anext(heard) for _ in range(how_many)]


async def rest_of(heard: AsyncIterator[bytes]) -> list[bytes]:
    """All that comes until the iteration ends."""
    return [body async for body in heard]


class TestPublish:
    async def test_reaches_every_listener(self, bus: Bus) -> None:
        """
        Two listeners of one topic both hear what is told.
        """
        async with bus.listen("t") as one, bus.listen("t") as two:
            await bus.publish("t", b"hello", message_id="1")

            assert await anext(one) == b"hello"
            assert await anext(two) == b"hello"

    async def test_needs_no_listener(self, bus: Bus) -> None:
        """
        Telling nobody works, and whoever comes later hears only what comes later still.
        """
        await bus.publish("t", b"before", message_id="1")

        async with bus.listen("t") as heard:
            await bus.publish("t", b"after", message_id="2")

            assert await anext(heard) == b"after"

    async def test_keeps_the_order_of_one_publisher(self, bus: Bus) -> None:
        """
        A thousand messages told one by one are heard in the order told.
        """
        async with bus.listen("t") as heard:
            for message in numbered(range(1_000)):
                await bus.publish("t", message.body, message_id=message.id)

            assert await take(heard, 1_000) == [b"%d" % n for n in range(1_000)]

    async def test_keeps_the_order_of_each_publisher(self, bus: Bus) -> None:
        """
        Of four who tell at once, each one's messages are heard in its own order.
        """
        prefixes = ("a", "b", "c", "d")

        async def tell(prefix: str) -> None:
            for n in range(100):
                await bus.publish("t", f"{prefix}{n}".encode(), message_id=f"{prefix}{n}")

        async with bus.listen("t") as heard:
            await asyncio.gather(*(tell(prefix) for prefix in prefixes))
            bodies = [body.decode() for body in await take(heard, 400)]

        for prefix in prefixes:
            of_one = [body for body in bodies if body.startswith(prefix)]
            assert of_one == [f"{prefix}{n}" for n in range(100)]

    async def test_refuses_a_body_that_is_too_large(self, bus: Bus) -> None:
        """
        A body of one byte too many is heard by nobody, nor are those told with it.
        """
        large = Message("2", bytes(LARGEST_BODY_BYTES + 1))

        async with bus.listen("t") as heard:
            with pytest.raises(MessageTooLarge) as refusal:
                await bus.publish_many("t", [Message("1", b"small"), large])
            await bus.publish("t", b"next", message_id="3")

            assert refusal.value.size == LARGEST_BODY_BYTES + 1
            assert refusal.value.limit == LARGEST_BODY_BYTES
            assert await anext(heard) == b"next"

    async def test_is_refused_once_closed(self, bus: Bus) -> None:
        """
        A closed bus takes no message and no listener, and says so.
        """
        await bus.close()

        with pytest.raises(BusUnavailable):
            await bus.publish("t", b"late", message_id="1")
        with pytest.raises(BusUnavailable):
            await bus.listen("t").__aenter__()
        assert not bus.is_up


class TestPublishMany:
    async def test_keeps_the_order(self, bus: Bus) -> None:
        """
        A thousand messages told at once are heard in the order given.
        """
        async with bus.listen("t") as heard:
            await bus.publish_many("t", numbered(range(1_000)))

            assert await take(heard, 1_000) == [b"%d" % n for n in range(1_000)]

    async def test_takes_nothing(self, bus: Bus) -> None:
        """
        Telling no messages is no mistake.
        """
        await bus.publish_many("t", [])

        assert bus.is_up


class TestBodies:
    async def test_the_largest_arrives_whole(self, bus: Bus) -> None:
        """
        A body of the largest size arrives byte for byte.
        """
        body = bytes(range(256)) * (LARGEST_BODY_BYTES // 256)

        async with bus.listen("t") as heard:
            await bus.publish("t", body, message_id="1")

            assert await anext(heard) == body

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(bodies=st.lists(st.binary(max_size=64), min_size=1, max_size=5))
    async def test_any_bytes_arrive(self, bus: Bus, bodies: list[bytes]) -> None:
        """
        Whatever bytes are told are heard, the empty body and line ends included.
        """
        messages = [Message(f"{next(_numbers)}", body) for body in bodies]

        async with bus.listen("t") as heard:
            await bus.publish_many("t", messages)

            assert await take(heard, len(bodies)) == bodies


class TestTopics:
    async def test_are_strangers(self, bus: Bus) -> None:
        """
        A listener hears its own topic only, even when names resemble each other.
        """
        names = ["facts", "facts.*", "facts.interviews", "facts.>", "*", ">", "FACTS", "fäcts "]

        for name in names:
            async with bus.listen(name) as heard:
                for told in names:
                    message_id = f"{name} {told}"
                    await bus.publish(told, told.encode(), message_id=message_id)
                await bus.publish(name, b"last", message_id=f"{name} last")

                assert await take(heard, 2) == [name.encode(), b"last"]

    async def test_may_have_no_name_atrest_of(self, bus: Bus) -> None:
        """
        The empty topic is a topic, and line ends in a name are only characters.
        """
        async with bus.listen("") as empty, bus.listen("a\r\nPUB b 0\r\n") as lines:
            await bus.publish("", b"one", message_id="1")
            await bus.publish("a\r\nPUB b 0\r\n", b"two", message_id="2")

            assert (await anext(empty), await anext(lines)) == (b"one", b"two")


class TestListen:
    async def test_ends_with_the_bus(self, bus: Bus) -> None:
        """
        A listener that waits when the bus is closed has heard everything: it ends.
        """
        async with bus.listen("t") as heard:
            await bus.publish("t", b"only", message_id="1")
            first = await anext(heard)
            waiting = asyncio.ensure_future(rest_of(heard))
            await bus.close()

            assert (first, await waiting) == (b"only", [])

    async def test_can_be_left_while_others_tell(self, bus: Bus) -> None:
        """
        One who leaves in the middle disturbs neither the publisher nor another listener.
        """
        async with bus.listen("t") as staying:
            async with bus.listen("t") as leaving:
                telling = asyncio.ensure_future(bus.publish_many("t", numbered(range(1_000))))
                first = await anext(leaving)
            await telling

            assert first == b"0"
            assert await take(staying, 1_000) == [b"%d" % n for n in range(1_000)]

    async def test_ends_for_one_who_left(self, bus: Bus) -> None:
        """
        After exit nothing more comes, and nothing told then is waiting.
        """
        async with bus.listen("t") as heard:
            pass
        await bus.publish("t", b"too late", message_id="1")

        assert await rest_of(heard) == []

    async def test_survives_a_wait_that_was_given_up(self, bus: Bus) -> None:
        """
        A reader that stops waiting and comes back misses nothing.
        """
        async with bus.listen("t") as heard:
            waiting = asyncio.ensure_future(rest_of(heard))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])
            await bus.publish("t", b"hello", message_id="1")

            assert await anext(heard) == b"hello"

    async def test_refuses_a_listener_that_lags(self, bus: Bus) -> None:
        """
        One who does not read is refused, holds nobody up, and hears again on entering anew.
        """
        messages = numbered(range(2 * BACKLOG))
        heard = []

        async with bus.listen("t") as reader, bus.listen("t") as sleeper:
            for start in range(0, len(messages), BACKLOG // 2):
                told = messages[start : start + BACKLOG // 2]
                await bus.publish_many("t", told)
                heard += await take(reader, len(told))
            with pytest.raises(ListenerLagged) as refusal:
                await rest_of(sleeper)

        assert heard == [message.body for message in messages]
        assert refusal.value.topic == "t"
        async with bus.listen("t") as anew:
            await bus.publish("t", b"again", message_id="again")
            assert await anext(anew) == b"again"


class TestMention:
    @pytest.mark.fidelity("bus.mention")
    async def test_is_heard_by_who_overhears(self, bus: Bus) -> None:
        """
        Each of them, in order, and nobody who listens to what is published.
        """
        async with bus.overhear("t") as one, bus.overhear("t") as two, bus.listen("t") as kept:
            for number in range(3):
                await bus.mention("t", b"%d" % number)
            await bus.publish("t", b"published", message_id="1")

            heard = [await take(each, 3) for each in (one, two)]
            assert heard == [[b"0", b"1", b"2"]] * 2
            assert await anext(kept) == b"published"

    @pytest.mark.fidelity("bus.mention")
    async def test_needs_nobody_and_stays_in_its_topic(self, bus: Bus) -> None:
        """
        What was mentioned before, or elsewhere, is not heard, whatever the topics are called.
        """
        await bus.mention("a b.c", b"before")

        async with bus.overhear("a b.c") as heard, bus.overhear("a b") as elsewhere:
            await bus.mention("a b.c", b"after")
            await bus.mention("a b", b"elsewhere")

            assert (await anext(heard), await anext(elsewhere)) == (b"after", b"elsewhere")

    async def test_ends_with_the_bus(self, bus: Bus) -> None:
        """
        Who overhears is let go, and nothing is mentioned any more.
        """
        async with bus.overhear("t") as heard:
            waiting = asyncio.ensure_future(rest_of(heard))
            await asyncio.sleep(0)
            await bus.close()

            assert await waiting == []
        with pytest.raises(BusUnavailable):
            await bus.mention("t", b"too late")
        with pytest.raises(BusUnavailable):
            await bus.overhear("t").__aenter__()

    async def test_refuses_what_is_too_large(self, bus: Bus) -> None:
        """
        As publishing does.
        """
        with pytest.raises(MessageTooLarge) as refusal:
            await bus.mention("t", b"x" * (LARGEST_BODY_BYTES + 1))

        assert refusal.value.size == LARGEST_BODY_BYTES + 1
