"""The `cancelVirtualInterviewEvent` mutation (seed 001, "Cancel an event")."""

from dataclasses import dataclass

from msgspec import Struct

from hirewire.interviews.graphql.types import EVENT, View, VirtualInterviewEvent
from hirewire.interviews.service import Interviews
from hirewire.web.graphql import Context


class CancelVirtualInterviewEventInput(Struct, rename="camel"):
    """Which event does not take place."""

    id: str


@dataclass(frozen=True, slots=True)
class CancelVirtualInterviewEventPayload:
    """The event, canceled."""

    event: VirtualInterviewEvent


async def cancel_virtual_interview_event(
    ctx: Context, input: CancelVirtualInterviewEventInput
) -> CancelVirtualInterviewEventPayload:
    """Cancel a virtual interview event."""
    interview_id = ctx.node_ids.read(EVENT, input.id)
    interview = await ctx.part(Interviews).cancel(ctx.uow, ctx.caller, interview_id)
    return CancelVirtualInterviewEventPayload(
        event=VirtualInterviewEvent(interview, View.of(ctx, (interview,)))
    )
