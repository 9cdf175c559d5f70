"""The Interview API in GraphQL: its SDL, and one file for each operation."""

from hirewire.interviews.graphql.cancel_event import cancel_virtual_interview_event
from hirewire.interviews.graphql.create_event import create_virtual_interview_event
from hirewire.interviews.graphql.events import virtual_interview_events
from hirewire.interviews.graphql.find_events import (
    find_virtual_interview_events,
    total_count,
)
from hirewire.interviews.graphql.types import interview_records_connection
from hirewire.interviews.graphql.update_event import update_virtual_interview_event
from hirewire.web.graphql import GraphQLPart, read_sdl


def part() -> GraphQLPart:
    """Return what the slice brings to the schema."""
    return GraphQLPart(
        sdl=read_sdl("hirewire.interviews.graphql"),
        queries={
            "virtualInterviewEvents": virtual_interview_events,
            "findVirtualInterviewEvents": find_virtual_interview_events,
        },
        mutations={
            "createVirtualInterviewEvent": create_virtual_interview_event,
            "updateVirtualInterviewEvent": update_virtual_interview_event,
            "cancelVirtualInterviewEvent": cancel_virtual_interview_event,
        },
        fields={
            "VirtualInterviewEventsConnection": {"totalCount": total_count},
            "VirtualInterviewInterviewee": {
                "interviewRecordsConnection": interview_records_connection
            },
        },
    )
