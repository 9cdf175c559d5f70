"""Mail, wired: what calls for it, what composes it, and what it leaves by."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from urllib.parse import urlsplit

from hirewire.accounts.service import Accounts
from hirewire.accounts.verification.links import Links
from hirewire.accounts.verification.mails import KIND, VerificationMails
from hirewire.conversations.links import MailedLinks
from hirewire.conversations.mails.telling import KIND as UNREAD
from hirewire.conversations.mails.telling import CandidateMails
from hirewire.interviews.invitations.composer import Invites
from hirewire.interviews.invitations.listener import Invitations
from hirewire.interviews.invitations.reminders import Reminders
from hirewire.interviews.lobby_urls import LobbyUrls
from hirewire.kit.clock import Clock
from hirewire.runtime.db import Database
from hirewire.runtime.log import DurableListener
from hirewire.runtime.mail import (
    Address,
    Courier,
    Mailer,
    Outbox,
    Security,
    SmtpMailer,
    SmtpServer,
    State,
)
from hirewire.runtime.mail.smtp import DEFAULT_PORTS
from hirewire.runtime.tasks import Handler, Outside
from hirewire.server.settings import Settings


@dataclass(frozen=True, slots=True)
class Mailing:
    """The listeners and the tasks behind mail, and what else calls for some."""

    listeners: tuple[DurableListener, ...]
    handlers: dict[str, Handler | Outside]
    verification: VerificationMails


def build_mailing(
    settings: Settings,
    db: Database,
    clock: Clock,
    *,
    accounts: Accounts,
    mailer: Mailer | None,
    on_settled: Callable[[State], None],
) -> Mailing:
    """
    Wire mail to leave by *mailer*.

    Where there is none, nothing handles the sending: mails and their tasks wait for a process
    that has one.
    """
    host = settings.site
    # An address of IPv6 is no domain for a message id (RFC 5322, section 3.6.4).
    outbox = Outbox("localhost" if ":" in host else host)
    invitations = Invitations(outbox, host, timedelta(minutes=settings.reminder_lead_min))
    candidates = CandidateMails(
        accounts=accounts,
        outbox=outbox,
        links=MailedLinks(settings.base_url, settings.secret_key),
        after=timedelta(minutes=settings.candidate_mail_after_min),
    )
    links = Links(settings.base_url, settings.secret_key)
    verification = VerificationMails(accounts, outbox, links)
    handlers: dict[str, Handler | Outside] = {
        **Reminders(outbox, host).handlers,
        **candidates.handlers,
    }
    if mailer is not None:
        invites = Invites(LobbyUrls(settings.base_url), sender_of(settings))
        courier = Courier(
            db=db,
            clock=clock,
            mailer=mailer,
            composers={
                **invites.composers,
                KIND: verification.compose,
                UNREAD: candidates.compose,
            },
            on_settled=on_settled,
        )
        handlers |= courier.handlers
    listeners = (invitations.listener(), verification.listener(), candidates.listener())
    return Mailing(listeners, handlers, verification)


def smtp_mailer(settings: Settings) -> SmtpMailer | None:
    """Make what hands mail to the server that *settings* name; None where they name none."""
    if not settings.mail:
        return None
    place = urlsplit(settings.mail)
    security = Security(settings.mail_security)
    server = SmtpServer(
        host=place.hostname or "",
        port=place.port or DEFAULT_PORTS[security],
        security=security,
        user=settings.mail_user,
        password=settings.mail_password,
    )
    return SmtpMailer(server, sender_of(settings))


def sender_of(settings: Settings) -> Address:
    """Say whom mails are from."""
    name, email = parseaddr(settings.mail_sender)
    if not email:
        return Address(f"no-reply@{settings.site}", "Hirewire")
    return Address(email, name or None)
