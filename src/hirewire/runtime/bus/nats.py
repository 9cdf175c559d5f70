"""The bus of many processes: a JetStream stream on a nats-server."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Self

from hirewire.runtime.bus.mailbox import BACKLOG_MESSAGES, Mailbox
from hirewire.runtime.bus.nats_link import NatsLink
from hirewire.runtime.bus.nats_listener import NatsListener
from hirewire.runtime.bus.nats_mentions import NatsMentions
from hirewire.runtime.bus.nats_publisher import NatsPublisher
from hirewire.runtime.bus.seam import Message, check_sizes

HEARTBEAT_S: Final = 2.0


@dataclass(slots=True, eq=False)
class NatsBus:
    """Publishes into the stream of one installation, and listens to it."""

    link: NatsLink
    publisher: NatsPublisher
    mentions: NatsMentions
    backlog: int = BACKLOG_MESSAGES
    heartbeat_s: float = HEARTBEAT_S

    _listeners: set[NatsListener] = field(default_factory=set)

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        installation: str = "hirewire",
        backlog: int = BACKLOG_MESSAGES,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> Self:
        """Connect to *url*, where the stream and its subjects are named by *installation*."""
        link = await NatsLink.open(url, installation)
        publisher = await NatsPublisher.open(link)
        return cls(link, publisher, NatsMentions(link), backlog, heartbeat_s)

    @property
    def is_up(self) -> bool:
        return self.link.up.is_set()

    async def publish(self, topic: str, body: bytes, *, message_id: str) -> None:
        await self.publish_many(topic, (Message(message_id, body),))

    async def publish_many(self, topic: str, messages: Sequence[Message]) -> None:
        self._check_open()
        check_sizes(messages)
        await self.publisher.publish(topic, messages)

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncGenerator[AsyncIterator[bytes], None]:
        self._check_open()
        listener = NatsListener(self.link, Mailbox(topic, self.backlog), self.heartbeat_s)
        await listener.enter()
        self._listeners.add(listener)
        try:
            yield listener.mailbox
        finally:
            self._listeners.discard(listener)
            await listener.leave()

    async def mention(self, topic: str, body: bytes) -> None:
        self._check_open()
        check_sizes((Message("", body),))
        await self.mentions.mention(topic, body)

    @asynccontextmanager
    async def overhear(self, topic: str) -> AsyncGenerator[AsyncIterator[bytes], None]:
        self._check_open()
        async with self.mentions.overhear(Mailbox(topic, self.backlog)) as heard:
            yield heard

    async def close(self) -> None:
        self.mentions.close()
        for listener in self._listeners:
            listener.mailbox.close()
        await self.link.close()

    def _check_open(self) -> None:
        if self.link.client.is_closed:
            raise self.link.unavailable(reason="the connection was closed")
