"""The mail that carries the link: called for by a sign-up, or asked for once more."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from hirewire.accounts.facts import PersonRegistered
from hirewire.accounts.model import Person
from hirewire.accounts.service import Accounts
from hirewire.accounts.verification.links import LIFETIME, Links
from hirewire.kit.clock import EPOCH
from hirewire.kit.facts import Recorded
from hirewire.runtime.db import Reader, UnitOfWork
from hirewire.runtime.log import DurableListener
from hirewire.runtime.mail import Address, Mail, NewMail, Outbox, QueuedMail

KIND: Final = "person.verification"
SUBJECT: Final = "Confirm your e-mail address"
PAUSE: Final = timedelta(minutes=10)
"""However often somebody asks, they get one mail in each of these."""

_TEMPLATES: Final = Environment(
    loader=PackageLoader("hirewire.accounts.verification"),
    autoescape=select_autoescape(("html",), default=False),
    undefined=StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


@dataclass(frozen=True, slots=True)
class VerificationMails:
    """Calls for verification mails, and composes them; no link is stored."""

    accounts: Accounts
    outbox: Outbox
    links: Links

    def listener(self) -> DurableListener:
        """Make the listener that hears of sign-ups; its name is its cursor's, for good."""
        kinds = frozenset({PersonRegistered.kind})
        return DurableListener(name="verification", kinds=kinds, handle=self._hear)

    async def call_for(self, uow: UnitOfWork, person: Person) -> None:
        """Queue a mail to *person*, unless one was a moment ago, or none is needed."""
        if person.email_verified:
            return
        mail = NewMail(
            about_id=person.id,
            sequence=(uow.now - EPOCH) // PAUSE,
            kind=KIND,
            to=Address(person.email, person.name),
            useful_until=uow.now + LIFETIME,
            body="{}",
        )
        await self.outbox.put(uow, mail)

    async def compose(
        self, reader: Reader, queued: QueuedMail, now: datetime
    ) -> Callable[[], Mail] | None:
        """Compose one, unless the address was verified, or changed, meanwhile."""
        person = await self.accounts.person(reader, queued.about_id)
        if person is None or person.email_verified or person.email != queued.email:
            return None
        return lambda: self._written(queued, person)

    async def _hear(self, uow: UnitOfWork, recorded: Recorded) -> None:
        if not isinstance(recorded.fact, PersonRegistered):
            return
        person = await self.accounts.person(uow, recorded.fact.person_id)
        if person is not None:
            await self.call_for(uow, person)

    def _written(self, queued: QueuedMail, person: Person) -> Mail:
        said = {
            "subject": SUBJECT,
            "name": person.name,
            "email": person.email,
            "url": self.links.url(person, queued.created_at),
        }
        return Mail(
            message_id=queued.message_id,
            to=Address(person.email, person.name),
            written_at=queued.created_at,
            language="en",
            subject=SUBJECT,
            text=_TEMPLATES.get_template("mail.txt").render(said),
            html=_TEMPLATES.get_template("mail.html").render(said),
        )
