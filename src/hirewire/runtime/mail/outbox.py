"""The outbox: mails that are called for, kept in the unit of work of what calls for them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from hirewire.kit.mailboxes import mailbox_key
from hirewire.runtime.db import TaskCall, UnitOfWork
from hirewire.runtime.mail import store
from hirewire.runtime.mail.model import Address
from hirewire.runtime.mail.store import QueuedMail, Row

SEND: Final = "mail.send"
KEPT_FOR: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMail:
    """
    A mail that is called for.

    *about_id* and *sequence* are the matter and which version of it, *body* is what the mail
    is composed from, *told* what its reader will know by it, both in JSON. After
    *useful_until* nobody wants it any more.
    """

    about_id: UUID
    sequence: int
    kind: str
    to: Address
    useful_until: datetime
    body: str = field(repr=False)
    told: str | None = None


class Errand(msgspec.Struct, frozen=True):
    """Whose mails a task sends: those about one matter to one person, in their order."""

    about_id: UUID
    recipient: str

    @property
    def key(self) -> str:
        """Of one key one task runs at a time, which keeps the mails in order."""
        return f"{self.about_id}:{self.recipient}"


@dataclass(frozen=True, slots=True)
class Outbox:
    """Where slices put mails; *domain* is whose message ids they get."""

    domain: str

    async def put(self, uow: UnitOfWork, *mails: NewMail) -> None:
        """
        Queue *mails*, and the tasks that send them, but those that were queued before.

        There is one of each matter, version, kind and person.
        """
        rows = [self._row(uow, mail) for mail in mails]
        await store.insert(uow, rows)
        for row in rows:
            uow.enqueue(_call(Errand(row.mail.about_id, row.mail.recipient)))

    def _row(self, uow: UnitOfWork, mail: NewMail) -> Row:
        mail_id = uow.new_id()
        queued = QueuedMail(
            id=mail_id,
            about_id=mail.about_id,
            sequence=mail.sequence,
            kind=mail.kind,
            recipient=mailbox_key(mail.to.email),
            email=mail.to.email,
            name=mail.to.name,
            message_id=f"<{mail_id}@{self.domain}>",
            created_at=uow.now,
            useful_until=mail.useful_until,
            body=mail.body,
        )
        return Row(queued, mail.told)


def _call(errand: Errand) -> TaskCall:
    return TaskCall(
        name=SEND,
        payload=msgspec.json.encode(errand).decode(),
        key=errand.key,
    )


async def prune_mails(uow: UnitOfWork, limit: int) -> int:
    """Remove up to *limit* mails that were settled, and of use, long ago."""
    return await store.prune(uow, uow.now - KEPT_FOR, limit=limit)
