"""Putting messages into the stream, in order, many under way at once."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import count
from typing import Final, NamedTuple, Self

import msgspec
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import Header

from hirewire.runtime.bus.nats_link import ANSWER_WITHIN_S, NatsLink
from hirewire.runtime.bus.seam import Message

CHUNK_MESSAGES: Final = 256
CHUNK_BYTES: Final = 4 * 1_048_576

_NO_RESPONDERS: Final = "503"


class Outcome(Enum):
    """What became of one message."""

    STORED = auto()
    LOST = auto()
    NO_STREAM = auto()
    REFUSED = auto()


class Answer(NamedTuple):
    """What the server said about one message, or that it can no longer say."""

    outcome: Outcome
    reason: str = ""


class _Refusal(msgspec.Struct):
    description: str = "no reason given"


class _Acknowledgement(msgspec.Struct):
    error: _Refusal | None = None


_ACKNOWLEDGEMENT: Final = msgspec.json.Decoder(_Acknowledgement)


@dataclass(slots=True, eq=False)
class NatsPublisher:
    """
    Sends chunks of messages and waits until the stream has each of them.

    A chunk is handed to the connection in one turn of the loop, and the next one waits for
    its acknowledgements. So what a broken connection swallows is always the end of a chunk:
    sending again from the first message without an answer keeps the order, and the stream
    knows by their ids those it already has.
    """

    link: NatsLink

    _inbox: str = ""
    _numbers: Iterator[int] = field(default_factory=count)
    _waiting: dict[str, asyncio.Future[Answer]] = field(default_factory=dict)

    @classmethod
    async def open(cls, link: NatsLink) -> Self:
        publisher = cls(link, link.client.new_inbox())
        await link.client.subscribe(f"{publisher._inbox}.*", cb=publisher._hear)
        link.on_down.add(publisher._give_up)
        return publisher

    async def publish(self, topic: str, messages: Sequence[Message]) -> None:
        """Return once the stream has all of *messages*."""
        subject = self.link.subject(topic)
        for chunk in _chunks(messages):
            await self._store(subject, chunk)

    async def _store(self, subject: str, chunk: list[Message]) -> None:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                while chunk:
                    await self.link.up.wait()
                    chunk = await self._attempt(subject, chunk)
        except TimeoutError:
            reason = f"it did not acknowledge a message within {ANSWER_WITHIN_S:g} s"
            raise self.link.unavailable(reason=reason) from None
        except (NatsError, OSError) as error:
            raise self.link.unavailable(reason=str(error).removeprefix("nats: ")) from error

    async def _attempt(self, subject: str, chunk: list[Message]) -> list[Message]:
        """Send *chunk* once, and return what has to be sent again."""
        replies = [f"{self._inbox}.{next(self._numbers)}" for _ in chunk]
        try:
            for reply, message in zip(replies, chunk, strict=True):
                await self._send(subject, message, reply)
            answers = await asyncio.gather(*(self._waiting[reply] for reply in replies))
        finally:
            for reply in replies:
                self._waiting.pop(reply, None)
        for answer in answers:
            if answer.outcome is Outcome.REFUSED:
                reason = f"it refuses a message: {answer.reason}"
                raise self.link.unavailable(reason=reason)
        if any(answer.outcome is Outcome.NO_STREAM for answer in answers):
            await self.link.stream()
        stored = [answer.outcome is Outcome.STORED for answer in answers]
        return chunk[stored.index(False) :] if False in stored else []

    async def _send(self, subject: str, message: Message, reply: str) -> None:
        self._waiting[reply] = asyncio.get_running_loop().create_future()
        headers = {Header.MSG_ID.value: message.id}
        await self.link.client.publish(subject, message.body, reply, headers)

    async def _hear(self, msg: Msg) -> None:
        waiting = self._waiting.get(msg.subject)
        if waiting is not None and not waiting.done():
            waiting.set_result(_read(msg))

    def _give_up(self) -> None:
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_result(Answer(Outcome.LOST))


def _read(msg: Msg) -> Answer:
    if msg.headers and msg.headers.get(Header.STATUS.value) == _NO_RESPONDERS:
        return Answer(Outcome.NO_STREAM)
    error = _ACKNOWLEDGEMENT.decode(msg.data).error
    return Answer(Outcome.REFUSED, error.description) if error else Answer(Outcome.STORED)


def _chunks(messages: Sequence[Message]) -> Iterator[list[Message]]:
    chunk: list[Message] = []
    size = 0
    for message in messages:
        if len(chunk) >= CHUNK_MESSAGES or size + len(message.body) > CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(message)
        size += len(message.body)
    if chunk:
        yield chunk
