"""
The courier: the task that takes mails to the server.

A mail is noted as sent right after the server took it. Only where the process ends between the
two does the same mail, under the same Message-ID, leave a second time: SMTP has no way to ask
whether it did (RFC 5321, section 4.5.4.1, leaves duplicates to the sender's care).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

import msgspec
import structlog

from hirewire.kit.clock import Clock
from hirewire.runtime.db import Database, Reader, UnitOfWork
from hirewire.runtime.mail import store
from hirewire.runtime.mail.errors import MailRefused
from hirewire.runtime.mail.model import Mail
from hirewire.runtime.mail.outbox import SEND, Errand
from hirewire.runtime.mail.seam import Mailer
from hirewire.runtime.mail.store import QueuedMail, State
from hirewire.runtime.tasks import Finish, Outside, forget_dead

TOO_LATE: Final = "it did not leave while it was of use"
OVERTAKEN: Final = "what it was to say is not so any more"

_log = structlog.get_logger(__name__)


class Composer(Protocol):
    """Makes the mails of a kind."""

    async def __call__(
        self, reader: Reader, queued: QueuedMail, now: datetime
    ) -> Callable[[], Mail] | None:
        """
        Read what *queued* takes to write, and return how to write it.

        None says that at *now* it should not leave any more.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """
    Sends what is queued through *mailer*, each mail as the composer of its kind writes it.

    *on_settled* is called with what became of a mail, or with QUEUED where it has to wait.
    """

    db: Database
    clock: Clock
    mailer: Mailer
    composers: Mapping[str, Composer]
    on_settled: Callable[[State], None] = lambda _: None

    @property
    def handlers(self) -> dict[str, Outside]:
        """The task, by name."""
        return {SEND: Outside(self._run)}

    async def _run(self, _: UUID, payload: bytes) -> Finish:
        """
        Send what waits for one person about one matter, the oldest first.

        Tasks that were to send the same, and were given up, have nothing left to do then.

        Raises:
            MailRefused: one was refused temporarily; what follows it waits, too.
        """
        errand = msgspec.json.decode(payload, type=Errand)
        async with self.db.read() as reader:
            waiting = await store.queued(reader, errand.about_id, errand.recipient)
        for queued in waiting:
            await self._deliver(queued)
        return lambda uow: forget_dead(uow, SEND, errand.key)

    async def _deliver(self, queued: QueuedMail) -> None:
        now = self.clock.now()
        if now > queued.useful_until:
            await self._withdraw(queued, TOO_LATE)
            return
        async with self.db.read() as reader:
            write = await self.composers[queued.kind](reader, queued, now)
        if write is None:
            await self._withdraw(queued, OVERTAKEN)
            return
        try:
            await self.mailer.send(write())
        except MailRefused as refusal:
            await self._refused(queued, refusal)
            return
        await self._note(State.SENT, lambda uow: store.sent(uow, queued.id))

    async def _refused(self, queued: QueuedMail, refusal: MailRefused) -> None:
        """
        Note the refusal.

        Raises:
            MailRefused: it is a temporary one.
        """
        if not refusal.is_permanent:
            await self._note(
                State.QUEUED, lambda uow: store.deferred(uow, queued.id, str(refusal))
            )
            raise refusal
        _log.warning("mail.bounced", id=str(queued.id), kind=queued.kind, reply=refusal.reply)
        await self._note(State.BOUNCED, lambda uow: store.bounced(uow, queued.id, str(refusal)))

    async def _withdraw(self, queued: QueuedMail, why: str) -> None:
        await self._note(State.WITHDRAWN, lambda uow: store.withdrawn(uow, queued.id, why))

    async def _note(self, state: State, write: Callable[[UnitOfWork], Awaitable[None]]) -> None:
        async with self.db.unit() as uow:
            await write(uow)
        self.on_settled(state)
