"""What the sandbox can do that no integrator can: write as a candidate, and start over."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from hirewire.conversations.errors import NoSuchConversation
from hirewire.conversations.model import Message
from hirewire.kit.clock import Clock, MovableClock, Prepare
from hirewire.kit.ids import IdMaker
from hirewire.runtime.db import Database
from hirewire.sandbox import store
from hirewire.sandbox.demo import PASSWORD
from hirewire.sandbox.errors import UnknownConversation
from hirewire.sandbox.mailbox import Mailbox
from hirewire.sandbox.orders import ClockOrder, obey
from hirewire.sandbox.world import Builder


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """
    The world that `hirewire dev` plays with.

    *on_reset* is awaited once a new world stands: whatever was remembered of the old one (keys,
    verified tokens, open streams, buckets) is forgotten there. *before_leap* is awaited with
    the moment that the clock is about to be moved to.
    """

    database: Database
    clock: MovableClock
    real_clock: Clock
    builder: Builder
    mailbox: Mailbox
    ids: IdMaker
    on_reset: Sequence[Callable[[], Awaitable[None]]] = ()
    before_leap: Sequence[Prepare] = ()
    _resetting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def prepare(self) -> None:
        """Build the demo world, unless it stands already."""
        await self.builder.find_or_build(self.database)

    async def reset(self) -> None:
        """Make the world as it was at the first start, at the time that it really is."""
        async with self._resetting:
            password_hash = await self.builder.passwords.hash(PASSWORD)
            await self.clock.start_over(self.real_clock.now())
            self.ids.start_over()
            async with self.database.unit() as uow:
                await store.empty_all(uow, self.database.dialect)
                await self.builder.build(uow, password_hash)
            self.mailbox.empty()
            for forget in self.on_reset:
                await forget()

    async def obey(self, order: ClockOrder) -> None:
        """
        Move the clock as *order* says.

        Raises:
            BadField: it cannot be moved so.
        """
        await obey(self.clock, order, self._prepare)

    async def _prepare(self, moment: datetime) -> None:
        for prepare in self.before_leap:
            await prepare(moment)

    async def write_as_candidate(self, conversation_id: UUID, text: str) -> Message:
        """
        Let the candidate of a conversation write.

        Raises:
            UnknownConversation: there is none.
            BadMessageText: the text is none.
        """
        try:
            async with self.database.unit() as uow:
                return await self.builder.conversations.receive(uow, conversation_id, text)
        except NoSuchConversation:
            raise UnknownConversation(conversation=str(conversation_id)) from None
