"""Who is told what: the rules, from how an interview stands and what people know of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from hirewire.interviews.invitations.details import Details, read_details
from hirewire.interviews.model import LATEST_START, Interview, Interviewer
from hirewire.kit.mailboxes import mailbox_key
from hirewire.runtime.mail import Told

AFTERWARDS: Final = timedelta(days=1)
"""How long after its end an interview's mails, but reminders, are still worth sending."""


class MailKind(StrEnum):
    """What a mail about an interview is for."""

    INVITATION = "interview.invitation"
    UPDATE = "interview.update"
    CANCELLATION = "interview.cancellation"
    REMINDER = "interview.reminder"


CALENDAR_KINDS: Final = (MailKind.INVITATION, MailKind.UPDATE, MailKind.CANCELLATION)


@dataclass(frozen=True, slots=True)
class Due:
    """A mail that an interviewer is owed, and what they knew *before*."""

    to: Interviewer
    kind: MailKind
    before: Details | None


def due(interview: Interview, told: Sequence[Told], now: datetime) -> list[Due]:
    """
    List what interviewers do not know yet at *now*.

    Only how things stand counts, not by which steps they came to: of changes that follow upon
    each other faster than anybody is told, people are told the outcome, once. What is over
    concerns nobody but those who still expect it.
    """
    last = _last(told)
    found = []
    for each in interview.interviewers:
        known = last.get(mailbox_key(each.email))
        before = _details(known)
        if _is_over(interview, before, now):
            continue
        kind = _kind(interview, known)
        if kind is not None:
            found.append(Due(each, kind, before))
    return found


def uid_of(interview: Interview, told: Sequence[Told], host: str) -> str:
    """
    Return what calendars know *interview* by; RFC 7986, section 5.3, asks for a UUID.

    The first mail settles it, so that a server which moves does not invite everybody anew.
    """
    known = next((found for each in told if (found := _details(each)) is not None), None)
    return f"{interview.id}@{host}" if known is None else known.uid


def useful_until(interview: Interview, now: datetime) -> datetime:
    """Say until when a mail about *interview* is worth sending."""
    latest = now + LATEST_START  # However late an older row says that it ends.
    return min(max(interview.ends_at, now), latest) + AFTERWARDS


def _is_over(interview: Interview, before: Details | None, now: datetime) -> bool:
    return interview.ends_at <= now and (before is None or before.ends_at <= now)


def _kind(interview: Interview, known: Told | None) -> MailKind | None:
    if known is not None and known.sequence >= interview.sequence:
        return None
    if interview.canceled_at is not None:
        return None if known is None else MailKind.CANCELLATION
    return MailKind.INVITATION if known is None else MailKind.UPDATE


def _last(told: Sequence[Told]) -> Mapping[str, Told]:
    """Find what everybody was told last; *told* begins with the oldest."""
    return {each.recipient: each for each in told if each.kind in CALENDAR_KINDS}


def _details(known: Told | None) -> Details | None:
    return None if known is None or known.told is None else read_details(known.told)
