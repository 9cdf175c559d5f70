"""Ending the candidates' links that were made long ago."""

from datetime import timedelta
from typing import Final

from hirewire.conversations.people import store as people
from hirewire.runtime.db import UnitOfWork

KEPT: Final = timedelta(days=180)
"""How long a link is good: whoever is written to later gets a mail with one of its own."""


async def prune_links(uow: UnitOfWork, limit: int) -> int:
    """Remove up to *limit* links that are that old, the oldest first: they lead nowhere now."""
    return await people.prune_links(uow, uow.now - KEPT, limit=limit)
