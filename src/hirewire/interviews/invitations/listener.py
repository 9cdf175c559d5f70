"""What happens once an interview was scheduled or changed: mails are called for."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from hirewire.interviews import store
from hirewire.interviews.facts import (
    InterviewCanceled,
    IntervieweeAdded,
    InterviewersAdded,
    InterviewRescheduled,
    InterviewScheduled,
    InterviewTitleChanged,
    InterviewZoneChanged,
)
from hirewire.interviews.invitations import reminders
from hirewire.interviews.invitations.details import Details, Notice, encode
from hirewire.interviews.invitations.planning import CALENDAR_KINDS, due, uid_of, useful_until
from hirewire.interviews.model import Interview
from hirewire.kit.facts import Recorded
from hirewire.runtime.db import UnitOfWork
from hirewire.runtime.log import DurableListener
from hirewire.runtime.mail import Address, NewMail, Outbox
from hirewire.runtime.mail import store as mails

KINDS: Final = frozenset(
    fact.kind
    for fact in (
        InterviewScheduled,
        InterviewRescheduled,
        InterviewersAdded,
        IntervieweeAdded,
        InterviewTitleChanged,
        InterviewZoneChanged,
        InterviewCanceled,
    )
)
NAME: Final = "invitations"
BATCH: Final = 10
"""An interview may have 49 interviewers; others wait meanwhile to write."""


@dataclass(frozen=True, slots=True)
class Invitations:
    """Calls for the mails that a change of an interview takes; *host* names calendar items."""

    outbox: Outbox
    host: str
    reminder_lead: timedelta

    def listener(self) -> DurableListener:
        """Make the listener; its name is its cursor's, for good."""
        return DurableListener(name=NAME, kinds=KINDS, handle=self._hear, batch=BATCH)

    async def _hear(self, uow: UnitOfWork, recorded: Recorded) -> None:
        interview_id: UUID = getattr(recorded.fact, "interview_id")  # noqa: B009 - one of KINDS
        found = await store.by_ids(uow, (interview_id,))
        if interview := found.get(interview_id):
            await self.tell(uow, interview)

    async def tell(self, uow: UnitOfWork, interview: Interview) -> None:
        """Queue what people do not know of *interview* yet, and plan the reminder."""
        told = await mails.told(uow, interview.id, CALENDAR_KINDS)
        details = Details.of(interview, uid_of(interview, told, self.host))
        known, invitation = encode(details), encode(Notice(details=details))
        until = useful_until(interview, uow.now)
        called_for = [
            NewMail(
                about_id=interview.id,
                sequence=interview.sequence,
                kind=each.kind,
                to=Address(each.to.email, each.to.name),
                useful_until=until,
                body=encode(Notice(details=details, before=each.before))
                if each.before
                else invitation,
                told=known,
            )
            for each in due(interview, told, uow.now)
        ]
        await self.outbox.put(uow, *called_for)
        reminders.plan(uow, interview, self.reminder_lead)
