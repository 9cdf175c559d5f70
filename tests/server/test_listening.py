"""What `hirewire listen` does about a server that goes, says no, or says nothing at all."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.server.errors import ListeningRefused
from hirewire.server.listening import TOKENS, Credentials, Heard, Listener, Wish

CREDENTIALS = Credentials(client_id="app", client_secret="secret")
BEGUN = b'event: connection-metadata\ndata: {"connectionUuid": "c"}\n\n'
EXPIRING = b'event: token-expiring\ndata: {"connectionUuid": "c"}\n\n'
BEAT = b"event: heartbeat\nid: here\ndata: 0\n\n"


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """Spell an answer that is over with its connection."""
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} .\r\n{named}\r\n".encode() + body


def token(name: str) -> bytes:
    """Spell an access token's answer."""
    return answer(200, json.dumps({"access_token": name}).encode())


def stream(*events: bytes) -> bytes:
    """Spell a stream that breaks off after some events."""
    return answer(200, b"".join(events), content_type="text/event-stream")


@dataclass(slots=True)
class Scripted:
    """A server that gives the answers it was told, one a connection; None is silence."""

    tokens: list[bytes] = field(default_factory=list)
    streams: list[bytes | None] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, target = head.split(" ")[:2]
        bearer = head.partition("Authorization: Bearer ")[2].partition("\r\n")[0]
        self.asked.append(f"{method} {bearer}" if bearer else method)
        given = (self.tokens if target == TOKENS else self.streams).pop(0)
        if given is None:
            await reader.read()
        else:
            writer.write(given)
        writer.close()


@asynccontextmanager
async def scripted(
    *, tokens: Sequence[bytes] = (), streams: Sequence[bytes | None]
) -> AsyncIterator[Scripted]:
    """Run such a server until the end of the block."""
    script = Scripted(list(tokens), list(streams))
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    script.port = server.sockets[0].getsockname()[1]
    async with server:
        yield script


async def heard_from(script: Scripted, clock: MovableClock, *, count: int) -> list[Heard]:
    """Listen until so much was heard; no time passes but what is waited for."""
    wish = Wish(url=f"http://127.0.0.1:{script.port}", credentials=CREDENTIALS)
    listener = Listener(wish, clock, SeededEntropy(1))
    found: list[Heard] = []
    async with aclosing(listener.listen()) as heard:
        async for each in heard:
            found.append(each)
            if len(found) == count:
                break
    return found


@pytest.fixture
def clock(clock: MovableClock) -> MovableClock:
    """A clock on which a pause is over at once."""
    clock.run(1e6)
    return clock


class TestListen:
    @pytest.mark.fidelity("realtime.listen.comes-back")
    async def test_gets_another_token_when_the_one_it_has_is_over(
        self, clock: MovableClock
    ) -> None:
        """
        Who was away when the token ended is refused with it, and comes back with a new one.
        """
        over = answer(400, b'{"error": "invalid_token"}')
        async with scripted(
            tokens=[token("one"), token("two")],
            streams=[stream(BEGUN), over, stream(BEGUN, BEAT)],
        ) as script:
            heard = await heard_from(script, clock, count=5)

        assert [each.name for each in heard] == [
            "connection-metadata",
            "disconnected",
            "disconnected",
            "connection-metadata",
            "heartbeat",
        ]
        assert heard[2].data["waitMs"] == 0
        assert script.asked == ["POST", "GET one", "GET one", "POST", "GET two"]

    @pytest.mark.fidelity("realtime.listen.comes-back")
    async def test_gives_up_where_a_new_token_is_refused_too(self, clock: MovableClock) -> None:
        """
        Another one would be as good.
        """
        refused = answer(403, b"no scope")
        async with scripted(tokens=[token("one")], streams=[refused]) as script:
            with pytest.raises(ListeningRefused) as refusal:
                await heard_from(script, clock, count=1)

        assert (refusal.value.status, refusal.value.said) == (403, "no scope")
        assert script.asked == ["POST", "GET one"]

    @pytest.mark.fidelity("realtime.listen.comes-back")
    @pytest.mark.parametrize("status", [429, 503])
    async def test_waits_as_long_as_it_is_told(self, clock: MovableClock, status: int) -> None:
        """
        Be it for a token or for a stream that there is none now.
        """
        busy = answer(status, b"later", retry_after="7")
        async with scripted(
            tokens=[busy, token("one")], streams=[busy, stream(BEGUN)]
        ) as script:
            heard = await heard_from(script, clock, count=3)

        told = {"reason": f"answered {status}: later", "waitMs": 7000}
        assert [each.data for each in heard[:2]] == [told, told]
        assert heard[2].name == "connection-metadata"
        assert script.asked == ["POST", "POST", "GET one", "GET one"]

    @pytest.mark.fidelity("realtime.listen.comes-back")
    async def test_comes_back_to_a_server_that_says_nothing(
        self, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        A connection that is taken and never answered is as dead as a stream without beats.
        """
        monkeypatch.setattr("hirewire.server.listening.SILENCE_S", 1.0)
        async with scripted(tokens=[token("one")], streams=[None, stream(BEGUN)]) as script:
            heard = await heard_from(script, clock, count=2)

        assert [each.name for each in heard] == ["disconnected", "connection-metadata"]
        assert heard[0].data["reason"] == "nothing came for too long"

    @pytest.mark.fidelity("realtime.listen.renews")
    @pytest.mark.parametrize("no", [401, 429, 500])
    async def test_hears_on_when_it_can_not_renew(self, clock: MovableClock, no: int) -> None:
        """
        The stream lives on, and says when it ends.
        """
        async with scripted(
            tokens=[token("one"), answer(no)], streams=[stream(BEGUN, EXPIRING, BEAT)]
        ) as script:
            heard = await heard_from(script, clock, count=3)

        assert [each.name for each in heard] == [
            "connection-metadata",
            "token-expiring",
            "heartbeat",
        ]
        assert script.asked == ["POST", "GET one", "POST"]
