"""The mailbox: what a real server would have sent by mail, kept to be read."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hirewire.kit.clock import Clock
from hirewire.runtime.mail import Address, spell
from hirewire.runtime.mail import Mail as Leaving

MOST_MESSAGES: Final = 1000


@dataclass(frozen=True, slots=True)
class Calendar:
    """The calendar item of a mail: what it asks for, and all of it."""

    method: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail as it would have left; *raw* is all of it, byte by byte."""

    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    sent_at: datetime
    message_id: str = ""
    html: str = ""
    calendar: Calendar | None = None
    raw: bytes = b""

    @property
    def id(self) -> str:
        """What its pages are found under."""
        return self.message_id.strip("<>").partition("@")[0]


class Mailbox:
    """Keeps the last *most* mails in memory; the oldest gives way."""

    def __init__(self, most: int = MOST_MESSAGES) -> None:
        self._mails: deque[Mail] = deque(maxlen=most)

    def deliver(self, mail: Mail) -> None:
        """Keep *mail*."""
        self._mails.append(mail)

    def mails(self) -> Sequence[Mail]:
        """Return what is kept, oldest first."""
        return tuple(self._mails)

    def mail(self, id: str) -> Mail | None:
        """Find the mail that is found under *id*."""
        return next((each for each in self._mails if each.id == id), None)

    def empty(self) -> None:
        """Forget everything."""
        self._mails.clear()


@dataclass(frozen=True, slots=True)
class Delivery:
    """The mailer of the sandbox: puts mail from *sender* into the *mailbox* at once."""

    mailbox: Mailbox
    clock: Clock
    sender: Address

    async def send(self, mail: Leaving) -> None:
        item = mail.calendar
        calendar = None if item is None else Calendar(item.method, item.body.decode())
        self.mailbox.deliver(
            Mail(
                sender=_shown(self.sender),
                to=(mail.to.email,),
                subject=mail.subject,
                text=mail.text,
                sent_at=self.clock.now(),
                message_id=mail.message_id,
                html=mail.html,
                calendar=calendar,
                raw=spell(mail, self.sender),
            )
        )

    async def check(self) -> str:
        return "the mailbox of the sandbox"


def _shown(address: Address) -> str:
    return f"{address.name} <{address.email}>" if address.name else address.email
