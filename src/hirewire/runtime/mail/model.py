"""What a mail is, before it is spelled for the wire."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Address:
    """Somebody's *email*, with the name to show beside it."""

    email: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class CalendarPart:
    """A calendar item in iCalendar (RFC 5545), and the iTIP *method* that it names itself."""

    method: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """
    One mail to one person.

    The same *message_id* means the same mail: a server that sees it twice may drop one.
    """

    message_id: str
    to: Address
    written_at: datetime
    language: str
    subject: str
    text: str
    html: str
    calendar: CalendarPart | None = None
