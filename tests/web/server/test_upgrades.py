"""Tests of requests that ask for a protocol which the server does not speak."""

import pytest

from hirewire.web.connection import Limits
from tests.web.server.running import World, running

UPGRADES = [
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
    b"Connection: Upgrade\r\nUpgrade: websocket\r\n",
    b"connection: keep-alive, upgrade\r\nupgrade: TLS/1.0\r\nUpgrade: h2c\r\n",
]
HEAD = b"POST /echo HTTP/1.1\r\nHost: h\r\n"
NOT_IMPLEMENTED = (
    b"HTTP/1.1 501 Not Implemented\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)
BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"

each_upgrade = pytest.mark.parametrize("upgrade", UPGRADES, ids=["h2c", "websocket", "tls"])


def asking(upgrade: bytes, body: bytes = b"body") -> bytes:
    return HEAD + upgrade + b"Content-Length: %d\r\n\r\n" % len(body) + body


def chunked(upgrade: bytes) -> bytes:
    return HEAD + upgrade + b"Transfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n"


async def bodies(world: World, *said: bytes) -> list[bytes]:
    """The bodies of all answers to what was *said*, segment by segment, and a last request."""
    client = await world.connect()
    for segment in said:
        await world.taken_in(client, segment)
    await client.say(HEAD + b"Connection: close\r\nContent-Length: 4\r\n\r\nlast")
    answers = (await client.hear_all()).split(b"HTTP/1.1 200 OK\r\n")
    return [answer.partition(b"\r\n\r\n")[2] for answer in answers[1:]]


class TestUpgrades:
    @pytest.mark.fidelity("server.upgrade.ignored")
    @each_upgrade
    async def test_the_body_behind_the_head_is_read(self, upgrade: bytes) -> None:
        """An upgrade that we do not speak changes nothing about the request."""
        async with running() as world:
            assert await bodies(world, asking(upgrade)) == [b"body", b"last"]

    @each_upgrade
    async def test_the_body_may_come_later(self, upgrade: bytes) -> None:
        """Where the segments are cut makes no difference, byte by byte."""
        async with running() as world:
            whole = asking(upgrade)
            segments = [whole[place : place + 1] for place in range(len(whole))]

            assert await bodies(world, *segments) == [b"body", b"last"]

    @each_upgrade
    async def test_the_body_may_be_chunked(self, upgrade: bytes) -> None:
        """Chunks are put together as ever, in one segment and in many."""
        async with running() as world:
            whole = chunked(upgrade)
            segments = [whole[place : place + 1] for place in range(len(whole))]

            assert await bodies(world, whole, *segments) == [b"body", b"body", b"last"]

    @each_upgrade
    async def test_requests_without_a_body_end_with_their_heads(self, upgrade: bytes) -> None:
        """Nothing behind the head is taken for a body that was not announced."""
        async with running() as world:
            assert await bodies(world, HEAD + upgrade + b"\r\n") == [b"", b"last"]

    @each_upgrade
    async def test_pipelined_requests_are_kept_apart(self, upgrade: bytes) -> None:
        """Each body ends where its length says, whatever its bytes look like."""
        async with running() as world:
            disguised = asking(b"", b"inner")
            said = b"".join(
                (asking(upgrade, disguised), chunked(upgrade), asking(b""), asking(upgrade))
            )

            heard = await bodies(world, said)

            assert heard == [disguised, b"body", b"body", b"body", b"last"]

    async def test_a_large_body_comes_whole(self) -> None:
        """A body of many segments behind an upgrade is all there."""
        async with running() as world:
            large = bytes(range(256)) * 1000

            assert await bodies(world, asking(UPGRADES[0], large)) == [large, b"last"]

    @each_upgrade
    @pytest.mark.parametrize(
        "framing",
        [
            b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
            b"Content-Length: 4\r\nContent-Length: 5\r\n",
            b"Transfer-Encoding: chunked, gzip\r\n",
            b"Transfer-Encoding: chunked\r\n x: y\r\n",
            b"Content-Length: 4\nX: y\r\n",
        ],
    )
    async def test_unclear_lengths_are_refused(self, upgrade: bytes, framing: bytes) -> None:
        """A body whose end is disputable is refused as it is without an upgrade."""
        async with running() as world:
            client = await world.connect()
            await client.say(HEAD + upgrade + framing + b"\r\nbody")

            assert await client.hear_all() == BAD_REQUEST
            assert world.state.total_requests == 0

    async def test_limits_hold_behind_an_upgrade(self) -> None:
        """An upgrade does not get a body past the limit on what is declared."""
        async with running(limits=Limits(body_bytes=4)) as world:
            client = await world.connect()
            await client.say(asking(UPGRADES[0]) + asking(UPGRADES[0], b"large"))
            heard = await client.hear_all()

            assert heard.startswith(b"HTTP/1.1 200 OK")
            assert b"bodyHTTP/1.1 413 " in heard

    async def test_tunnels_are_not_implemented(self) -> None:
        """CONNECT is refused, in each of its forms."""
        async with running() as world:
            for target in (b"h:1", b"http://h/echo"):
                client = await world.connect()
                await client.say(b"CONNECT " + target + b" HTTP/1.1\r\nHost: h\r\n\r\n")

                assert await client.hear_all() == NOT_IMPLEMENTED
            assert world.state.total_requests == 0
