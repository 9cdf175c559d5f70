"""The `updateVirtualInterviewEvent` mutation (seed 001, "Schedule and manage events")."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from msgspec import Struct

from hirewire.interviews.changes import (
    AddInterviewee,
    AddInterviewers,
    RescheduleInterview,
    SetTitle,
    SetZone,
)
from hirewire.interviews.errors import NotOneChange
from hirewire.interviews.graphql.create_event import IntervieweeInput, InterviewerInput
from hirewire.interviews.graphql.types import EVENT, View, VirtualInterviewEvent
from hirewire.interviews.model import Interview, Invited, NewInterviewee
from hirewire.interviews.service import Interviews
from hirewire.web.graphql import Context

CHANGES: Final = ("reschedule", "addInterviewers", "addInterviewee", "setTitle", "setTimezone")


class RescheduleInput(Struct, rename="camel"):
    """`RescheduleVirtualInterviewEventInput`."""

    id: str
    start_time: datetime
    end_time: datetime

    async def run(self, ctx: Context) -> Interview:
        """Reschedule the event."""
        command = RescheduleInterview(
            id=ctx.node_ids.read(EVENT, self.id),
            starts_at=self.start_time,
            ends_at=self.end_time,
        )
        return await ctx.part(Interviews).reschedule(ctx.uow, ctx.caller, command)


class AddInterviewersInput(Struct, rename="camel"):
    """`UpdateVirtualInterviewEventInterviewersInput`."""

    id: str
    interviewers: list[InterviewerInput]

    async def run(self, ctx: Context) -> Interview:
        """Add interviewers to the event."""
        command = AddInterviewers(
            id=ctx.node_ids.read(EVENT, self.id),
            interviewers=tuple(Invited(email=each.email) for each in self.interviewers),
        )
        return await ctx.part(Interviews).add_interviewers(ctx.uow, ctx.caller, command)


class AddIntervieweeInput(Struct, rename="camel"):
    """`AddVirtualInterviewEventIntervieweeInput`."""

    id: str
    interviewee: IntervieweeInput

    async def run(self, ctx: Context) -> Interview:
        """Add an interviewee to the event."""
        command = AddInterviewee(
            id=ctx.node_ids.read(EVENT, self.id),
            interviewee=NewInterviewee(
                name=self.interviewee.name, email=self.interviewee.email
            ),
        )
        return await ctx.part(Interviews).add_interviewee(ctx.uow, ctx.caller, command)


class SetTitleInput(Struct, rename="camel"):
    """`UpdateVirtualInterviewEventTitleInput`."""

    id: str
    title: str

    async def run(self, ctx: Context) -> Interview:
        """Change the event's title."""
        command = SetTitle(id=ctx.node_ids.read(EVENT, self.id), title=self.title)
        return await ctx.part(Interviews).set_title(ctx.uow, ctx.caller, command)


class SetTimezoneInput(Struct, rename="camel"):
    """`UpdateVirtualInterviewEventTimezoneInput`."""

    id: str
    timezone: str

    async def run(self, ctx: Context) -> Interview:
        """Change the event's time zone."""
        command = SetZone(id=ctx.node_ids.read(EVENT, self.id), zone=self.timezone)
        return await ctx.part(Interviews).set_zone(ctx.uow, ctx.caller, command)


class UpdateVirtualInterviewEventInput(Struct, rename="camel"):
    """What is to be changed: one of these."""

    reschedule: RescheduleInput | None = None
    add_interviewers: AddInterviewersInput | None = None
    add_interviewee: AddIntervieweeInput | None = None
    set_title: SetTitleInput | None = None
    set_timezone: SetTimezoneInput | None = None

    async def run(self, ctx: Context) -> Interview:
        """
        Make the one change that is asked for.

        Raises:
            NotOneChange: none is, or several are.
        """
        given = {
            name: change
            for name, change in zip(
                CHANGES,
                (
                    self.reschedule,
                    self.add_interviewers,
                    self.add_interviewee,
                    self.set_title,
                    self.set_timezone,
                ),
                strict=True,
            )
            if change is not None
        }
        if len(given) != 1:
            raise NotOneChange(choices=CHANGES, asked=tuple(given))
        (change,) = given.values()
        return await change.run(ctx)


@dataclass(frozen=True, slots=True)
class UpdateVirtualInterviewEventPayload:
    """The event as it is now."""

    event: VirtualInterviewEvent


async def update_virtual_interview_event(
    ctx: Context, input: UpdateVirtualInterviewEventInput
) -> UpdateVirtualInterviewEventPayload:
    """Change one thing about a virtual interview event."""
    interview = await input.run(ctx)
    return UpdateVirtualInterviewEventPayload(
        event=VirtualInterviewEvent(interview, View.of(ctx, (interview,)))
    )
