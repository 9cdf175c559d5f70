"""
When a candidate gets a mail: once for all that they have not read, a while after the first.

Whoever reads meanwhile gets none, and who was told is told again only after they have read. A
mail that bounced told nobody, but the next one waits for a day, so that an address that is no
more is not written to each time.
The mail's link is derived from what is kept with it under the server's secret, so the token
itself is kept nowhere (decision 0022).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from hirewire.accounts.service import Accounts
from hirewire.conversations import links, store
from hirewire.conversations.access import CANDIDATE
from hirewire.conversations.facts import MessageSent
from hirewire.conversations.links import MailedLinks
from hirewire.conversations.mails.letter import News, letter
from hirewire.conversations.mails.store import count, unread
from hirewire.conversations.model import Side
from hirewire.conversations.people import store as people
from hirewire.kit.facts import Recorded
from hirewire.runtime.db import Reader, TaskCall, UnitOfWork
from hirewire.runtime.log import DurableListener
from hirewire.runtime.mail import Address, Mail, NewMail, Outbox, QueuedMail, State
from hirewire.runtime.mail import store as mails
from hirewire.runtime.tasks import Handler

KIND: Final = "conversation.unread"
TELL: Final = "candidate.tell"
USEFUL_FOR: Final = timedelta(days=7)
BOUNCED_FOR: Final = timedelta(days=1)


class Body(msgspec.Struct, frozen=True):
    """What a mail is composed from: the id that its link is derived from."""

    link_id: UUID


class Link(msgspec.Struct, frozen=True):
    """What is kept of the link in a mail, also when the mail has left."""

    digest: bytes


class Task(msgspec.Struct, frozen=True):
    """Of which thread the candidate may have to be told."""

    conversation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateMails:
    """Calls for the mails, *after* a while, and composes them."""

    accounts: Accounts
    outbox: Outbox
    links: MailedLinks
    after: timedelta

    def listener(self) -> DurableListener:
        """
        Make the listener; its name is its cursor's, for good.

        Nobody is told of what was written before there was this mail.
        """
        kinds = frozenset({MessageSent.kind})
        return DurableListener(
            name="candidate-mails", kinds=kinds, handle=self._hear, from_start=False
        )

    @property
    def handlers(self) -> dict[str, Handler]:
        """The task, by name."""
        return {TELL: self._tell}

    async def compose(
        self, reader: Reader, queued: QueuedMail, now: datetime
    ) -> Callable[[], Mail] | None:
        """Compose one, unless it was read meanwhile, or the link is good no more."""
        del now
        token = self.links.token(msgspec.json.decode(queued.body, type=Body).link_id)
        if await people.behind_link(reader, links.digest(token)) != queued.about_id:
            return None
        read = await _read_up_to(reader, queued.about_id)
        waiting = await count(reader, queued.about_id, read)
        conversation = await store.find(reader, queued.about_id)
        if conversation is None or read >= queued.sequence or not waiting:
            return None
        employer = await self.accounts.employer(reader, conversation.employer_id)
        news = News(
            name=conversation.candidate.name,
            employer="An employer" if employer is None else employer.name,
            subject=conversation.subject or "",
            count=waiting,
            url=self.links.url(token),
        )
        return lambda: letter(news).mail(queued)

    async def _hear(self, uow: UnitOfWork, recorded: Recorded) -> None:
        fact = recorded.fact
        if isinstance(fact, MessageSent) and fact.side is Side.EMPLOYER:
            _plan(uow, fact.conversation_id, fact.sent_at + self.after)

    async def _tell(self, uow: UnitOfWork, payload: bytes) -> None:
        """Call for a mail, if one is due; the thread is locked, so that there is one."""
        thread_id = msgspec.json.decode(payload, type=Task).conversation_id
        conversation = await store.lock(uow, thread_id)
        if conversation is None:
            return
        read = await _read_up_to(uow, thread_id)
        waiting = await unread(uow, thread_id, read)
        if waiting is None or await _was_told(uow, thread_id, read, uow.now):
            return
        if waiting.since + self.after > uow.now:
            _plan(uow, thread_id, waiting.since + self.after)
            return
        link_id = uow.new_id()
        digest = links.digest(self.links.token(link_id))
        await people.add_link(uow, thread_id, digest)
        mail = NewMail(
            about_id=thread_id,
            sequence=waiting.last_position,
            kind=KIND,
            to=Address(conversation.candidate.email, conversation.candidate.name),
            useful_until=uow.now + USEFUL_FOR,
            body=msgspec.json.encode(Body(link_id)).decode(),
            told=msgspec.json.encode(Link(digest)).decode(),
        )
        await self.outbox.put(uow, mail)


def _plan(uow: UnitOfWork, conversation_id: UUID, due_at: datetime) -> None:
    """Look whether the candidate is to be told; one task waits for each thread."""
    payload = msgspec.json.encode(Task(conversation_id)).decode()
    uow.enqueue(TaskCall(name=TELL, payload=payload, key=conversation_id.hex, due_at=due_at))


async def _read_up_to(reader: Reader, conversation_id: UUID) -> int:
    mark = await people.mark_of(reader, conversation_id, CANDIDATE)
    return 0 if mark is None else mark.position


async def _was_told(reader: Reader, conversation_id: UUID, read: int, now: datetime) -> bool:
    """Whether a mail left, or will, of what is not read yet, by a link that is still good."""
    for each in await mails.told(reader, conversation_id, (KIND,)):
        if each.sequence <= read or each.state == State.WITHDRAWN or _is_to_repeat(each, now):
            continue
        # Mails had no such note before links could be replaced in the console.
        if each.told is None:
            return True
        link = msgspec.json.decode(each.told, type=Link)
        if await people.behind_link(reader, link.digest) is not None:
            return True
    return False


def _is_to_repeat(told: mails.Told, now: datetime) -> bool:
    """Whether a mail bounced so long ago that another may be tried."""
    if told.state != State.BOUNCED or told.settled_at is None:
        return False
    return told.settled_at + BOUNCED_FOR <= now
