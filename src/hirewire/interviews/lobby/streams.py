"""How many streams a lobby may have, and the seam to the seats of the whole server."""

from collections.abc import Mapping
from typing import Final, Protocol
from uuid import NAMESPACE_OID, UUID, uuid5

from starlette.requests import Request
from starlette.types import ASGIApp

from hirewire.interviews.lobby.errors import TooManyListeners
from hirewire.interviews.lobby.model import Role
from hirewire.interviews.model import MOST_INTERVIEWERS
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.response import EventStream

MOST_OF_ONE: Final = 4
"""How many streams one guest or interviewer has: a page in each of some windows."""

MOST_OF_SIDE: Final[Mapping[Role, int]] = {
    Role.INTERVIEWEE: 40,
    Role.INTERVIEWER: MOST_OF_ONE * MOST_INTERVIEWERS,
}
"""How many streams all have together who came by one link, which may have leaked."""


class Seating(Protocol):
    """Where the streams of everybody are counted."""

    def seated(self, request: Request, stream: EventStream, person_id: UUID | None) -> ASGIApp:
        """
        Answer with *stream*, which has a seat for as long as it is open.

        Raises:
            HirewireError: there is no seat, for *person_id* or at all.
        """


def holders(hub: Hub, interview_id: UUID, role: Role, visitor_id: UUID) -> tuple[UUID, UUID]:
    """
    Name who holds a stream that is to open on *hub*: its visitor, and their side of the lobby.

    Raises:
        TooManyListeners: one of them holds as many as may be.
    """
    side = uuid5(NAMESPACE_OID, f"lobby {interview_id} {role.value}")
    for holder, most in ((visitor_id, MOST_OF_ONE), (side, MOST_OF_SIDE[role])):
        if len(hub.held_by(holder)) >= most:
            raise TooManyListeners(most=most)
    return visitor_id, side
