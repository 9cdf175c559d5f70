"""Tests of requests that come before their predecessors are answered."""

import pytest

from tests.web.server.running import Client, World, running

BODY = b"Content-Length: 4\r\n\r\nbody"
ASK = b"POST /echo HTTP/1.1\r\nHost: h\r\n" + BODY
WAIT = b"POST /wait HTTP/1.1\r\nHost: h\r\n" + BODY
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)
BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


def parts(heard: bytes) -> list[bytes]:
    """What was answered, without the dates."""
    answers = heard.split(b"HTTP/1.1 ")[1:]
    return [answer.partition(b"date: ")[0] + answer[-4:] for answer in answers]


async def begun(world: World, said: bytes) -> Client:
    """A client that said something of which the first request is being answered."""
    client = await world.connect()
    await world.taken_in(client, said)
    await world.entered.wait()
    return client


class TestPipelining:
    async def test_a_large_body_does_not_count_for_the_next_head(self) -> None:
        """The beginning of a head is served, whatever came in front of it in its segment."""
        async with running() as world:
            client = await world.connect()
            large = b"x" * 60_000
            first = ASK.replace(b"4\r\n\r\nbody", b"60000\r\n\r\n") + large
            await client.say(first + ASK[:30])
            await client.hear_until(large)
            await client.say(ASK[30:])

            assert (await client.hear_until(b"body")).startswith(b"HTTP/1.1 200 OK")

    @pytest.mark.parametrize("count", [300, 3000])
    async def test_many_small_requests_are_all_answered(self, count: int) -> None:
        """However many come at once, each has its answer, in order."""
        async with running() as world:
            client = await world.connect()
            asks = [ASK.replace(b"4\r\n\r\nbody", b"9\r\n\r\n%09d" % n) for n in range(count)]
            await client.say(b"".join(asks))
            heard = await client.hear_until(b"%09d" % (count - 1))
            answers = [answer[-9:] for answer in heard.split(b"HTTP/1.1 200 OK\r\n")[1:]]

            assert answers == [b"%09d" % n for n in range(count)]
            assert world.state.total_requests == count

    async def test_what_waits_is_bounded(self) -> None:
        """Behind a request that takes long, little is parsed and not much is read."""
        async with running() as world:
            client = await begun(world, WAIT)
            (connection,) = world.connections
            asks = ASK * 50 + ASK.replace(b"4\r\n", b"4096\r\n") + b"x" * 4092
            client.writer.write(asks * 400)
            await world.until(lambda: connection.flow.read_paused)
            queued, read = len(connection.pipeline), connection.taken_bytes
            client.writer.transport.abort()
            world.gate.set()
            await world.until(lambda: not world.connections)

            assert queued < 100
            assert read < 2**20

    async def test_a_body_may_end_after_its_turn_came(self) -> None:
        """A request that had to wait for its predecessor is given its time from then on."""
        async with running() as world:
            client = await begun(world, WAIT + ASK[:-2])
            await world.wait(100)
            world.gate.set()
            await client.hear_until(b"body")
            await client.say(b"dy")

            assert (await client.hear_until(b"body")).startswith(b"HTTP/1.1 200 OK")

    async def test_a_queued_body_that_never_ends_is_refused_in_its_turn(self) -> None:
        """Thirty seconds after its turn came, the body is late."""
        async with running() as world:
            client = await begun(world, WAIT + ASK[:-2])
            world.gate.set()
            await client.hear_until(b"body")
            await world.wait(30)

            assert await client.hear_all() == TOO_SLOW


class TestRefusedBehindOthers:
    @pytest.mark.parametrize(
        ("bad", "refusal"),
        [
            (b"\x00", BAD_REQUEST),
            (b"GET / HTTP/1.1\r\nBad header\r\n\r\n", BAD_REQUEST),
            (b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000 + b"\r\n\r\n", TOO_LARGE),
            (b"GET / HTTP/1.1\r\nX: " + b"x" * 60_000, TOO_LARGE),
            (ASK.replace(BODY, b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), BAD_REQUEST),
        ],
        ids=["garbage", "bad header", "large head", "endless head", "bad chunk"],
    )
    async def test_complete_requests_are_answered_first(
        self, bad: bytes, refusal: bytes
    ) -> None:
        """A refusal comes behind the answers to what was asked before, and is the last word."""
        async with running() as world:
            client = await world.connect()
            await client.say(ASK + ASK + bad)
            heard = await client.hear_all()

            assert heard.count(b"HTTP/1.1 200 OK") == 2
            assert heard.endswith(b"body" + refusal)
            assert world.state.total_requests == 2

    async def test_a_refusal_waits_for_a_slow_answer(self) -> None:
        """Nothing is written in front of the answer to another request."""
        async with running() as world:
            client = await begun(world, WAIT)
            await world.taken_in(client, b"\x00")
            world.gate.set()
            heard = await client.hear_all()

            assert heard.startswith(b"HTTP/1.1 200 OK")
            assert heard.endswith(b"body" + BAD_REQUEST)

    async def test_a_late_head_waits_for_a_slow_answer(self) -> None:
        """A head that stops half way is refused when its turn comes."""
        async with running() as world:
            client = await begun(world, WAIT)
            await world.taken_in(client, ASK[:30])
            await world.wait(10)
            world.gate.set()

            assert (await client.hear_all()).endswith(b"body" + TOO_SLOW)

    async def test_a_client_that_goes_ends_what_waits(self) -> None:
        """The request that is being answered learns of it; those behind it never begin."""
        async with running() as world:
            client = await begun(world, WAIT + ASK + ASK)
            client.writer.transport.abort()
            world.gate.set()
            await world.until(lambda: not world.state.connections and not world.state.tasks)

            assert world.state.total_requests <= 1
