"""
Calendar items (RFC 5545, RFC 5546) that a calendar updates in place.

One UID for an interview's life, a SEQUENCE that grows with each change that people are told
of, times in UTC: whoever reads them has a zone of their own, and a VTIMEZONE is one more thing
to be wrong.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from icalendar import Calendar, Event, vCalAddress, vText
from icalendar.enums import CUTYPE, PARTSTAT, ROLE, STATUS

from hirewire.interviews.invitations.details import Details, Named
from hirewire.interviews.model import MediaType
from hirewire.runtime.mail import Address, CalendarPart

PRODUCT: Final = "-//Hirewire//Interviews//EN"
REQUEST: Final = "REQUEST"
CANCEL: Final = "CANCEL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a calendar item is made from; *described* is its text for people."""

    details: Details
    sequence: int
    written_at: datetime
    is_canceled: bool
    url: str
    described: str


def calendar_part(item: Item, organizer: Address) -> CalendarPart:
    """Write *item*, whose organizer is the platform's own mailbox."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    method = CANCEL if item.is_canceled else REQUEST
    calendar.add("method", method)
    calendar.add_component(_event(item, organizer))
    return CalendarPart(method, calendar.to_ical())


def _event(item: Item, organizer: Address) -> Event:
    details = item.details
    event = Event()
    event.add("uid", details.uid)
    event.add("sequence", item.sequence)
    event.add("dtstamp", item.written_at.astimezone(UTC))
    event.add("dtstart", details.starts_at.astimezone(UTC))
    event.add("dtend", details.ends_at.astimezone(UTC))
    event.add("summary", details.title)
    event.add("description", item.described)
    event.add("url", item.url)
    if details.media_type is MediaType.VIDEO:
        event.add("location", item.url)
    event.add("status", STATUS.CANCELLED if item.is_canceled else STATUS.CONFIRMED)
    event.add("transp", "TRANSPARENT" if item.is_canceled else "OPAQUE")
    event.add("organizer", _organizer(organizer), encode=False)
    for each in details.interviewers:
        event.add("attendee", _attendee(each, is_asked=not item.is_canceled), encode=False)
    return event


def _organizer(organizer: Address) -> vCalAddress:
    found = vCalAddress(f"mailto:{organizer.email}")
    if organizer.name:
        found.params["CN"] = vText(organizer.name)
    return found


def _attendee(person: Named, *, is_asked: bool) -> vCalAddress:
    found = vCalAddress(f"mailto:{person.email}")
    found.params["CN"] = vText(person.name or person.email)
    found.params["CUTYPE"] = vText(CUTYPE.INDIVIDUAL)
    found.params["ROLE"] = vText(ROLE.REQ_PARTICIPANT)
    if is_asked:
        found.params["PARTSTAT"] = vText(PARTSTAT.NEEDS_ACTION)
        found.params["RSVP"] = vText("TRUE")
    return found
