"""
A mail as bytes (RFC 5322): text, HTML and the calendar item as alternatives of one another.

Mail programs disagree about where they look for a calendar item: Gmail and Outlook read the
alternative, whose MIME type has to name the same method as the item; others only offer what is
attached. So it is there twice.
"""

from contextlib import suppress
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP, SMTPUTF8, EmailPolicy
from email.utils import format_datetime
from typing import Final

from hirewire.runtime.mail.model import Address, CalendarPart, Mail

ATTACHED_AS: Final = "invite.ics"


def spell(mail: Mail, sender: Address) -> bytes:
    """Spell *mail* from *sender* with CRLF; the same mail is always the same bytes."""
    policy = _policy(mail.to, sender)
    alternatives = _alternatives(mail, policy)
    whole: MIMEPart = alternatives
    if mail.calendar is not None:
        whole = MIMEPart(policy)
        whole.make_mixed(_boundary(mail, "mixed"))
        whole.attach(alternatives)
        whole.attach(_attached(mail.calendar, policy))
    message = EmailMessage(policy)
    for name, value in _head(mail, sender):
        message[name] = value
    for name, value in whole.items():
        message[name] = value
    message.set_payload(whole.get_payload())
    return message.as_bytes()


def ascii_address(email: str) -> str:
    """Spell the domain of *email* so that a server without RFC 6531 takes it, if it can."""
    local, _, domain = email.rpartition("@")
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    return f"{local}@{domain}"


def _head(mail: Mail, sender: Address) -> tuple[tuple[str, object], ...]:
    return (
        ("From", _mailbox(sender)),
        ("To", _mailbox(mail.to)),
        ("Subject", mail.subject),
        ("Date", format_datetime(mail.written_at)),
        ("Message-ID", mail.message_id),
        ("Content-Language", mail.language),
        # RFC 3834, section 5: nobody's holiday notice is to answer this.
        ("Auto-Submitted", "auto-generated"),
        ("MIME-Version", "1.0"),
    )


def _alternatives(mail: Mail, policy: "EmailPolicy[EmailMessage]") -> MIMEPart:
    """Order them as RFC 2046, section 5.1.4, has it: who understands the last, shows that."""
    found = MIMEPart(policy)
    found.make_alternative(_boundary(mail, "alternative"))
    found.attach(_text(mail.text, "plain", policy))
    found.attach(_text(mail.html, "html", policy))
    if mail.calendar is not None:
        item = MIMEPart(policy)
        item.set_content(mail.calendar.body.decode(), subtype="calendar", cte="base64")
        item.set_param("method", mail.calendar.method)
        found.attach(item)
    return found


def _text(text: str, subtype: str, policy: "EmailPolicy[EmailMessage]") -> MIMEPart:
    part = MIMEPart(policy)
    part.set_content(text, subtype=subtype, cte="quoted-printable")
    return part


def _attached(calendar: CalendarPart, policy: "EmailPolicy[EmailMessage]") -> MIMEPart:
    part = MIMEPart(policy)
    part.set_content(
        calendar.body,
        maintype="application",
        subtype="ics",
        disposition="attachment",
        filename=ATTACHED_AS,
    )
    return part


def _mailbox(address: Address) -> Mailbox:
    """Parse nothing: the address is known to be one, with a local part in any script."""
    local, _, domain = ascii_address(address.email).rpartition("@")
    return Mailbox(address.name or "", local, domain)


def _policy(*addresses: Address) -> "EmailPolicy[EmailMessage]":
    """Leave ASCII only where a local part does, which has no spelling in it (RFC 6532)."""
    is_plain = all(each.email.rpartition("@")[0].isascii() for each in addresses)
    return SMTP if is_plain else SMTPUTF8


def _boundary(mail: Mail, part: str) -> str:
    """Bound parts by what appears nowhere else, and is the same at each attempt."""
    return f"={part}={''.join(filter(str.isalnum, mail.message_id))[:40]}="
