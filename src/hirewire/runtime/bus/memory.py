"""The bus of a single process."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from hirewire.runtime.bus.errors import BusUnavailable
from hirewire.runtime.bus.mailbox import BACKLOG_MESSAGES, Mailbox
from hirewire.runtime.bus.seam import Message, check_sizes


@dataclass(slots=True)
class MemoryBus:
    """Hands each message straight to the listeners of this process."""

    backlog: int = BACKLOG_MESSAGES

    _mailboxes: dict[str, list[Mailbox]] = field(default_factory=dict)
    _overhearing: dict[str, list[Mailbox]] = field(default_factory=dict)
    _is_closed: bool = False

    @property
    def is_up(self) -> bool:
        return not self._is_closed

    async def publish(self, topic: str, body: bytes, *, message_id: str) -> None:
        await self.publish_many(topic, (Message(message_id, body),))

    async def publish_many(self, topic: str, messages: Sequence[Message]) -> None:
        self._check_open()
        check_sizes(messages)
        for mailbox in self._mailboxes.get(topic, ()):
            for message in messages:
                mailbox.put(message.body)

    def listen(self, topic: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return self._listening(topic, self._mailboxes)

    async def mention(self, topic: str, body: bytes) -> None:
        self._check_open()
        check_sizes((Message("", body),))
        for mailbox in self._overhearing.get(topic, ()):
            mailbox.put(body)

    def overhear(self, topic: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return self._listening(topic, self._overhearing)

    async def close(self) -> None:
        self._is_closed = True
        for mailboxes in (*self._mailboxes.values(), *self._overhearing.values()):
            for mailbox in mailboxes:
                mailbox.close()

    @asynccontextmanager
    async def _listening(
        self, topic: str, by_topic: dict[str, list[Mailbox]]
    ) -> AsyncGenerator[AsyncIterator[bytes], None]:
        self._check_open()
        mailbox = Mailbox(topic, self.backlog)
        mailboxes = by_topic.setdefault(topic, [])
        mailboxes.append(mailbox)
        try:
            yield mailbox
        finally:
            mailbox.close()
            mailboxes.remove(mailbox)
            if not mailboxes:
                by_topic.pop(topic, None)

    def _check_open(self) -> None:
        if self._is_closed:
            raise BusUnavailable(where="memory:", reason="it was closed")
