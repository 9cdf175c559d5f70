"""The seam between live pages and the streams that they listen to, which others open."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from starlette.requests import Request
from starlette.types import ASGIApp

from hirewire.accounts.sessions import Session
from hirewire.conversations.model import Conversation
from hirewire.web.streams.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReader:
    """
    Who listens to a page's stream: somebody in a *session*, or a candidate, who has none.

    *path* stands for the request's in logs, where it must not show what opens it.
    """

    path: str
    session: Session | None = None


class LivePages(Protocol):
    """
    Opens the streams of pages; they carry hints, and go on where their reader has been.

    A stream ends within a second when its session ends, its person leaves or joins an
    employer, or the links to its thread are rotated.
    """

    async def ready(self) -> Reading:
        """
        Say what is known of departures: to be asked before it is read who may see what.

        Raises:
            HirewireError: this process cannot tell yet.
        """

    async def of_thread(
        self,
        request: Request,
        reader: PageReader,
        conversation: Conversation,
        *,
        reading: Reading,
    ) -> ASGIApp:
        """
        Open the stream of one thread.

        Raises:
            HirewireError: there are too many streams, or none can open now.
        """

    async def of_employers(
        self,
        request: Request,
        reader: PageReader,
        employers: tuple[UUID, ...],
        *,
        reading: Reading,
    ) -> ASGIApp:
        """
        Open the stream of all threads of some employers.

        Raises:
            HirewireError: there are too many streams, or none can open now.
        """
