"""The `createVirtualInterviewEvent` mutation (seed 001, "Schedule an event")."""

from dataclasses import dataclass
from datetime import datetime

from msgspec import Struct

from hirewire.interviews.graphql.types import View, VirtualInterviewEvent
from hirewire.interviews.model import Invited, MediaType, NewInterviewee, ScheduleInterview
from hirewire.interviews.service import Interviews
from hirewire.web.graphql import Context


class InterviewerInput(Struct, rename="camel"):
    """`VirtualInterviewEventInterviewerInput`."""

    email: str


class IntervieweeInput(Struct, rename="camel"):
    """`VirtualInterviewEventIntervieweeInput`."""

    name: str
    email: str


class RequestMetadataInput(Struct, rename="camel"):
    """`VirtualInterviewEventRequestMetadataInput`."""

    ats_name: str
    employer_name: str | None = None


class CreateVirtualInterviewEventInput(Struct, rename="camel"):
    """What is to be scheduled."""

    start_time: datetime
    end_time: datetime
    title: str
    timezone: str
    interviewers: list[InterviewerInput]
    request_metadata: RequestMetadataInput
    interviewee: IntervieweeInput | None = None
    language_code: str | None = None
    country_code: str | None = None
    media_type: MediaType | None = None

    def command(self) -> ScheduleInterview:
        """Say it in the words of the service."""
        candidate = self.interviewee
        return ScheduleInterview(
            title=self.title,
            starts_at=self.start_time,
            ends_at=self.end_time,
            zone=self.timezone,
            interviewers=tuple(Invited(email=each.email) for each in self.interviewers),
            interviewee=None
            if candidate is None
            else NewInterviewee(name=candidate.name, email=candidate.email),
            ats_name=self.request_metadata.ats_name,
            employer_name=self.request_metadata.employer_name,
            language=self.language_code,
            country=self.country_code,
            media_type=self.media_type or MediaType.VIDEO,
        )


@dataclass(frozen=True, slots=True)
class CreateVirtualInterviewEventPayload:
    """The event as it was scheduled."""

    event: VirtualInterviewEvent


async def create_virtual_interview_event(
    ctx: Context, input: CreateVirtualInterviewEventInput
) -> CreateVirtualInterviewEventPayload:
    """Schedule a virtual interview event."""
    interview = await ctx.part(Interviews).schedule(ctx.uow, ctx.caller, input.command())
    return CreateVirtualInterviewEventPayload(
        event=VirtualInterviewEvent(interview, View.of(ctx, (interview,)))
    )
