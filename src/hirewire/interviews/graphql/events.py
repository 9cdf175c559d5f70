"""The `virtualInterviewEvents` query (seed 001, "List virtual interview events, by IDs")."""

from dataclasses import dataclass
from uuid import UUID

from msgspec import Struct

from hirewire.interviews.errors import NotYourInterview, TooManyIds
from hirewire.interviews.graphql.types import EVENT, View, VirtualInterviewEvent
from hirewire.interviews.service import MOST_IDS, Interviews
from hirewire.kit.node_ids import BadNodeId, NodeIds
from hirewire.kit.refusals import HirewireError
from hirewire.web.graphql import Context


class VirtualInterviewEventsInput(Struct, rename="camel"):
    """Which events are asked for."""

    ids: list[str]


@dataclass(frozen=True, slots=True)
class VirtualInterviewEventsPayload:
    """A place for each id: the event, or why there is none, which is reported there."""

    events: list[VirtualInterviewEvent | HirewireError]


async def virtual_interview_events(
    ctx: Context, input: VirtualInterviewEventsInput
) -> VirtualInterviewEventsPayload:
    """Show virtual interview events."""
    asked = [_read(ctx.node_ids, text) for text in input.ids]
    ids = [each for each in asked if isinstance(each, UUID)]
    found = await ctx.part(Interviews).get(ctx.reader, ctx.caller, ids)
    if len(asked) > MOST_IDS:  # Those that are none count, too: each is an error of its own.
        raise TooManyIds(asked=len(asked), limit=MOST_IDS)
    view = View.of(ctx, found.values())
    shown = {each.id: VirtualInterviewEvent(each, view) for each in found.values()}
    return VirtualInterviewEventsPayload(
        events=[
            shown.get(each) or NotYourInterview(id=each) if isinstance(each, UUID) else each
            for each in asked
        ]
    )


def _read(node_ids: NodeIds, text: str) -> UUID | BadNodeId:
    try:
        return node_ids.read(EVENT, text)
    except BadNodeId as refusal:
        return refusal
