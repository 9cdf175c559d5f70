"""
Mail: kept with the change that calls for it, then sent by a task, once (decision 0018).

A slice puts a `NewMail` into the `outbox` with its unit of work, and brings a `Composer` for
each kind of mail of its own. `Courier` is the task that sends what is queued through a
`Mailer`: `SmtpMailer`, or the mailbox of the sandbox.
"""

from hirewire.runtime.mail.courier import Composer, Courier
from hirewire.runtime.mail.errors import MailRefused, MailServerUnusable
from hirewire.runtime.mail.letters import Letter, Row
from hirewire.runtime.mail.model import Address, CalendarPart, Mail
from hirewire.runtime.mail.outbox import SEND, NewMail, Outbox, prune_mails
from hirewire.runtime.mail.seam import Mailer
from hirewire.runtime.mail.smtp import Security, SmtpMailer, SmtpServer
from hirewire.runtime.mail.spelling import spell
from hirewire.runtime.mail.store import QueuedMail, State, Told, counts

__all__ = [
    "SEND",
    "Address",
    "CalendarPart",
    "Composer",
    "Courier",
    "Letter",
    "Mail",
    "MailRefused",
    "MailServerUnusable",
    "Mailer",
    "NewMail",
    "Outbox",
    "QueuedMail",
    "Row",
    "Security",
    "SmtpMailer",
    "SmtpServer",
    "State",
    "Told",
    "counts",
    "prune_mails",
    "spell",
]
