"""Listening to the Real-time API: comes back where it was, with a token that lives."""

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from hirewire.kit.clock import EPOCH, Clock
from hirewire.kit.entropy import Entropy
from hirewire.server.errors import ListeningRefused
from hirewire.sse_conformance.events import Event, Reader
from hirewire.sse_conformance.wire import Address, Answer, NotHttp, Question, asked

PATH: Final = "/sse/notifications/message-update"
TOKENS: Final = "/oauth/v2/tokens"
SILENCE_S: Final = 90.0
"""After how long without a heartbeat, or an answer, a server is taken for dead."""

_DONE: Final = frozenset({200, 202})
_TOO_MANY: Final = 429
_MILLISECOND: Final = timedelta(milliseconds=1)
_SERVER_FAULTS: Final = 500
_GONE: Final = (OSError, NotHttp, TimeoutError)


class _NotNow(Exception):
    """A server answers that it cannot at this moment; it may say for how long, as *wait_s*."""

    def __init__(self, said: str, wait_s: float | None) -> None:
        super().__init__(said)
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a token is got with, by client credentials (RFC 6749, section 4.4)."""

    client_id: str
    client_secret: str = field(repr=False)
    employer: str | None = None
    scope: str = "employer_access conversations.read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to hear: *token* or *credentials* let them."""

    url: str
    event_types: str = ""
    token: str | None = field(default=None, repr=False)
    credentials: Credentials | None = None
    last_event_id: str = ""

    def address(self) -> Address:
        """Find the stream: at *url*, or at its usual path below it."""
        whole = Address.of(self.url)
        stream = whole if len(whole.target) > 1 else Address.of(whole.origin + PATH)
        return stream.asking({"eventTypes": self.event_types} if self.event_types else {})


@dataclass(slots=True)
class Pause:
    """How long to wait before coming back, as `retryConfig` says: longer each time."""

    wait_ms: float = 3_000
    max_wait_ms: float = 20_000
    multiplier: float = 2.0
    jitter: float = 0.2
    tries: int = 0

    def learn(self, config: Any) -> None:
        """Take what the server recommends."""
        said = config["retryConfig"]
        self.wait_ms = float(said["waitMs"])
        self.max_wait_ms = float(said["maxWaitMs"])
        self.multiplier = float(said["multiplier"])
        self.jitter = float(said["jitter"])

    def next_s(self, fraction: float) -> float:
        """Say how long to wait now, given a random *fraction*."""
        wait_ms = min(self.wait_ms * self.multiplier**self.tries, self.max_wait_ms)
        self.tries += 1
        return wait_ms * (1 + self.jitter * (2 * fraction - 1)) / 1000


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that happened: *name* says what, *data* is an event's, or tells why."""

    name: str
    data: Any = None
    id: str = ""
    lag_ms: float | None = None


