"""What a mail says about an interview, as it stood when the mail was called for."""

from datetime import datetime
from typing import Final, Self

import msgspec

from hirewire.interviews.model import Interview, MediaType


class Named(msgspec.Struct, frozen=True):
    """Somebody who interviews."""

    email: str
    name: str | None


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """
    An interview as a mail shows it.

    *uid* is what calendars know it by, the same for as long as it lives.
    """

    uid: str
    title: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    media_type: MediaType
    interviewers: tuple[Named, ...]
    interviewee: str | None

    @classmethod
    def of(cls, interview: Interview, uid: str) -> Self:
        """Show *interview* as it stands."""
        interviewee = interview.interviewee
        return cls(
            uid=uid,
            title=interview.title,
            starts_at=interview.starts_at,
            ends_at=interview.ends_at,
            zone=interview.zone,
            media_type=interview.media_type,
            interviewers=tuple(Named(each.email, each.name) for each in interview.interviewers),
            interviewee=None if interviewee is None else interviewee.name,
        )


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What one mail is composed from: what it shows, and what its reader knew *before*."""

    details: Details
    before: Details | None = None


def encode(said: Details | Notice) -> str:
    """Write *said* as JSON."""
    return msgspec.json.encode(said).decode()


read_details: Final = msgspec.json.Decoder(Details).decode
read_notice: Final = msgspec.json.Decoder(Notice).decode
