"""The interviewee's reminder, a few minutes before the start: planned, and called for once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from hirewire.interviews import store
from hirewire.interviews.invitations.details import Details, Notice, encode, read_details
from hirewire.interviews.invitations.planning import MailKind, uid_of
from hirewire.interviews.model import Interview, Interviewee
from hirewire.runtime.db import TaskCall, UnitOfWork
from hirewire.runtime.mail import Address, NewMail, Outbox
from hirewire.runtime.mail import store as mails
from hirewire.runtime.tasks import Handler

REMIND: Final = "interview.remind"


class Planned(msgspec.Struct, frozen=True):
    """For which interview, and for which start of it, a reminder was planned."""

    interview_id: UUID
    starts_at: datetime


def plan(uow: UnitOfWork, interview: Interview, lead: timedelta) -> None:
    """
    Queue the task that reminds the interviewee *lead* before the start, or at once.

    Nobody is reminded of what has begun. A task for another start finds, when it runs, that
    it was overtaken.
    """
    if interview.interviewee is None or interview.canceled_at is not None:
        return
    if interview.starts_at <= uow.now:
        return
    planned = Planned(interview.id, interview.starts_at)
    uow.enqueue(
        TaskCall(
            name=REMIND,
            payload=msgspec.json.encode(planned).decode(),
            key=f"{interview.id}:{interview.starts_at.isoformat()}",
            due_at=interview.starts_at - lead,
        )
    )


def to_remind(
    interview: Interview | None, starts_at: datetime, now: datetime
) -> Interviewee | None:
    """Return who is to be reminded, if a reminder of *starts_at* says what is so, and helps."""
    if interview is None or interview.canceled_at is not None:
        return None
    if interview.starts_at != starts_at or interview.ends_at <= now:
        return None
    return interview.interviewee


@dataclass(frozen=True, slots=True)
class Reminders:
    """Calls for the reminders that are due; *host* names calendar items."""

    outbox: Outbox
    host: str

    @property
    def handlers(self) -> dict[str, Handler]:
        """The task, by name."""
        return {REMIND: self._remind}

    async def _remind(self, uow: UnitOfWork, payload: bytes) -> None:
        planned = msgspec.json.decode(payload, type=Planned)
        found = await store.by_ids(uow, (planned.interview_id,))
        interview = found.get(planned.interview_id)
        interviewee = to_remind(interview, planned.starts_at, uow.now)
        if interview is None or interviewee is None or await _was_reminded(uow, interview):
            return
        await self._put(uow, interview, interviewee)

    async def _put(
        self, uow: UnitOfWork, interview: Interview, interviewee: Interviewee
    ) -> None:
        details = Details.of(interview, uid_of(interview, (), self.host))
        mail = NewMail(
            about_id=interview.id,
            sequence=interview.sequence,
            kind=MailKind.REMINDER,
            to=Address(interviewee.email, interviewee.name),
            useful_until=interview.ends_at,
            body=encode(Notice(details=details)),
            told=encode(details),
        )
        await self.outbox.put(uow, mail)


async def _was_reminded(uow: UnitOfWork, interview: Interview) -> bool:
    """
    Tell whether the interviewee was reminded of this very start, whatever changed since.

    A reminder that was withdrawn, because the interview had been moved meanwhile, told nobody.
    """
    told = await mails.told(uow, interview.id, (MailKind.REMINDER,))
    return any(
        each.state != mails.State.WITHDRAWN
        and each.told is not None
        and read_details(each.told).starts_at == interview.starts_at
        for each in told
    )
