"""The mail that carries the link: called for by a sign-up, or asked for once more."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hirewire.accounts.facts import PersonRegistered
from hirewire.accounts.model import Person
from hirewire.accounts.service import Accounts
from hirewire.accounts.verification.links import LIFETIME, Links
from hirewire.kit.clock import EPOCH
from hirewire.kit.facts import Recorded
from hirewire.runtime.db import Reader, UnitOfWork
from hirewire.runtime.log import DurableListener
from hirewire.runtime.mail import Address, Letter, Mail, NewMail, Outbox, QueuedMail

KIND: Final = "person.verification"
SUBJECT: Final = "Confirm your e-mail address"
PAUSE: Final = timedelta(minutes=10)
"""However often somebody asks, they get one mail in each of these."""


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
        url = self.links.url(person, queued.created_at)
        return lambda: _letter(person, url).mail(queued)

    async def _hear(self, uow: UnitOfWork, recorded: Recorded) -> None:
        if not isinstance(recorded.fact, PersonRegistered):
            return
        person = await self.accounts.person(uow, recorded.fact.person_id)
        if person is not None:
            await self.call_for(uow, person)


def _letter(person: Person, url: str) -> Letter:
    return Letter(
        language="en",
        subject=SUBJECT,
        heading=SUBJECT,
        greeting=f"Hello {person.name},",
        opening=(
            f"Somebody, probably you, created an account with {person.email}. Confirm that the "
            "address is yours, and invitations to it reach your account."
        ),
        action="Confirm this address",
        url=url,
        action_hint="If the button does not work, open:",
        notes=(
            "You sign in with the password that you chose. The link works for two days.",
            "If it was not you, do nothing: without that password nobody can confirm it.",
        ),
    )
