"""
A mail as bytes (RFC 5322): text, HTML and the calendar item as alternatives of one another.

Mail programs disagree about where they look for a calendar item: Gmail and Outlook read the
alternative, whose MIME type has to name the same method as the item; others only offer what is
attached. So it is there twice.
"""

from contextlib import suppress
from email.errors import MessageError
from email.message import MIMEPart
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from hirewire.runtime.mail.heads import head, mailbox_value, text_value, unspellable
from hirewire.runtime.mail.model import Address, CalendarPart, Mail

ATTACHED_AS: Final = "invite.ics"


def spell(mail: Mail, sender: Address) -> bytes:
    """
    Spell *mail* from *sender* with CRLF; the same mail is always the same bytes.

    Raises:
        MailRefused: it cannot be spelled, for good.
    """
    try:
        return head(_fields(mail, sender)).encode() + _content(mail).as_bytes()
    except (MessageError, ValueError) as error:
        raise unspellable(type(error).__name__) from error


def ascii_address(email: str) -> str:
    """Spell the domain of *email* so that a server without RFC 6531 takes it, if it can."""
    local, _, domain = email.rpartition("@")
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    return f"{local}@{domain}"


def _fields(mail: Mail, sender: Address) -> tuple[tuple[str, str], ...]:
    return (
        ("From", _mailbox(sender)),
        ("To", _mailbox(mail.to)),
        ("Subject", text_value("Subject", mail.subject)),
        ("Date", format_datetime(mail.written_at)),
        ("Message-ID", mail.message_id),
        ("Content-Language", mail.language),
        # RFC 3834, section 5: nobody's holiday notice is to answer this.
        ("Auto-Submitted", "auto-generated"),
        ("MIME-Version", "1.0"),
    )


def _content(mail: Mail) -> MIMEPart:
    alternatives = _alternatives(mail)
    if mail.calendar is None:
        return alternatives
    whole = MIMEPart(SMTP)
    whole.make_mixed(_boundary(mail, "mixed"))
    whole.attach(alternatives)
    whole.attach(_attached(mail.calendar))
    return whole


def _alternatives(mail: Mail) -> MIMEPart:
    """Order them as RFC 2046, section 5.1.4, has it: who understands the last, shows that."""
    found = MIMEPart(SMTP)
    found.make_alternative(_boundary(mail, "alternative"))
    found.attach(_text(mail.text, "plain"))
    found.attach(_text(mail.html, "html"))
    if mail.calendar is not None:
        item = MIMEPart(SMTP)
        item.set_content(mail.calendar.body.decode(), subtype="calendar", cte="base64")
        item.set_param("method", mail.calendar.method)
        found.attach(item)
    return found


def _text(text: str, subtype: str) -> MIMEPart:
    part = MIMEPart(SMTP)
    part.set_content(text, subtype=subtype, cte="quoted-printable")
    return part


def _attached(calendar: CalendarPart) -> MIMEPart:
    part = MIMEPart(SMTP)
    part.set_content(
        calendar.body,
        maintype="application",
        subtype="ics",
        disposition="attachment",
        filename=ATTACHED_AS,
    )
    return part


def _mailbox(address: Address) -> str:
    return mailbox_value(Address(ascii_address(address.email), address.name))


def _boundary(mail: Mail, part: str) -> str:
    """Bound parts by what appears nowhere else, and is the same at each attempt."""
    return f"={part}={''.join(filter(str.isalnum, mail.message_id))[:40]}="
