"""Reading one topic of the stream in order, across lost connections and lost consumers."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, Header, StatusCode

from hirewire.runtime.bus.errors import BusUnavailable, ListenerLagged
from hirewire.runtime.bus.mailbox import Mailbox
from hirewire.runtime.bus.nats_link import ANSWER_WITHIN_S, NatsLink
from hirewire.runtime.rest import is_being_cancelled, trace_of

FORGOTTEN_AFTER_S: Final = 30

_LAST_CONSUMER: Final = Header.LAST_CONSUMER.value

_log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class NatsListener:
    """
    An ordered consumer: the stream pushes, the listener counts and asks again from a gap.

    The server keeps nothing of it but a place in the stream, in memory. Whenever the count
    does not go on by one, the connection came back, or the server's heartbeats stop, a new
    consumer is made from the message after the last one heard. The reader does so itself
    when it next asks for a message, so no task of its own is needed.
    """

    link: NatsLink
    mailbox: Mailbox
    heartbeat_s: float

    _heard: int = 0
    _next: int = 1
    _born: datetime | None = None
    _consumer: str = ""
    _subscription: Subscription | None = None
    _is_stale: bool = False
    _is_alive: bool = True
    _has_left: bool = False
    _doubts: asyncio.Event = field(default_factory=asyncio.Event)
    _minder: asyncio.Task[None] | None = None

    _subject: str = field(init=False)

    def __post_init__(self) -> None:
        self._subject = self.link.subject(self.mailbox.topic)

    async def enter(self) -> None:
        """Return once the server counts this listener in."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await self.link.up.wait()
                self._born = (await self.link.stream()).created
                await self._consume(ConsumerConfig(deliver_policy=DeliverPolicy.NEW))
        except (NatsError, OSError) as error:
            await self.leave()
            raise self.link.unavailable(reason="it does not take a listener") from error
        self.link.on_up.add(self._doubt)
        self.link.on_lost.add(self._fail)
        self._minder = asyncio.create_task(self._mind())

    async def leave(self) -> None:
        """Let the server forget this listener."""
        self._has_left = True
        self.link.on_up.discard(self._doubt)
        self.link.on_lost.discard(self._fail)
        self.mailbox.close()
        if self._minder is not None:
            self._minder.cancel()
            await asyncio.wait({self._minder})
        await self._drop_consumer()

    async def _mind(self) -> None:
        """See to it that the server goes on telling, until the listener leaves."""
        try:
            # A cancel that a library swallows must not keep the one who leaves waiting.
            while not self._has_left:
                await self._doubted()
                if not self.link.up.is_set():
                    self.link.revive()
                elif self._is_stale:
                    await self._resume()
        except (Exception, asyncio.CancelledError) as error:
            if is_being_cancelled():
                raise
            # Without it the reader would wait for ever: it is to listen anew.
            _log.error("bus.listener_failed", trace=trace_of(error))
            self._fail(self.link.unavailable(reason="its listener failed"))

    async def _doubted(self) -> None:
        """Wait until there is a doubt, and have one about a server that is silent too long."""
        try:
            async with asyncio.timeout(2 * self.heartbeat_s):
                await self._doubts.wait()
        except TimeoutError:
            self._is_stale = self._is_stale or not self._is_alive
            self._is_alive = False
        self._doubts.clear()

    async def _resume(self) -> None:
        """Go on from the last message heard; what cannot be done now is tried again later."""
        try:
            stream = await self.link.stream()
            if (
                stream.created != self._born
                or stream.state.last_seq < self._heard
                or stream.state.first_seq > self._heard + 1
            ):
                reason = "the server no longer has what follows"
                self.mailbox.fail(ListenerLagged(topic=self.mailbox.topic, reason=reason))
                return
            await self._drop_consumer()
            await self._consume(
                ConsumerConfig(
                    deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                    opt_start_seq=self._heard + 1,
                )
            )
        except (NatsError, OSError) as error:
            _log.debug("bus.not_resumed", error=type(error).__name__)

    async def _consume(self, start: ConsumerConfig) -> None:
        inbox = self.link.client.new_inbox()
        self._next = 1
        self._is_stale = False
        self._is_alive = True
        try:
            self._subscription = await self.link.client.subscribe(inbox, cb=self._hear)
            consumer = await self.link.jetstream.add_consumer(
                self.link.installation,
                start,
                deliver_subject=inbox,
                filter_subject=self._subject,
                ack_policy=AckPolicy.NONE,
                max_deliver=1,
                mem_storage=True,
                num_replicas=1,
                idle_heartbeat=self.heartbeat_s,
                inactive_threshold=FORGOTTEN_AFTER_S,
            )
        except BaseException:
            self._is_stale = True
            raise
        self._consumer = consumer.name
        if consumer.delivered is not None:
            self._heard = max(self._heard, consumer.delivered.stream_seq)

    async def _drop_consumer(self) -> None:
        subscription, self._subscription = self._subscription, None
        consumer, self._consumer = self._consumer, ""
        if subscription is not None:
            with suppress(NatsError, OSError):
                await subscription.unsubscribe()
        if consumer and self.link.up.is_set():
            with suppress(NatsError, OSError):
                await self.link.jetstream.delete_consumer(self.link.installation, consumer)

    async def _hear(self, msg: Msg) -> None:
        self._is_alive = True
        if msg.headers and msg.headers.get(Header.STATUS.value) == StatusCode.CONTROL_MESSAGE:
            if int(msg.headers.get(_LAST_CONSUMER, 0)) >= self._next:
                self._doubt()
            return
        if self._is_stale:
            return
        position = msg.metadata.sequence
        if position.consumer != self._next:
            self._doubt()
            return
        self._next += 1
        self._heard = position.stream
        self.mailbox.put(msg.data)

    def _doubt(self) -> None:
        self._is_stale = True
        self._doubts.set()

    def _fail(self, refusal: BusUnavailable) -> None:
        self.mailbox.fail(refusal)
