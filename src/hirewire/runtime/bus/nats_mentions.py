"""What passes over NATS without the stream: heard by who is there, and kept nowhere."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from hirewire.runtime.bus.mailbox import Mailbox
from hirewire.runtime.bus.nats_link import ANSWER_WITHIN_S, NatsLink


@dataclass(slots=True, eq=False)
class NatsMentions:
    """Plain subjects of NATS; the client subscribes anew to them whenever it comes back."""

    link: NatsLink

    _mailboxes: set[Mailbox] = field(default_factory=set)

    async def mention(self, topic: str, body: bytes) -> None:
        """Send *body*, unless the server is away: what waited for it would come too late."""
        if not self.link.up.is_set():
            return
        try:
            await self.link.client.publish(self.link.unkept(topic), body)
        except (NatsError, OSError) as error:
            raise self.link.unavailable(reason="it does not take a message") from error

    @asynccontextmanager
    async def overhear(self, mailbox: Mailbox) -> AsyncGenerator[AsyncIterator[bytes], None]:
        """Put what comes into *mailbox*, from when the server counts it in."""

        async def hear(msg: Msg) -> None:
            mailbox.put(msg.data)

        subscription = None
        self.link.on_lost.add(mailbox.fail)
        self._mailboxes.add(mailbox)
        try:
            try:
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    await self.link.up.wait()
                    subject = self.link.unkept(mailbox.topic)
                    subscription = await self.link.client.subscribe(subject, cb=hear)
                    await self.link.client.flush()
            except (NatsError, OSError) as error:
                raise self.link.unavailable(reason="it does not take a listener") from error
            yield mailbox
        finally:
            self.link.on_lost.discard(mailbox.fail)
            self._mailboxes.discard(mailbox)
            mailbox.close()
            if subscription is not None:
                with suppress(NatsError, OSError):
                    await subscription.unsubscribe()

    def close(self) -> None:
        """End every iteration."""
        for mailbox in self._mailboxes:
            mailbox.close()
