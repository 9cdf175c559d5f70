"""From the log to the open lobbies: a fact has their pages look again, in every process."""

from dataclasses import dataclass
from typing import Final, Protocol, cast
from uuid import UUID

from hirewire.interviews.facts import (
    InterviewCanceled,
    InterviewersAdded,
    InterviewRescheduled,
    InterviewTitleChanged,
    InterviewZoneChanged,
)
from hirewire.interviews.lobby.facts import (
    IntervieweeAdmitted,
    IntervieweeDeclined,
    IntervieweeKnocked,
    SessionBegan,
    SessionEnded,
)
from hirewire.interviews.lobby.pages import CHANGED, topic_of
from hirewire.kit.facts import Recorded
from hirewire.web.streams.hub import Hub

LOBBY_KINDS: Final = frozenset(
    fact.kind
    for fact in (
        IntervieweeKnocked,
        IntervieweeAdmitted,
        IntervieweeDeclined,
        SessionBegan,
        SessionEnded,
        InterviewCanceled,
        InterviewRescheduled,
        InterviewTitleChanged,
        InterviewZoneChanged,
        InterviewersAdded,
    )
)
"""What changes how a lobby looks."""


class OfInterview(Protocol):
    """What every fact of those kinds tells."""

    @property
    def interview_id(self) -> UUID: ...


@dataclass(frozen=True, slots=True)
class Doorbell:
    """Has the pages on this process's *hub* look again."""

    hub: Hub

    def hear(self, recorded: Recorded) -> None:
        """Ring in the lobby that a fact is about, if it is about one."""
        if recorded.fact.kind in LOBBY_KINDS:
            fact = cast(OfInterview, recorded.fact)
            self.hub.publish(topic_of(fact.interview_id), CHANGED, event="changed")
