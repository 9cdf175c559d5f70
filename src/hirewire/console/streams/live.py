"""The seam between the console's pages and the streams that keep them live."""

from typing import Protocol

from starlette.requests import Request
from starlette.types import ASGIApp

from hirewire.conversations.pages.live import LivePages, PageReader
from hirewire.web.streams.reading import Reading


class ConsoleStreams(LivePages, Protocol):
    """Opens the streams of pages, and those that say every few seconds to look again."""

    async def of_node(
        self, request: Request, reader: PageReader, *, reading: Reading
    ) -> ASGIApp:
        """
        Open a stream for a page of numbers, which change all the time.

        Raises:
            HirewireError: there are too many streams.
        """