@dataclass(slots=True)
class Listener:
    """One who listens, across connections, until cancelled or refused."""

    wish: Wish
    clock: Clock
    entropy: Entropy
    trust: ssl.SSLContext | None = None
    pause: Pause = field(default_factory=Pause)
    last_id: str = ""
    _token: str | None = field(default=None, repr=False)
    _told_wait_s: float | None = None

    def __post_init__(self) -> None:
        self.last_id = self.wish.last_event_id
        self._token = self.wish.token

    async def listen(self) -> AsyncGenerator[Heard, None]:
        """
        Yield all that is heard, and what becomes of the connection.

        Raises:
            ListeningRefused: coming back would not help.
        """
        while True:
            self._told_wait_s = None
            try:
                async with aclosing(self._once()) as stream:
                    async for heard in stream:
                        yield heard
                why = "the stream ended"
            except _NotNow as error:
                why, self._told_wait_s = str(error), error.wait_s
            except _GONE as error:
                why = str(error) or "nothing came for too long"
            wait_s = self._told_wait_s
            if wait_s is None:
                wait_s = self.pause.next_s(self.entropy.fraction())
            yield Heard("disconnected", {"reason": why, "waitMs": round(wait_s * 1000)})
            await self.clock.sleep(wait_s)

    async def _once(self) -> AsyncGenerator[Heard, None]:
        is_new = self._token is None
        token = await self._bearer()
        headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {token}"}
        if self.last_id:
            headers["Last-Event-ID"] = self.last_id
        question = Question(address=self.wish.address(), headers=headers)
        try:
            async with self._granted(question) as answer:
                reader = Reader(last_id=self.last_id)
                while part := await self._next(answer):
                    for event in reader.feed(part):
                        self.last_id = event.last_id
                        yield await self._heard(event)
        except ListeningRefused as refusal:
            if is_new or self.wish.credentials is None:
                raise
            # No stream said that the token is over, where none was open when it was.
            self._token = None
            raise _NotNow(str(refusal), 0.0) from refusal

    async def _next(self, answer: Answer) -> bytes:
        async with asyncio.timeout(SILENCE_S):
            return await answer.read()

    async def _heard(self, event: Event) -> Heard:
        data = _read(event.data)
        heard = Heard(event.type, data, event.last_id)
        if event.type == "message-update":
            lag_ms = (self.clock.now() - EPOCH) / _MILLISECOND - data["eventTime"]
            data = {**data, "payload": _read(data["payload"])}
            return Heard(event.type, data, event.last_id, max(0.0, lag_ms))
        if event.type == "connection-metadata":
            self.pause.tries = 0
        elif event.type == "realtime-connection-config":
            self.pause.learn(data)
        elif event.type == "reconnect":
            self._told_wait_s = data["waitMs"] / 1000
            if data["reason"] in {"expired", "revoked"}:
                self._forget_token()
        elif event.type == "token-expiring" and self.wish.credentials is not None:
            await self._renew(data["connectionUuid"])
        return heard

    @asynccontextmanager
    async def _granted(self, question: Question) -> AsyncIterator[Answer]:
        """
        Ask, and have the answer until the block ends.

        Raises:
            ListeningRefused: it is no, and asking again would not help.
        """
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(SILENCE_S):
                answer = await stack.enter_async_context(asked(question, trust=self.trust))
                if answer.status not in _DONE:
                    said = (await answer.rest()).decode("utf-8", "replace")
                    raise _refusal(answer, said)
            yield answer

    def _forget_token(self) -> None:
        """
        Have another token got next time.

        Raises:
            ListeningRefused: there is no way to get one.
        """
        if self.wish.credentials is None:
            raise ListeningRefused(status=400, said="the access token is good no more")
        self._token = None

    async def _bearer(self) -> str:
        if self._token is None:
            self._token = await self._new_token()
        return self._token

    async def _new_token(self) -> str:
        credentials = self.wish.credentials
        if credentials is None:
            raise ListeningRefused(status=400, said="neither a token nor client credentials")
        form = {
            "grant_type": "client_credentials",
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
            "scope": credentials.scope,
        }
        if credentials.employer is not None:
            form["employer"] = credentials.employer
        body = await self._post(
            Address.of(self.wish.address().origin + TOKENS),
            urlencode(form),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        return str(_read(body)["access_token"])

    async def _renew(self, connection: str) -> None:
        """Hand in a new token for the open stream; if that fails, the stream says it ends."""
        try:
            token = await self._new_token()
            await self._post(
                Address.of(self.wish.address().origin + PATH),
                json.dumps({"connectionUuid": connection}),
                {"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
            )
        except (*_GONE, _NotNow, ListeningRefused):
            return
        self._token = token

    async def _post(self, address: Address, body: str, headers: dict[str, str]) -> str:
        question = Question(address=address, method="POST", headers=headers, body=body.encode())
        async with self._granted(question) as answer, asyncio.timeout(SILENCE_S):
            return (await answer.rest()).decode("utf-8", "replace")


def _refusal(answer: Answer, said: str) -> Exception:
    """Tell a refusal that passes from one that stays."""
    if answer.status != _TOO_MANY and answer.status < _SERVER_FAULTS:
        return ListeningRefused(status=answer.status, said=said[:500])
    wait = answer.header("retry-after")
    wait_s = float(wait) if wait is not None and wait.isascii() and wait.isdigit() else None
    return _NotNow(f"answered {answer.status}: {said[:200]}", wait_s)


def _read(text: str) -> Any:
    """
    Read JSON.

    Raises:
        NotHttp: it is none, so this is no server of the Real-time API.
    """
    try:
        return json.loads(text)
    except ValueError as error:
        raise NotHttp(f"{text[:60]!r} is no JSON") from error  # noqa: TRY003
