"""The bus of a single process."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from hirewire.runtime.bus.errors import BusUnavailable
from hirewire.runtime.bus.mailbox import BACKLOG_MESSAGES, Mailbox
from hirewire.runtime.bus.seam import Message, check_sizes


@dataclass(slots=True)
class MemoryBus:
    """Hands each message straight to the listeners of this process."""

    backlog: int = BACKLOG_MESSAGES

    _mailboxes: dict[str, list[Mailbox]] = field(default_factory=dict)
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

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncGenerator[AsyncIterator[bytes], None]:
        self._check_open()
        mailbox = Mailbox(topic, self.backlog)
        mailboxes = self._mailboxes.setdefault(topic, [])
        mailboxes.append(mailbox)
        try:
            yield mailbox
        finally:
            mailbox.close()
            mailboxes.remove(mailbox)
            if not mailboxes:
                self._mailboxes.pop(topic, None)

    async def close(self) -> None:
        self._is_closed = True
        for mailboxes in self._mailboxes.values():
            for mailbox in mailboxes:
                mailbox.close()

    def _check_open(self) -> None:
        if self._is_closed:
            raise BusUnavailable(where="memory:", reason="it was closed")
